using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;
using GraphPipe.Passes;
using GraphPipe.Planning;

namespace GraphPipe.Compiler;

/// <summary>What to compile a model for. Everything has a default that trains a model on one CPU device.</summary>
public sealed record CompileOptions
{
    /// <summary>The loss; <see cref="LossKind.None"/> compiles for inference.</summary>
    public LossKind Loss { get; init; } = LossKind.Mse;

    /// <summary>The output the loss reads; null for the first.</summary>
    public string? LossOutput { get; init; }

    /// <summary>Name of the target in data files.</summary>
    public string Target { get; init; } = "target";

    /// <summary>Class that does not count (cross entropy).</summary>
    public long IgnoreIndex { get; init; } = -100;

    public OptimizerSettings Optimizer { get; init; } = new("sgd", 0.01, 0, false, 0, 0, 0, 0);

    /// <summary>Parameters that are not trained: names, with * for any text.</summary>
    public ImmutableArray<string> Freeze { get; init; } = [];

    /// <summary>Sizes of symbolic dimensions other than the batch.</summary>
    public ImmutableSortedDictionary<string, long> Dimensions { get; init; } = ImmutableSortedDictionary.Create<string, long>(StringComparer.Ordinal);

    /// <summary>The model's name of the batch dimension; null to find it.</summary>
    public string? BatchDimension { get; init; }

    public DeviceMesh Mesh { get; init; } = DeviceMesh.Cpu(1);

    /// <summary>Samples between two updates.</summary>
    public long MiniBatch { get; init; } = 32;

    public MicroBatchChoice MicroBatch { get; init; } = MicroBatchChoice.Automatic;

    /// <summary>Exactly so many stages; null leaves it to the partitioner.</summary>
    public int? Stages { get; init; }

    /// <summary>Devices that may share one stage.</summary>
    public int MaxReplicas { get; init; } = 1;

    /// <summary>Whether replicas share out the optimizer's state of their stage.</summary>
    public bool ShardOptimizer { get; init; }

    public RecomputeChoice Recompute { get; init; }

    /// <summary>What is kept in host memory between forward and backward.</summary>
    public OffloadChoice Offload { get; init; }

    public string Partitioner { get; init; } = "best";

    public ScheduleChoice Schedule { get; init; } = "1f1b";

    public PlanObjective Objective { get; init; } = PlanObjective.Iteration;

    /// <summary>Memory of a device that may be used; null for what the device has.</summary>
    public Bytes? MemoryLimit { get; init; }

    /// <summary>Host memory that may be used for each device; null for the share that the device's model says.</summary>
    public Bytes? HostMemoryLimit { get; init; }

    /// <summary>What planning leaves of each device's memory to channels and kernels, which the objective does not count; the compiler finds it.</summary>
    internal Bytes Reserve { get; init; }

    /// <summary>Node names that end a stage (partitioner <c>manual</c>).</summary>
    public ImmutableArray<string> Cuts { get; init; } = [];

    /// <summary>Modelled devices to plan for; null for the mesh's own kind.</summary>
    public Topology? Topology { get; init; }

    /// <summary>A plan made before; then nothing is searched.</summary>
    public PipelinePlan? Plan { get; init; }

    /// <summary>Run the planned stages' sums and micro-batches, but everything on one stage: what a pipeline is compared with bit by bit.</summary>
    public bool OneStage { get; init; }

    /// <summary>Measured op times to plan with; null for those of a device model.</summary>
    public Profile? Profile { get; init; }

    /// <summary>Ends the search for a plan with <see cref="OperationCanceledException"/>.</summary>
    public CancellationToken Cancellation { get; init; }

    /// <summary>Verify after each pass, and observe modules.</summary>
    public PassOptions Passes { get; init; } = new();

    public bool IsTraining => Loss != LossKind.None;

    /// <summary>The devices as planners see them.</summary>
    public Topology PlannedTopology => Topology ?? Topology.Of(Mesh);

    /// <summary>What these options ask a partitioner about a cost graph.</summary>
    /// <param name="cuts">Names of the graph's nodes that end a stage.</param>
    /// <param name="sha256">Hash of the file planned.</param>
    public PartitionRequest ToRequest(CostGraph graph, ImmutableArray<string> cuts, string sha256) => new()
    {
        Graph = graph,
        Topology = PlannedTopology with { Devices = [.. PlannedTopology.Devices.Select(d => d with { Memory = Less(d.Memory) })] },
        MiniBatch = MiniBatch,
        MicroBatch = MicroBatch,
        Stages = Stages,
        MaxReplicas = MaxReplicas,
        MemoryLimit = MemoryLimit is { } limit ? Less(limit) : null,
        HostMemoryLimit = HostMemoryLimit,
        // Weights, gradients, and what the optimizer keeps.
        OptimizerState = Optimizer.Name != "sgd" ? 4 : Optimizer.Momentum != 0 ? 3 : 2,
        ShardOptimizer = ShardOptimizer,
        Recompute = Recompute,
        Offload = IsTraining ? Offload : OffloadChoice.None,
        Objective = Objective,
        Schedule = Schedule,
        Cuts = cuts,
        InputSha256 = sha256,
        Cancellation = Cancellation,
    };

    private Bytes Less(Bytes memory) => Bytes.Max(memory - Reserve, Bytes.Zero);

    internal TrainingGoal Goal => new(Loss, LossOutput, Target, IgnoreIndex, Optimizer);
}
