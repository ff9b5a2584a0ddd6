using System.Text;
using CsCheck;
using GraphPipe.Bundle;
using Xunit;

namespace GraphPipe.Tests.Bundle;

public class CheckpointTests
{
    [Fact]
    public void What_is_written_is_read_back() => Gen.Select(
        BundleSamples.Tensors([DType.F32]), Gen.Long[0, long.MaxValue], Gen.ULong, Gen.Bool).Sample(
        (weights, step, seed, trains) =>
        {
            using var folder = new TemporaryFolder();
            var checkpoint = Sample() with
            {
                Position = new TrainingPosition(step, 1, 2, seed),
                Optimizer = trains ? Sample().Optimizer : null,
                Weights = weights,
                OptimizerState = new TensorSet(weights.Select(w => KeyValuePair.Create(Checkpoint.StateKey(w.Key, "exp_avg"), w.Value)).Where(w => w.Key[0] != '/')),
            };
            CheckpointFolder.Write(checkpoint, folder["c"]);
            var read = CheckpointFolder.Read(folder["c"]);
            Assert.Equal((checkpoint.Position, checkpoint.Optimizer, checkpoint.ModelSha256), (read.Position, read.Optimizer, read.ModelSha256));
            BundleSamples.SameTensors(checkpoint.Weights, read.Weights);
            BundleSamples.SameTensors(checkpoint.OptimizerState, read.OptimizerState);
            Assert.Equal(checkpoint.ModelSkeleton.ToArray(), read.ModelSkeleton.ToArray());
        },
        iter: 40);

    [Fact]
    public void A_checkpoint_replaces_the_older_one_and_leaves_nothing_else()
    {
        using var folder = new TemporaryFolder();
        CheckpointFolder.Write(Sample(), folder["c"]);
        byte[][] first = [.. Contents(folder["c"])];
        CheckpointFolder.Write(Sample() with { Position = new TrainingPosition(99, 0, 0, 1) }, folder["c"]);
        Assert.Equal(99, CheckpointFolder.Read(folder["c"]).Position.Step);
        CheckpointFolder.Write(Sample(), folder["c"]);
        Assert.Equal(first, Contents(folder["c"]));
        Assert.Equal(["c"], folder.Names);
    }

    [Fact]
    public void A_failure_leaves_the_older_one()
    {
        using var folder = new TemporaryFolder();
        CheckpointFolder.Write(Sample(), folder["c"]);
        Fuzz.Refused(Codes.DataType, () => CheckpointFolder.Write(
            Sample() with { Position = new TrainingPosition(99, 0, 0, 1), OptimizerState = new TensorSet([new("w/s", new TensorData([0], []))]) }, folder["c"]));
        Assert.Equal(7, CheckpointFolder.Read(folder["c"]).Position.Step);
        Assert.Equal(["c"], folder.Names);
        Fuzz.Refused(Codes.WriteFailed, () => CheckpointFolder.Write(Sample(), "/proc/none/c"));
        File.WriteAllText(folder["c/notes.txt"], "mine");
        Fuzz.Refused(Codes.WriteFailed, () => CheckpointFolder.Write(Sample(), folder["c"]));
        Assert.True(File.Exists(folder["c/notes.txt"]));
    }

    [Theory]
    [InlineData(CheckpointFolder.Weights)]
    [InlineData(CheckpointFolder.OptimizerState)]
    [InlineData(CheckpointFolder.Model)]
    [InlineData(CheckpointFolder.Head)]
    public void A_damaged_or_missing_part_is_GP6007(string part)
    {
        using var folder = new TemporaryFolder();
        CheckpointFolder.Write(Sample(), folder["c"]);
        byte[] bytes = File.ReadAllBytes(folder[$"c/{part}"]);
        File.WriteAllBytes(folder[$"c/{part}"], bytes[..^2]);
        Fuzz.Refused(Codes.CheckpointMalformed, () => CheckpointFolder.Read(folder["c"]));
        File.Delete(folder[$"c/{part}"]);
        Fuzz.Refused(Codes.CheckpointMalformed, () => CheckpointFolder.Read(folder["c"]));
        Fuzz.Refused(Codes.CheckpointMalformed, () => CheckpointFolder.Read(folder["none"]));
    }

    [Theory]
    [InlineData("\"version\": 1", "\"version\": 2")]
    [InlineData("graphpipe-checkpoint", "graphpipe-check")]
    [InlineData("\"step\": 7", "\"step\": -7")]
    [InlineData("\"seed\": 1", "\"seed\": 1.5")]
    public void A_head_that_does_not_hold_is_GP6007(string good, string bad)
    {
        using var folder = new TemporaryFolder();
        CheckpointFolder.Write(Sample(), folder["c"]);
        string head = File.ReadAllText(folder["c/checkpoint.json"]);
        Assert.Contains(good, head, StringComparison.Ordinal);
        File.WriteAllText(folder["c/checkpoint.json"], head.Replace(good, bad, StringComparison.Ordinal));
        Fuzz.Refused(Codes.CheckpointMalformed, () => CheckpointFolder.Read(folder["c"]));
    }

    [Fact]
    public void State_of_an_unknown_parameter_is_GP6007()
    {
        using var folder = new TemporaryFolder();
        CheckpointFolder.Write(Sample() with { OptimizerState = new TensorSet([new("v/exp_avg", TensorData.Floats([1], 1))]) }, folder["c"]);
        Fuzz.Refused(Codes.CheckpointMalformed, () => CheckpointFolder.Read(folder["c"]));
    }

    [Fact]
    public void Damage_is_a_diagnostic()
    {
        using var folder = new TemporaryFolder();
        CheckpointFolder.Write(Sample(), folder["c"]);
        foreach (string part in new[] { CheckpointFolder.Head, CheckpointFolder.Weights })
        {
            byte[] good = File.ReadAllBytes(folder[$"c/{part}"]);
            Fuzz.Damage(
                good,
                bytes =>
                {
                    File.WriteAllBytes(folder[$"c/{part}"], bytes);
                    CheckpointFolder.Read(folder["c"]);
                },
                [Codes.CheckpointMalformed],
                300);
            File.WriteAllBytes(folder[$"c/{part}"], good);
        }

        Assert.Equal(7, CheckpointFolder.Read(folder["c"]).Position.Step);
    }

    private static IEnumerable<byte[]> Contents(string folder) => Directory.GetFiles(folder).Order(StringComparer.Ordinal).Select(File.ReadAllBytes);

    private static Checkpoint Sample() => new(
        new TrainingPosition(7, 1, 64, 1),
        new OptimizerSettings("sgd", 0.1, 0.9, true, 1e-4, 0, 0, 0),
        new string('b', 64),
        new TensorSet([new("layer/w", TensorData.Floats([2], 1, 2))]),
        new TensorSet([new(Checkpoint.StateKey("layer/w", "momentum"), TensorData.Floats([2], 3, 4))]),
        Encoding.UTF8.GetBytes("skeleton"));
}
