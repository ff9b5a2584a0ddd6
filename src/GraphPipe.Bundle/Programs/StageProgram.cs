using System.Collections.Immutable;

namespace GraphPipe.Bundle;

/// <summary>How long the content of a buffer lives, and so where it gets its memory.</summary>
public enum BufferLife
{
    /// <summary>From load to end: constants, parameters that the stage does not update, optimizer state, gradient accumulators.</summary>
    Persistent,

    /// <summary>From load to end, but changed by the stage's update: parameters. Where updates come between a forward and its backward, there are several versions at a time.</summary>
    Weights,

    /// <summary>Per micro-batch, from its first receive or its forward to the end of its backward: saved activations.</summary>
    Activation,

    /// <summary>As Activation, but to BACKWARD_INPUT only, where a schedule has the backward in two parts and the second does not read it.</summary>
    InputActivation,

    /// <summary>Per micro-batch, from the first receive to the forward and its last send: edges of the forward that the backward does not read.</summary>
    ForwardEdge,

    /// <summary>Per micro-batch, from the first received gradient or BACKWARD_INPUT to BACKWARD_WEIGHT, where a schedule has the two apart.</summary>
    WeightEdge,

    /// <summary>Per micro-batch, from the first received gradient to the backward (or BACKWARD_INPUT, where it is in two parts) and its last send.</summary>
    BackwardEdge,

    /// <summary>Within one run of one function.</summary>
    Temporary,
}

/// <summary>A buffer of a stage program.</summary>
/// <param name="Name">The value's name, for reports.</param>
/// <param name="Shape">Dimensions, multiples of N where they depend on the micro-batch.</param>
/// <param name="Batch">Where the samples lie; null if the content does not depend on them.</param>
/// <param name="AliasOf">A buffer whose memory this one is, under another shape; none for a buffer of its own.</param>
public sealed record BufferDecl(string Name, DType Type, Shape Shape, BufferLife Life, BatchLayout? Batch, BufferId AliasOf)
{
    public Bytes Size(long batch)
    {
        long elements = 1;
        foreach (var dim in Shape.Dims)
            elements = checked(elements * dim.At(batch));
        return Type.Size(elements);
    }
}

/// <summary>One kernel call: inputs are read, outputs written; a buffer that stands on both sides is updated in place.</summary>
/// <param name="Kernel">Operator name; <c>domain::name</c> for other domains.</param>
/// <param name="Inputs">Operands; <see cref="BufferId.None"/> where an optional one is left out.</param>
/// <param name="Outputs">Results; <see cref="BufferId.None"/> where nobody reads one.</param>
/// <param name="Workspace">Bytes of scratch memory during the call, in N.</param>
/// <param name="Nodes">The ONNX nodes it comes from, for reports.</param>
public sealed record KernelCall(
    string Kernel,
    ImmutableArray<BufferId> Inputs,
    ImmutableArray<BufferId> Outputs,
    Attributes Attributes,
    Dim Workspace,
    ImmutableArray<string> Nodes)
{
    /// <summary>
    /// The call as an ONNX model with one op, for a device that has no kernel for it; empty for calls that every device has one for. Operand i is
    /// the model's input <c>x&lt;i&gt;</c> (or built in, for small constants), result i its output <c>y&lt;i&gt;</c>.
    /// </summary>
    public ReadOnlyMemory<byte> OnnxModel { get; init; }

    /// <summary>Whether the one result is computed element by element, see <see cref="FusedCalls"/>.</summary>
    public bool IsElementwise { get; init; }

    /// <summary>Whether the one result folds the elements of the first operand, each of which is read once, see <see cref="FusedCalls.WithReduction"/>.</summary>
    public bool IsReduction { get; init; }
}

/// <summary>The functions of a stage.</summary>
public enum FunctionKind
{
    /// <summary>Inputs to outputs.</summary>
    Forward,

    /// <summary>Outputs and target to the loss; run after Forward when training or evaluating.</summary>
    Loss,

    /// <summary>The whole backward.</summary>
    Backward,

    /// <summary>The part of the backward that other stages wait for.</summary>
    BackwardInput,

    /// <summary>The part that only makes gradients of parameters.</summary>
    BackwardWeight,

    /// <summary>Accumulated gradients to new parameters.</summary>
    Update,

    /// <summary>Weights to what they would be some updates later, in place; for schedules that predict them.</summary>
    Predict,
}

public sealed record StageFunction(FunctionKind Kind, ImmutableArray<KernelCall> Calls);

/// <summary>What fills an input buffer before a forward.</summary>
public enum FeedKind
{
    /// <summary>A model input, by name.</summary>
    Input,

    /// <summary>The training target, by name.</summary>
    Target,

    /// <summary>The factor of the loss sum that makes it a mean over the mini-batch: a scalar f32.</summary>
    LossScale,
}

/// <summary>An input buffer and where its content comes from.</summary>
public sealed record FeedDecl(FeedKind Kind, string Name, BufferId Buffer);

/// <summary>An output of the model, computed by this stage.</summary>
public sealed record OutputDecl(string Name, BufferId Buffer);

/// <summary>A channel's end at this stage: the buffer that is sent or filled.</summary>
public sealed record PortDecl(ChannelId Channel, BufferId Buffer, bool IsSend);

public enum ParameterRole
{
    Trained,
    Frozen,
    Constant,
}

/// <summary>An optimizer state tensor of a parameter, zero at the start.</summary>
public sealed record StateDecl(string Name, BufferId Buffer);

/// <summary>A parameter or constant on this stage.</summary>
/// <param name="Name">The ONNX initializer's name: the key in weights files and checkpoints.</param>
/// <param name="Owner">The stage whose copy is the master: it holds the optimizer state and sends new values to the others.</param>
/// <param name="Accumulator">This stage's gradient sum; none if not trained here.</param>
public sealed record ParameterDecl(string Name, BufferId Buffer, ParameterRole Role, StageId Owner, BufferId Accumulator, ImmutableArray<StateDecl> States);

/// <summary>What the runtime executes for one stage.</summary>
/// <param name="Loss">The buffer with the micro-batch's share of the loss; none if the loss is elsewhere.</param>
public sealed record StageProgram(
    StageId Id,
    string Name,
    ImmutableArray<BufferDecl> Buffers,
    ImmutableArray<StageFunction> Functions,
    ImmutableArray<ParameterDecl> Parameters,
    ImmutableArray<FeedDecl> Feeds,
    ImmutableArray<OutputDecl> Outputs,
    ImmutableArray<PortDecl> Ports,
    BufferId Loss)
{
    public BufferDecl this[BufferId id] => Buffers[id.Value];

    public StageFunction? Function(FunctionKind kind) => Functions.FirstOrDefault(f => f.Kind == kind);

    /// <summary>The buffer that owns the memory of <paramref name="id"/>.</summary>
    public BufferId Root(BufferId id)
    {
        while (!Buffers[id.Value].AliasOf.IsNone)
            id = Buffers[id.Value].AliasOf;
        return id;
    }
}
