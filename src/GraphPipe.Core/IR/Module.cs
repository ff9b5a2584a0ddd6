using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Core;

/// <summary>A parameter (ONNX initializer) or constant of a module.</summary>
/// <param name="Data">The elements; null in a module that was read from text without its side file.</param>
/// <param name="KnownHash">Name of the content as text gives it; empty to take it from <paramref name="Data"/>.</param>
public sealed record Parameter(ValueId Value, ParameterRole Role, TensorData? Data, string KnownHash = "")
{
    /// <summary>Name of the content, see <see cref="TensorData.Hash"/>.</summary>
    public string Hash => KnownHash.Length > 0 || Data is null ? KnownHash : Data.Hash;
}

public enum VariableKind
{
    /// <summary>A gradient sum over micro-batches.</summary>
    Accumulator,

    /// <summary>Optimizer state.</summary>
    State,
}

/// <summary>Memory that lives across micro-batches and steps, zero at the start; ops of the train level read and write it in place.</summary>
/// <param name="Of">The parameter it belongs to.</param>
/// <param name="StateName">The optimizer's name for it (<c>momentum</c>, <c>exp_avg</c>); empty for accumulators.</param>
public sealed record Variable(ValueId Value, VariableKind Kind, ValueId Of, string StateName);

/// <summary>What a graph input of a training graph is fed with.</summary>
public sealed record Feed(ValueId Value, FeedKind Kind);

/// <summary>A function of a stage (level comm).</summary>
public sealed record StageBody(FunctionKind Kind, Region Body);

/// <summary>A stage: which device, how many samples at a time, and at level comm its functions.</summary>
public sealed record Stage(StageId Id, string Name, DeviceId Device, long MicroBatch, long InFlight, ImmutableArray<StageBody> Functions)
{
    /// <summary>Its part of every micro-batch, where a stage has replicas (level comm).</summary>
    public Replica Replica { get; init; } = Replica.Only;

    public StageSamples Samples => new(MicroBatch, Replica);

    public Region Function(FunctionKind kind) => Functions.FirstOrDefault(f => f.Kind == kind)?.Body ?? Region.Empty;
}

/// <summary>The loss of a training module: the scalar, and what the runtime must know to make it a mean over the mini-batch.</summary>
public sealed record Loss(ValueId Value, LossSettings Settings);

/// <summary>A whole model at one level. Immutable: a pass makes a new one.</summary>
public sealed record Module
{
    public required string Name { get; init; }

    public required Level Level { get; init; }

    /// <summary>Domain to version, the standard domain as the empty string.</summary>
    public ImmutableSortedDictionary<string, long> Opsets { get; init; } = ImmutableSortedDictionary.Create<string, long>(StringComparer.Ordinal);

    /// <summary>What the file says about itself: producer, versions, documentation, properties.</summary>
    public ImmutableSortedDictionary<string, string> Metadata { get; init; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>The value table; <see cref="ValueId"/> is the position.</summary>
    public ImmutableArray<ValueInfo> Values { get; init; } = [];

    public ImmutableArray<Parameter> Parameters { get; init; } = [];

    public ImmutableArray<Variable> Variables { get; init; } = [];

    public ImmutableArray<Feed> Feeds { get; init; } = [];

    public Loss? Loss { get; init; }

    public DeviceMesh? Mesh { get; init; }

    public ImmutableArray<ChannelDecl> Channels { get; init; } = [];

    public ImmutableArray<Stage> Stages { get; init; } = [];

    /// <summary>All ops in topological order, up to level staged.</summary>
    public Region Graph { get; init; } = Region.Empty;

    public ValueInfo this[ValueId id] => Values[id.Index];

    /// <summary>The type of a tensor value.</summary>
    /// <exception cref="InvalidOperationException">It is unknown or no tensor: a bug at the levels above onnx.</exception>
    public TensorType TensorOf(ValueId id) =>
        Values[id.Index].Tensor ?? throw new InvalidOperationException($"value '{Values[id.Index].Name}' has no tensor type");

    public Parameter? ParameterOf(ValueId id) => Parameters.FirstOrDefault(p => p.Value == id);
}
