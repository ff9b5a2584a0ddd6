using GraphPipe.Bundle;
using GraphPipe.Planning;
using GraphPipe.Tests.Oracles.Onnx;
using Xunit;

namespace GraphPipe.Tests.Oracles.Runtime;

/// <summary>Tables that torch.distributed.pipelining made, as a user's own schedule: recorded models train as PyTorch does, with the bits of one stage.</summary>
public sealed class TorchTableTests
{
    public static TheoryData<string, string> Runs
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (string model in new[] { "gpt_tied_tiny", "mmt_small" })
            {
                // Mini-batches are of 8 samples.
                foreach (string table in new[]
                {
                    "GPipe_4r_1s_4mb", "GPipe_2r_1s_8mb", "1F1B_4r_1s_4mb", "Interleaved1F1B_2r_2s_4mb", "Interleaved1F1B_2r_2s_8mb", "InterleavedZeroBubble_4r_1s_8mb",
                    "InterleavedZeroBubble_2r_2s_8mb", "InterleavedZeroBubble_4r_2s_8mb", "LoopedBFS_2r_2s_8mb", "LoopedBFS_4r_2s_4mb", "ZBVZeroBubble_4r_2s_8mb", "ZBVZeroBubble_2r_2s_4mb_comms", "DualPipeV_4r_2s_8mb",
                })
                {
                    data.Add(model, table);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public void A_table_trains_as_PyTorch_does(string name, string table)
    {
        var model = RecordedModel.Open($"torch-reference/{name}");
        string file = Path.Combine(Data.Folder("schedules"), "torch", table + ".csv");
        Assert.SkipUnless(File.Exists(file), $"shared/data/schedules/torch/{table}.csv is not beside the checkout");
        var bag = new DiagnosticBag();
        string text = File.ReadAllText(file);
        var own = TableSchedule.Parse(table, file, text, bag);
        bag.ThrowIfErrors();
        int devices = text.TrimEnd().Split('\n').Length;
        var options = model.Options(devices) with { Stages = null, MicroBatch = MicroBatchChoice.Automatic, Schedule = new ScheduleChoice(table, own) };
        var result = new PipelineVerifier(new DeviceOptions { ThreadsPerDevice = 1 }).VerifyReference(model.Reference.ModelPath, options, model.Reference);
        Assert.True(result.BitEqual, $"the pipeline and one stage differ in {result.Difference}");
        Assert.True(result.IsBitEqualityPromised);
        Assert.Equal(own!.Stages, result.Stages);
        Assert.Equal("", string.Join('\n', result.Checks.Where(c => !c.Passed)));
    }
}
