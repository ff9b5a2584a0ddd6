using GraphPipe.Bundle;
using GraphPipe.Compiler;
using GraphPipe.Planning;
using Xunit;

namespace GraphPipe.Tests.Oracles.Runtime;

/// <summary>
/// Every synchronous schedule trains recorded models as PyTorch does and with the bits of one stage, on two and on four devices, with one stage and with two on each; or says
/// that it can't have its stages so.
/// </summary>
public sealed class RecordedScheduleTests
{
    private static readonly string[] s_models = ["mmt_small", "gpt_tied_tiny", "resnet_gn_small", "bert_tiny"];

    // Where stages live, from the papers: one each (as two copies in opposite directions have it too), a loop with any number, a V or a wave with two.
    private static readonly string[] s_oneStage = ["1f1b", "1f1b-so", "chimera", "dualpipe", "fbp-as", "gpipe", "kfkb", "zb-h2"];
    private static readonly string[] s_loop = ["breadth-first", "gis", "gis-h", "interleaved", "po-f", "po-h", "zb-h1"];
    private static readonly string[] s_twoStages = ["1f1bv", "dualpipe-v", "hanayo", "v-half", "v-min", "zb-v"];

    private static bool IsLong => Environment.GetEnvironmentVariable("GRAPHPIPE_LONG") == "1";

    public static TheoryData<string> Schedules => [.. s_oneStage, .. s_loop, .. s_twoStages];

    [Fact]
    public void No_synchronous_schedule_is_left_out() =>
        Assert.Equal(ScheduleTable.Names.Where(n => !ScheduleTable.Find(n, new DiagnosticBag())!.Traits.IsAsynchronous), Schedules.Select(s => s.Data).Order(StringComparer.Ordinal));

    /// <summary>One case of each schedule; with GRAPHPIPE_LONG=1 all.</summary>
    public static TheoryData<string, string, int, int> Runs
    {
        get
        {
            var data = new TheoryData<string, string, int, int>();
            foreach (var (number, schedule) in Schedules.Select(s => s.Data).Index())
            {
                var cases = Cases(schedule).Where(c => c.IsPossible).ToList();
                // Five goes around the models and the numbers of devices and stages.
                foreach (var (model, devices, perDevice, _) in IsLong ? cases : [cases[5 * number % cases.Count]])
                    data.Add(schedule, model, devices, perDevice);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public void A_schedule_trains_as_PyTorch_does(string schedule, string model, int devices, int perDevice)
    {
        var recorded = RecordedModel.Open($"torch-reference/{model}");
        var result = new PipelineVerifier(new DeviceOptions { ThreadsPerDevice = 1 }).VerifyReference(recorded.Reference.ModelPath, Options(recorded, schedule, devices, perDevice), recorded.Reference);
        Assert.True(result.IsBitEqualityPromised);
        Assert.True(result.BitEqual, $"the pipeline and one stage differ in {result.Difference}");
        Assert.Equal(devices * perDevice, result.Stages);
        Assert.Contains(result.Checks, c => c.Name.StartsWith("grad.", StringComparison.Ordinal));
        Assert.Equal("", string.Join('\n', result.Checks.Where(c => !c.Passed)));
    }

    /// <summary>By the schedule; or, where any partition with a device for every stage would do, by the search for one. One model says it; with GRAPHPIPE_LONG=1 all.</summary>
    [Theory]
    [MemberData(nameof(Schedules))]
    public void What_it_can_not_have_is_refused(string schedule)
    {
        foreach (var (model, devices, perDevice, _) in Cases(schedule).Where(c => !c.IsPossible && (IsLong || c.Model == s_models[0])))
        {
            var recorded = RecordedModel.Open($"torch-reference/{model}");
            var refusal = Assert.Single(Assert.Throws<DiagnosticException>(() => ModelCompiler.Compile(recorded.Model, Options(recorded, schedule, devices, perDevice))).Diagnostics);
            Assert.Equal(schedule is "1f1b" or "1f1b-so" or "gpipe" or "kfkb" ? Codes.StageCountImpossible : Codes.ScheduleUnsuitable, refusal.Code);
        }
    }

    private static IEnumerable<(string Model, int Devices, int PerDevice, bool IsPossible)> Cases(string schedule) =>
        from model in s_models
        from devices in (int[])[2, 4]
        from perDevice in (int[])[1, 2]
        select (model, devices, perDevice, s_loop.Contains(schedule) || s_oneStage.Contains(schedule) == (perDevice == 1));

    // As many micro-batches as there are samples, which dualpipe on four devices needs.
    private static CompileOptions Options(RecordedModel model, string schedule, int devices, int perDevice) =>
        model.Options(devices * perDevice) with { Mesh = DeviceMesh.Cpu(devices), Schedule = schedule, MicroBatch = MicroBatchChoice.Of(8) };
}
