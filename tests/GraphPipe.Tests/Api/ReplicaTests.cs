using GraphPipe.Bundle;
using GraphPipe.Compiler;
using GraphPipe.Models;
using GraphPipe.Planning;
using GraphPipe.Runtime;
using GraphPipe.Tests.Bundle;
using Xunit;

namespace GraphPipe.Tests.Api;

/// <summary>Stages on several devices: the gradients of one device but for rounding, the same bits every time.</summary>
public class ReplicaTests
{
    private const double Rounding = 1e-6;

    public static TheoryData<int[]> Replicas => [.. new int[][] { [3], [2, 1], [1, 2], [2, 2], [3, 2], [2, 3], [1, 3] }];

    [Theory]
    [MemberData(nameof(Replicas))]
    public void Gradients_are_those_of_one_device(int[] replicas)
    {
        foreach (var options in new[] { Options(replicas.Length), Options(replicas.Length) with { Recompute = RecomputeChoice.All, ShardOptimizer = true } })
        {
            var result = VerifiedModels.Verify(Model(), VerifiedModels.Replicated(Model(), options, replicas));
            Assert.False(result.IsBitEqualityPromised);
            Assert.Equal(replicas.Length, result.Stages);
            Assert.InRange(result.Checks[0].RelativeError, 0, Rounding);
            Assert.True(result.Passed);
        }
    }

    [Theory]
    [InlineData(LossKind.Mse)]
    [InlineData(LossKind.CrossEntropy)]
    public void A_mini_batch_of_any_size_is_right(LossKind loss)
    {
        // Down to one sample, when some replicas have none at all, and up again: what they had before must not count.
        var options = Options(2) with { Loss = loss };
        using var many = Session(VerifiedModels.Replicated(Model(), options, 3, 2));
        using var one = Session(options with { Mesh = DeviceMesh.Cpu(1), Stages = 1 });
        foreach (long samples in new long[] { 24, 1, 23, 2, 3, 4, 19, 13, 6, 5, 24 })
        {
            var batch = Batch(many.Bundle, samples, seed: samples);
            foreach (var (name, value) in one.Weights())
                many.Executor.SetParameter(name, value);
            double expected = one.Step(batch).Loss;
            Assert.Equal(expected, many.Step(batch).Loss, Rounding * expected);
            Assert.InRange(Error(many, one), 0, Rounding);
        }
    }

    [Theory]
    [InlineData("sgd")]
    [InlineData("adamw")]
    public void Two_runs_have_the_same_bits_whoever_owns_the_parameters(string optimizer)
    {
        var settings = optimizer == "sgd" ? new OptimizerSettings("sgd", 0.1, 0.9, false, 0, 0, 0, 0) : new OptimizerSettings("adamw", 0.01, 0, false, 0.01, 0.9, 0.999, 1e-8);
        var options = Options(2) with { Optimizer = settings };
        using var first = Session(VerifiedModels.Replicated(Model(), options, 3, 2));
        using var second = Session(VerifiedModels.Replicated(Model(), options, 3, 2));
        using var sharded = Session(VerifiedModels.Replicated(Model(), options with { ShardOptimizer = true }, 3, 2));
        for (int step = 0; step < 6; step++)
        {
            var batch = Batch(first.Bundle, step == 3 ? 5 : 24, seed: step);
            double loss = first.Step(batch).Loss;
            Assert.Equal(loss, second.Step(batch).Loss);
            Assert.Equal(loss, sharded.Step(batch).Loss);
        }

        Assert.Equal(Bits(first), Bits(second));
        Assert.Equal(Bits(first), Bits(sharded));
    }

    [Fact]
    public void A_checkpoint_goes_on_with_other_replicas_and_none()
    {
        var options = Options(2);
        using var folder = new TemporaryFolder();
        using var first = Session(VerifiedModels.Replicated(Model(), options, 2, 3));
        first.Step(Batch(first.Bundle, 24, seed: 1));
        first.SaveCheckpoint(folder["checkpoint"], new TrainingPosition(1, 0, 0, 1));
        // Two steps: what the first makes of the states on all replicas shows in the second's gradients.
        MiniBatch[] next = [Batch(first.Bundle, 24, seed: 2), Batch(first.Bundle, 24, seed: 3)];
        foreach (var batch in next)
            first.Step(batch);
        foreach (int[] replicas in new int[][] { [2, 3], [3, 1], [1, 1] })
        {
            using var other = Session(VerifiedModels.Replicated(Model(), options, replicas));
            other.LoadCheckpoint(folder["checkpoint"]);
            foreach (var batch in next)
                other.Step(batch);
            if (replicas is [2, 3])
                Assert.Equal(Bits(first), Bits(other));
            Assert.InRange(Error(other, first), 0, Rounding);
        }
    }

