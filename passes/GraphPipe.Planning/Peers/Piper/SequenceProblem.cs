namespace GraphPipe.Planning.Peers;

/// <summary>Per node what a stage of some degree needs. Arrays are by position of the node, those of edges by position of the edge.</summary>
internal sealed class NodeCosts(int nodes, int edges)
{
    /// <summary>Compute of one micro-batch, all replicas together: a stage takes this over its data degree.</summary>
    public double[] Time { get; } = new double[nodes];

    /// <summary>What recomputation adds to it.</summary>
    public double[] ExtraTime { get; } = new double[nodes];

    public double[] ParameterBytes { get; } = new double[nodes];

    /// <summary>Memory for each unit in flight, and besides, as long as nothing is recomputed.</summary>
    public double[] PerUnit { get; } = new double[nodes];

    public double[] Fixed { get; } = new double[nodes];

    /// <summary>The same with recomputation; a node that can't be recomputed has the same figures again.</summary>
    public double[] PerUnitRecomputing { get; } = new double[nodes];

    public double[] FixedRecomputing { get; } = new double[nodes];

    /// <summary>1 for a node that can't run at this degree.</summary>
    public double[] Missing { get; } = new double[nodes];

    /// <summary>Bytes that a stage pays for an edge that comes in, and for one that goes out: twice the tensor, for its gradient travels too.</summary>
    public double[] Incoming { get; } = new double[edges];

    public double[] Outgoing { get; } = new double[edges];
}

/// <summary>One way to put a stage on devices.</summary>
/// <param name="Replicas">Data degree d.</param>
/// <param name="Devices">Devices of the stage.</param>
/// <param name="Steps">What the stage adds to the count that in-flight work follows: its replicas (Piper), or 1.</param>
/// <param name="Divisor">In flight are ⌈count / divisor⌉ units.</param>
/// <param name="Costs">Position in <see cref="SequenceProblem.Costs"/>.</param>
internal readonly record struct StageMode(int Replicas, int Devices, int Steps, int Divisor, int Costs);

/// <summary>
/// The problem that Piper solves: cut a graph into a sequence of stages, each with a <see cref="StageMode"/>, so that the slowest stage is as
/// fast as possible and every stage fits memory. Time of a stage with d replicas:
/// <c>Σ time / d + (Σ border bytes / d + 4(d − 1)/d · Σ parameters / micro-batches) / bandwidth</c>.
/// </summary>
internal sealed class SequenceProblem
{
    public required int Nodes { get; init; }

    /// <summary>Ends the search with <see cref="OperationCanceledException"/>.</summary>
    public CancellationToken Cancellation { get; init; }

    public required (int From, int To)[] Edges { get; init; }

    public required NodeCosts[] Costs { get; init; }

    public required StageMode[] Modes { get; init; }

    public required int Devices { get; init; }

    /// <summary>The most that the stages' <see cref="StageMode.Steps"/> may add up to.</summary>
    public required int MaxCount { get; init; }

    public required double Memory { get; init; }

    /// <summary>Bytes per unit of time.</summary>
    public required double Bandwidth { get; init; }

    public required double MicroBatches { get; init; }

    /// <summary>Units in flight by ⌈count / divisor⌉, from 0; not decreasing.</summary>
    public required double[] InFlight { get; init; }

    /// <summary><see cref="PiperRecompute.Forced"/> does not occur: its costs are the only ones then.</summary>
    public required PiperRecompute Recompute { get; init; }

    /// <summary>Exactly so many devices in use; null for any number up to <see cref="Devices"/>.</summary>
    public int? ExactDevices { get; init; }

    /// <summary>Whether devices and count grow alike, so that one of them says both.</summary>
    public bool IsCountDevices => Array.TrueForAll(Modes, m => m.Devices == m.Steps);
}

/// <summary>A stage of the answer: the nodes of one down-set that are not in the next smaller one.</summary>
/// <param name="Count">The steps of this stage and all behind it.</param>
internal readonly record struct SequenceStage(int Larger, int Smaller, StageMode Mode, int Count);
