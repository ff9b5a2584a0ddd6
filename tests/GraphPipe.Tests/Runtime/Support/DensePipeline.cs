using GraphPipe.Bundle;
using GraphPipe.Runtime;
using GraphPipe.Runtime.Cpu;

namespace GraphPipe.Tests.Runtime;

/// <summary>Executors of dense models, by the choices that must not change the numbers.</summary>
internal sealed record DensePipeline(DenseModel Model, int[] StageOf)
{
    public long MiniBatch { get; init; } = 8;

    /// <summary>For all stages, or one for each.</summary>
    public long[] MicroBatch { get; init; } = [2];

    public bool OneForwardOneBackward { get; init; }

    public bool Split { get; init; }

    public int Depth { get; init; } = 8;

    public int Threads { get; init; } = 1;

    public TimeSpan? StallTimeout { get; init; } = TimeSpan.FromSeconds(20);

    public Interference? Interference { get; init; }

    public Dispatch Dispatch { get; init; }

    /// <summary>Opens the devices; by default CPU devices with the kernels of the tests.</summary>
    public IDeviceProvider? Provider { get; init; }

    /// <summary>Stages of each device; by default one device each.</summary>
    public int[][]? Devices { get; init; }

    public Func<StageProgram, StageProgram> Rewrite { get; init; } = p => p;

    public Func<ExecutionPlan, ExecutionPlan> RewritePlan { get; init; } = p => p;

    public static LossSettings Loss { get; } = new(LossKind.Mse, "y", "t", -100, LossNormaliser.Elements, 1);

    public static DensePipeline OneStage(DenseModel model) => new(model, new int[model.Nodes.Length]);

    public (ExecutionPlan Plan, List<StageProgram> Programs) Compile()
    {
        var (programs, channels) = DenseEmitter.Emit(Model, StageOf, Depth, Split);
        long[] microBatch = [.. programs.Select((_, i) => MicroBatch[i % MicroBatch.Length])];
        int[][] devices = Devices ?? [.. programs.Select((_, i) => new[] { i })];
        var order = devices.Select(d => (IReadOnlyList<Work>)Order(d, microBatch).ToList()).ToList();
        var plan = TestPlans.Lower(order, channels, MiniBatch, microBatch);
        return (RewritePlan(plan), [.. programs.Select(Rewrite)]);
    }

    public PipelineExecutor Open(Dictionary<string, TensorData>? weights = null)
    {
        var (plan, programs) = Compile();
        return new PipelineExecutor(
            plan,
            programs,
            weights ?? Model.Weights(),
            [Provider ?? new CpuDeviceProvider(Threads, kernelAssemblies: [typeof(DensePipeline).Assembly])],
            new ExecutorOptions { Loss = Loss, StallTimeout = StallTimeout, Interference = Interference, Dispatch = Dispatch });
    }

    private IEnumerable<Work> Order(int[] stages, long[] microBatch)
    {
        int Count(int stage) => (int)((MiniBatch + microBatch[stage] - 1) / microBatch[stage]);
        if (stages.Length == 1)
        {
            return OneForwardOneBackward
                ? TestPlans.OneForwardOneBackward(stages[0], Count(stages[0]), StageOf.Max() + 1 - stages[0], Split)
                : TestPlans.GPipe(stages[0], Count(stages[0]), Split);
        }

        // Several stages on a device: forwards in order of stages, micro-batch after micro-batch, backwards the other way.
        var all = stages.Select(s => TestPlans.GPipe(s, Count(s), Split).ToList()).ToList();
        var forwards = all.SelectMany(s => s).Where(w => w.Kind == ActionKind.Forward).OrderBy(w => w.MicroBatch).ThenBy(w => w.Stage);
        var backwards = all.SelectMany(s => s).Where(w => w.Kind != ActionKind.Forward).OrderBy(w => w.MicroBatch).ThenByDescending(w => w.Stage).ThenBy(w => w.Kind);
        return [.. forwards, .. backwards];
    }
}