    [Fact]
    public void A_sharded_optimizer_takes_less_memory()
    {
        var options = Options(1) with { Optimizer = new("adamw", 0.01, 0, false, 0.01, 0.9, 0.999, 1e-8) };
        using var all = Session(VerifiedModels.Replicated(Model(), options, 3));
        using var sharded = Session(VerifiedModels.Replicated(Model(), options with { ShardOptimizer = true }, 3));
        Assert.All(sharded.Executor.Memory.Devices.Zip(all.Executor.Memory.Devices), d => Assert.True(d.First.Persistent < d.Second.Persistent));
        sharded.Step(Batch(sharded.Bundle, 24, seed: 1));
        Assert.All(sharded.Executor.Report(), d => Assert.Equal(d.PredictedPeak, d.MeasuredPeak));
        // Each state tensor lies on one replica.
        Assert.Equal(
            all.Bundle.Stages.Sum(s => s.Program.Parameters.Sum(p => p.States.Length)),
            3 * sharded.Bundle.Stages.Sum(s => s.Program.Parameters.Sum(p => p.States.Length)));
    }

    [Fact]
    public void Outputs_are_put_together()
    {
        var options = Options(2);
        using var many = Session(VerifiedModels.Replicated(Model(), options, 2, 3));
        using var one = Session(options with { Mesh = DeviceMesh.Cpu(1), Stages = 1 });
        foreach (long samples in new long[] { 24, 7, 1 })
        {
            var batch = Batch(one.Bundle, samples, seed: 3);
            var (expected, actual) = (one.Evaluate(batch), many.Evaluate(batch));
            Assert.Equal(expected.Outputs.Keys, actual.Outputs.Keys);
            Assert.InRange(Comparison.RelativeError(actual.Outputs["y"], expected.Outputs["y"]), 0, Rounding);
            Assert.Equal(expected.Loss!.Value, actual.Loss!.Value, Rounding);
        }
    }

    [Fact]
    public void A_bundle_holds_them_and_is_read_back()
    {
        using var session = Session(VerifiedModels.Replicated(Model(), Options(2), 2, 3));
        using var folder = new TemporaryFolder();
        BundleWriter.Write(session.Bundle, folder["m.gpb"]);
        var read = BundleReader.Read(folder["m.gpb"]);
        Assert.Equal([new(0, 2), new(1, 2), new(0, 3), new(1, 3), new(2, 3)], read.Plan.Stages.Select(s => s.Replica));
        Assert.Empty(PlanProof.Check(read.Plan));
        using var again = new TrainingSession(read);
        var batch = Batch(read, 24, seed: 1);
        session.Step(batch);
        again.Step(batch);
        Assert.Equal(Bits(session), Bits(again));
    }

    [Fact]
    public void What_mixes_samples_needs_a_stage_without_replicas()
    {
        var b = VerifiedModels.Builder();
        var x = b.Linear("a", b.Input("x", DType.F32, 6), 4);
        b.Output("y", b.Add(x, b.ReduceMean(x, 0)));
        var whole = VerifiedModels.Options(1, 1);
        Assert.True(VerifiedModels.Verify(b, whole).Passed);
        var refused = Assert.Throws<DiagnosticException>(() => VerifiedModels.Verify(b, VerifiedModels.Replicated(b, whole, 2)));
        Assert.Equal(Codes.SamplesMixed, refused.Diagnostics[0].Code);
    }

    private static CompileOptions Options(int stages) => VerifiedModels.Options(stages, 4) with { MiniBatch = 24 };

    // A tied weight on all stages, a skip over them, a bias and a normalisation.
    private static ModelBuilder Model()
    {
        var b = VerifiedModels.Builder();
        var tied = b.Parameter("tied", [12, 12], InitialWeights.ForInputs(12));
        var first = b.Gelu(b.MatMul(b.Input("x", DType.F32, 12), tied));
        var second = b.LayerNorm("norm", b.Linear("middle", first, 12));
        b.Output("y", b.Linear("last", b.Add(b.MatMul(b.Relu(second), tied), first), 5));
        return b;
    }

    private static TrainingSession Session(CompileOptions options)
    {
        using var folder = new TemporaryFolder();
        return TrainingSession.Compile(VerifiedModels.Save(Model(), folder["m.onnx"]), options, new DeviceOptions { ThreadsPerDevice = 1 });
    }

    private static MiniBatch Batch(StageBundle bundle, long samples, long seed) =>
        new SyntheticSource(InputSpec.Of(bundle.Stages.Select(s => s.Program)), samples, 1, seed, SyntheticLimits.Of(bundle, ModelHints.None)).Epoch(0).First();

    private static Dictionary<string, string> Bits(TrainingSession session)
    {
        var bits = session.Weights().ToDictionary(w => w.Key, w => w.Value.Hash);
        foreach (var parameter in session.Executor.Parameters)
        {
            foreach (string state in parameter.States)
                bits.Add($"{parameter.Name} {state}", session.Executor.GetState(parameter.Name, state).Hash);
        }

        return bits;
    }

    // Of all gradients as one vector.
    private static double Error(TrainingSession a, TrainingSession b)
    {
        var names = a.Weights().Keys.ToList();
        var (left, right) = (names.SelectMany(n => Values(a, n)).ToArray(), names.SelectMany(n => Values(b, n)).ToArray());
        return Comparison.RelativeError(left.Length, i => left[i], i => right[i]);
    }

    private static IEnumerable<double> Values(TrainingSession session, string name)
    {
        var gradient = session.Executor.GetGradient(name);
        return Enumerable.Range(0, (int)gradient.Count).Select(gradient.DoubleAt);
    }
}
