using GraphPipe.Bundle;
using GraphPipe.Core;
using GraphPipe.Ops;
using GraphPipe.Planning;

namespace GraphPipe.Compiler;

/// <summary>
/// What the costs of an op are asked by, from the IR and from a stage program alike: a planning node finds the times of the calls that will run
/// for it, because both make the same key.
/// </summary>
internal static class OpCosting
{
    /// <summary>An op of a graph at level core or above.</summary>
    public static CostedOp Of(Op op, Func<ValueId, TensorType?> typeOf) => Of(op, op.Phase, typeOf);

    /// <summary>A call of a stage program.</summary>
    /// <param name="phase">Programs with the whole backward in one function do not say which of its halves a call is of.</param>
    public static CostedOp Of(KernelCall call, StageProgram program, Phase phase)
    {
        // A call in place writes its first operand.
        bool inPlace = call.Outputs is [var only] && call.Inputs is [var first, ..] && only == first;
        var op = new Op(OpId.None, OperatorName.Parse(call.Kernel), [.. call.Inputs.Select(Value)], inPlace ? [] : [.. call.Outputs.Select(Value)]) { Attributes = call.Attributes };
        return Of(op, phase, v => v.IsNone ? null : TypeOf(program[new BufferId(v.Index)]));
    }

    private static CostedOp Of(Op op, Phase phase, Func<ValueId, TensorType?> typeOf)
    {
        string? Text(ValueId value) => value.IsNone || typeOf(value) is not { Shape: { } shape } type ? null : OpKey.TypeText(type.Type, shape);
        return new CostedOp(OpKey.Of(op.Name.ToString(), op.Attributes, op.Operands.Select(Text), op.Results.Select(Text)), PhaseOf(phase), WorkOf(op, typeOf));
    }

    private static OpPhase PhaseOf(Phase phase) => phase switch
    {
        Phase.BackwardInput => OpPhase.BackwardInput,
        Phase.BackwardWeight => OpPhase.BackwardWeight,
        Phase.Update => OpPhase.Update,
        _ => OpPhase.Forward,
    };

    // Costs are polynomials in N of degree 1 for all that matters: the value at 2 less the value at 1 is the part per sample.
    private static Work WorkOf(Op op, Func<ValueId, TensorType?> typeOf)
    {
        if (StageEmitter.IsView(op))
            return default;
        var cost = OperatorRegistry.Standard.Describe(op.Name).Cost(new CostContext(op, typeOf));
        double flops = cost.Flops.At(2) - cost.Flops.At(1);
        double bytes = cost.Bytes.At(2) - cost.Bytes.At(1);
        return new Work(flops, bytes, cost.Bytes.At(1) - bytes, 1);
    }

    private static ValueId Value(BufferId buffer) => buffer.IsNone ? ValueId.None : new ValueId(buffer.Value);

    private static TensorType TypeOf(BufferDecl buffer) => new(buffer.Type, buffer.Shape, buffer.Batch);
}
