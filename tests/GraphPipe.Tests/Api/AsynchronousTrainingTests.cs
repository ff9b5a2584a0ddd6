using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Compiler;
using GraphPipe.Models;
using GraphPipe.Planning;
using GraphPipe.Runtime;
using GraphPipe.Runtime.Cpu;
using GraphPipe.Tests.Runtime;
using Xunit;

namespace GraphPipe.Tests.Api;

/// <summary>Asynchronous schedules have the bits of their own update rule, replayed on one thread (<see cref="AsynchronousReference"/>), whatever delays them.</summary>
public class AsynchronousTrainingTests
{
    private static readonly OptimizerSettings s_sgd = new("sgd", 0.05, 0.9, false, 0, 0, 0, 0);
    private static readonly OptimizerSettings s_adam = new("adam", 0.003, 0, false, 0, 0.9, 0.999, 1e-8);

    public static TheoryData<string, string, int, int, int, string> Runs
    {
        get
        {
            var data = new TheoryData<string, string, int, int, int, string>();
            foreach (string model in (string[])["mmt-small", "chain", "towers"])
            {
                foreach (int devices in (int[])[2, 4])
                {
                    foreach (string optimizer in (string[])["sgd", "adam"])
                    {
                        foreach (int microBatches in (int[])[2, 8])
                            data.Add(model, "pipedream", devices, microBatches, 1, optimizer);
                        data.Add(model, "pipedream-2bw", devices, 8, 4, optimizer);
                        data.Add(model, "pipedream-2bw", devices, 12, 6, optimizer);
                    }

                    data.Add(model, "xpipe", devices, 8, 4, "adam");
                    data.Add(model, "xpipe", devices, 8, 2, "adam");
                    data.Add(model, "xpipe", devices, 6, 1, "adam");
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public void Training_is_the_rule_bit_for_bit(string model, string schedule, int devices, int microBatches, int every, string optimizer)
    {
        var built = Build(model);
        var options = Options(built, schedule, devices, microBatches, every, optimizer);
        var onnx = built.ToOnnx();
        var pipeline = ModelCompiler.Compile(onnx, options);
        Assert.Equal(devices, pipeline.Plan.Stages.Length);
        var one = ModelCompiler.Compile(onnx, options with { OneStage = true, Plan = pipeline.Plan }).Bundle;
        using var reference = new AsynchronousReference(schedule, one, Depths(pipeline), microBatches, every);
        using var session = new TrainingSession(pipeline.Bundle);

        // Two mini-batches, and a short one that ends in the middle of a generation.
        int generation = 2 * every;
        var data = new SyntheticData(built).Draw((int)(2 * options.MiniBatch + generation + 1), draw: 1);
        var generations = Dataset.Create(data, session.Executor.Inputs, generation).Epoch(0).ToList();
        int perBatch = microBatches / every;
        int n = 0;
        foreach (var batch in Dataset.Create(data, session.Executor.Inputs, options.MiniBatch).Epoch(0))
        {
            double expected = reference.Step([.. generations.Skip(perBatch * n++).Take(perBatch)]);
            Assert.Equal(expected, session.Step(batch).Loss, 6);
            foreach (string name in session.Weights().Keys)
                Assert.True(session.Executor.GetParameter(name).As<float>().SequenceEqual(reference[name]), $"{name} after mini-batch {n}");
        }

        Assert.Equal(3, n);
        Assert.Equal(generations.Count, session.Executor.StepCount);
        Assert.All(session.Executor.Report(), d => Assert.Equal(d.PredictedPeak, d.MeasuredPeak));
    }

    [Theory]
    [InlineData("pipedream", 8, 1)]
    [InlineData("pipedream-2bw", 8, 4)]
    [InlineData("xpipe", 8, 2)]
    public void Delays_change_no_bit(string schedule, int microBatches, int every)
    {
        var built = Build("mmt-small");
        var bundle = ModelCompiler.Compile(built.ToOnnx(), Options(built, schedule, 4, microBatches, every, "adam")).Bundle;
        var expected = Train(bundle, built, null, Dispatch.Planned);
        for (int seed = 0; seed < (Environment.GetEnvironmentVariable("GRAPHPIPE_LONG") == "1" ? 1000 : 3); seed++)
        {
            Assert.Equal(expected, Train(bundle, built, new RandomDelays(seed), Dispatch.Planned));
            Assert.Equal(expected, Train(bundle, built, new RandomDelays(seed), Dispatch.Ready));
        }
    }

    /// <summary>Chain of four stages: what the papers say about staleness and versions.</summary>
    [Theory]
    [InlineData("pipedream", 8, 1, new[] { 3, 2, 1, 0 }, new[] { 4, 3, 2, 1 })]
    [InlineData("pipedream-2bw", 16, 4, new[] { 1, 1, 1, 1 }, new[] { 2, 2, 2, 2 })]
    [InlineData("xpipe", 16, 4, new[] { 1, 1, 1, 0 }, new[] { 3, 3, 3, 1 })]
    [InlineData("xpipe", 16, 2, new[] { 2, 1, 1, 0 }, new[] { 4, 3, 3, 1 })]
    public void Stages_keep_as_many_versions_as_the_papers_say(string schedule, int microBatches, int every, int[] staleness, int[] versions)
    {
        var built = Build("chain");
        var compiled = ModelCompiler.Compile(built.ToOnnx(), Options(built, schedule, 4, microBatches, every, "adam"));
        Assert.Equal(staleness, WeightStaleness.Of(compiled.Bundle.Plan).Select(s => s.Most));
        Assert.Equal(versions, WeightStaleness.Of(compiled.Bundle.Plan).Select(s => s.Versions));
        Assert.Equal(versions, compiled.Memory.Stages.Select(s => s.Stash.Versions));
        foreach (var stage in compiled.Bundle.Stages.Select(s => s.Program))
        {
            // Every buffer starts on a multiple of 64 bytes.
            long bytes = stage.Parameters.Where(p => p.Role == ParameterRole.Trained).Sum(p => (stage[p.Buffer].Size(1).Value + 63) / 64 * 64);
            Assert.Equal(bytes * (versions[stage.Id.Value] - 1), compiled.Memory[stage.Id].Stash.Size.Value);
        }
    }

    [Fact]
    public void A_step_allocates_nothing()
    {
        var built = Build("chain");
        var bundle = ModelCompiler.Compile(built.ToOnnx(), Options(built, "xpipe", 2, 8, 2, "adam")).Bundle;
        using var session = new TrainingSession(bundle);
        var batch = Dataset.Create(new SyntheticData(built).Draw(16, draw: 1), session.Executor.Inputs, 16).Epoch(0).First();
        for (int i = 0; i < 4; i++)
            session.Step(batch);
        Assert.All(session.Executor.Report(), d => Assert.Equal(0, d.Allocated.Value));
    }

    [Fact]
    public void A_parameter_of_two_stages_is_refused()
    {
        var built = ModelCatalog.Build("gpt-small");
        var e = Assert.Throws<DiagnosticException>(() => ModelCompiler.Compile(built.ToOnnx(), Options(built, "pipedream", 4, 8, 1, "adam")));
        Assert.All(e.Diagnostics, d => Assert.Equal(Codes.SharedAsynchronously, d.Code));
    }

    [Theory]
    [InlineData("pipedream:2", 8, "after every micro-batch")]
    [InlineData("pipedream-2bw:2", 8, "longest path")]
    [InlineData("pipedream-2bw:3", 8, "whole generations")]
    [InlineData("xpipe", 8, "moments of Adam")]
    public void What_a_schedule_needs_is_said(string schedule, int microBatches, string words)
    {
        var built = Build("chain");
        var e = Assert.Throws<DiagnosticException>(() => ModelCompiler.Compile(
            built.ToOnnx(), Options(built, "", 4, microBatches, 0, "sgd") with { Schedule = schedule }));
        Assert.Contains(e.Diagnostics, d => d.Code == Codes.ScheduleUnsuitable && d.Message.Contains(words, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("pipedream")]
    [InlineData("pipedream-2bw")]
    [InlineData("xpipe")]
    public void Plans_are_read_back_and_wrong_versions_are_refused(string schedule)
    {
        var built = Build("chain");
        var plan = ModelCompiler.Compile(built.ToOnnx(), Options(built, schedule, 4, 16, schedule == "pipedream" ? 1 : 4, "adam")).Bundle.Plan;
        string text = PlanText.Write(plan);
        Assert.Equal(text, PlanText.Write(PlanText.Parse(text)));
        Assert.Equal(plan.Devices[0].Actions.AsEnumerable(), PlanText.Parse(text).Devices[0].Actions);
        Assert.Empty(PlanProof.Check(plan));

        // A forward that would see an update which has not come, and a backward that sees other weights than its forward.
        Assert.Contains(PlanProof.Check(With(plan, ActionKind.Forward, new(5))), d => d.Code == Codes.PlanMalformed);
        Assert.Contains(PlanProof.Check(With(plan, ActionKind.Backward, new(1, 1))), d => d.Code == Codes.PlanMalformed);
        static ExecutionPlan With(ExecutionPlan plan, ActionKind kind, WeightVersion weights) => plan with
        {
            Devices = [.. plan.Devices.Select(d => d with { Actions = [.. d.Actions.Select(a => a.Kind == kind && a.MicroBatch.Index == 4 && a.Stage.Value == 0 ? a with { Weights = weights } : a)] })],
        };
    }

    [Theory]
    [InlineData("pipedream")]
    [InlineData("pipedream-2bw")]
    [InlineData("xpipe:2")]
    public void Verification_compares_with_the_same_stages_on_one_device(string schedule)
    {
        var options = VerifiedModels.Options(4, 8) with { MiniBatch = 16, Schedule = schedule, Optimizer = s_adam };
        var result = VerifiedModels.Verify(VerifiedModels.Chain(6, 16), options);
        Assert.True(result.BitEqual, result.Difference);
        Assert.True(result.Passed);
        Assert.True(result.IsAsynchronous);
        Assert.Empty(result.Checks);
    }

    [Fact]
    public void Generations_of_ignored_targets_weigh_right()
    {
        // One mini-batch of two generations is two synchronous mini-batches where the pipeline has one stage.
        var built = ModelCatalog.Build("gpt-small");
        var onnx = built.ToOnnx();
        var options = new CompileOptions { Loss = built.Loss, Freeze = built.Frozen, Stages = 1, MiniBatch = 8, MicroBatch = MicroBatchChoice.Size(2), Optimizer = s_adam };
        using var whole = new TrainingSession(ModelCompiler.Compile(onnx, options with { Schedule = "pipedream" }).Bundle);
        using var single = new TrainingSession(ModelCompiler.Compile(onnx, options with { MiniBatch = 2 }).Bundle);
        var data = new SyntheticData(built).Draw(8, draw: 1);
        double loss = whole.Step(Dataset.Create(data, whole.Executor.Inputs, 8).Epoch(0).First()).Loss;
        Assert.Equal(Dataset.Create(data, single.Executor.Inputs, 2).Epoch(0).Select(b => single.Step(b).Loss).Average(), loss, 12);
        foreach (string name in whole.Weights().Keys)
            Assert.Equal(single.Executor.GetParameter(name).Hash, whole.Executor.GetParameter(name).Hash);
        Assert.Equal(4, whole.Executor.StepCount);
    }

    private static List<string> Train(StageBundle bundle, BuiltModel model, Interference? delays, Dispatch dispatch)
    {
        var weights = bundle.Stages.SelectMany(s => s.Weights).DistinctBy(w => w.Key).ToDictionary();
        using var executor = new PipelineExecutor(
            bundle.Plan, [.. bundle.Stages.Select(s => s.Program)], weights, [new CpuDeviceProvider(1)],
            new ExecutorOptions { Loss = bundle.Manifest.Loss, Interference = delays, Dispatch = dispatch });
        var trained = executor.Parameters.Where(p => p.Role == ParameterRole.Trained).ToList();
        var bits = new List<string>();
        foreach (var batch in Dataset.Create(new SyntheticData(model).Draw((int)(2 * bundle.Plan.MiniBatch - 3), draw: 1), executor.Inputs, bundle.Plan.MiniBatch).Epoch(0))
        {
            bits.Add(BitConverter.DoubleToInt64Bits(executor.Step(batch).Loss).ToString("x"));
            bits.AddRange(trained.Select(p => executor.GetParameter(p.Name).Hash));
            bits.AddRange(trained.SelectMany(p => p.States.Select(s => executor.GetState(p.Name, s).Hash)));
        }

        return bits;
    }

    private static CompileOptions Options(BuiltModel model, string schedule, int devices, int microBatches, int every, string optimizer) => new()
    {
        Loss = model.Loss,
        Freeze = model.Frozen,
        Mesh = DeviceMesh.Cpu(devices),
        Stages = devices,
        Schedule = schedule == "pipedream" ? schedule : $"{schedule}:{every}",
        MiniBatch = 2 * microBatches,
        MicroBatch = MicroBatchChoice.Size(2),
        Optimizer = optimizer == "sgd" ? s_sgd : s_adam,
    };

    // By trained parameter: the stages on the longest path from its stage to an end.
    private static Dictionary<string, int> Depths(CompiledPipeline pipeline)
    {
        int Depth(int stage) => 1 + pipeline.Plan.Edges.Where(e => e.From.Value == stage).Select(e => Depth(e.To.Value)).DefaultIfEmpty(0).Max();
        return pipeline.Bundle.Stages.SelectMany(s => s.Program.Parameters.Where(p => p.Role == ParameterRole.Trained).Select(p => (p.Name, Depth: Depth(s.Program.Id.Value)))).ToDictionary(p => p.Name, p => p.Depth);
    }

    private static BuiltModel Build(string name)
    {
        if (name is not ("chain" or "towers"))
            return ModelCatalog.Build(name);
        var module = (name == "chain" ? VerifiedModels.Chain(6, 16) : Towers()).Build();
        return new BuiltModel(module, LossKind.Mse, [], ImmutableSortedDictionary<string, long>.Empty);
    }

    private static ModelBuilder Towers()
    {
        var b = VerifiedModels.Builder();
        var ends = new[] { "a", "b" }.Select(tower =>
        {
            var x = b.Linear($"{tower}.in", b.Input(tower, DType.F32, 8), 16);
            return b.Add(x, b.Gelu(b.Linear($"{tower}.fc", b.LayerNorm($"{tower}.norm", x), 16)));
        }).ToArray();
        b.Output("y", b.Linear("head", b.Mul(ends[0], ends[1]), 4));
        return b;
    }
}
