using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;
using GraphPipe.Ops;

namespace GraphPipe.Passes;

/// <summary>What goes from step to step, [N,H]; a value is none where it is zero, the cell also where there is no such thing.</summary>
internal readonly record struct RecurrentState(ValueId Hidden, ValueId Cell);

/// <summary>One direction of an LSTM, GRU or RNN: its weights, and one step (onnx docs/Operators.md: the equations and the order of the gates).</summary>
internal sealed class RecurrentCell
{
    private readonly Emitter _emit;
    private readonly string _type;
    private readonly RecurrentFunction[] _functions;
    private readonly ValueId[] _inputs;
    private readonly ValueId _recurrent;
    private readonly ValueId _recurrentBias;
    private readonly bool _resetsAfter;
    private readonly long _size;
    private ImmutableArray<ValueId>? _columns;
    private ImmutableArray<ValueId>? _biases;

    private RecurrentCell(Emitter emit, string type, RecurrentFunction[] functions, ValueId[] inputs, ValueId recurrent, ValueId recurrentBias, bool resetsAfter, long size)
    {
        (_emit, _type, _functions, _inputs) = (emit, type, functions, inputs);
        (_recurrent, _recurrentBias, _resetsAfter, _size) = (recurrent, recurrentBias, resetsAfter, size);
    }

    public RecurrentState Initial { get; private init; }

    /// <param name="x">[T,N,I].</param>
    /// <param name="direction">Which of them.</param>
    /// <param name="directions">How many there are.</param>
    /// <returns>Null for functions that are not known.</returns>
    public static RecurrentCell? Of(DecompositionContext c, ValueId x, int direction, int directions)
    {
        var emit = c.Emit;
        string type = c.Op.Name.Type;
        if (RecurrentFunction.Of(c.Op, direction) is not { } functions || emit.ShapeOf(c.Op.Operands[2])[2].Constant is not { } size)
            return null;
        // The weights of one direction, without that axis.
        ValueId Part(int operand)
        {
            var value = c.Op.Operands[operand];
            if (directions > 1)
                value = emit.Emit("Gather", [value, emit.Builder.Constant(TensorData.Longs([], direction), "direction")], Attributes.Empty.With("axis", 0));
            var shape = emit.ShapeOf(value);
            return directions > 1 ? value : emit.Reshape(value, Shape.Create([.. shape.Skip(1)]));
        }

        var product = emit.Emit("MatMul", [x, Transposed(emit, Part(1))]);
        var recurrentBias = ValueId.None;
        if (c.Has(3))
        {
            var biases = Part(3);
            long gates = emit.ShapeOf(biases)[0].Constant!.Value / 2;
            var both = emit.EmitMany("Split", [biases], Attributes.Empty.With("axis", 0).With("split", ImmutableArray.Create(gates, gates)), 2);
            recurrentBias = both[1];
            product = emit.Emit("Add", [product, both[0]]);
            if (type != "GRU")
                product = emit.Emit("Add", [product, recurrentBias]);
        }

        return new RecurrentCell(emit, type, functions, Steps(emit, product), Transposed(emit, Part(2)), recurrentBias, c.Op.Attributes.Int("linear_before_reset", 0) != 0, size)
        {
            Initial = new RecurrentState(State(5), type == "LSTM" ? State(6) : ValueId.None),
        };

        // A direction of an initial state [directions,N,H]; with layout 1 [N,directions,H].
        ValueId State(int operand)
        {
            if (!c.Has(operand))
                return ValueId.None;
            int axis = c.Op.Attributes.Int("layout", 0) != 0 ? 1 : 0;
            var shape = emit.ShapeOf(c.Op.Operands[operand]);
            var which = emit.Builder.Constant(TensorData.Longs([], direction), "direction");
            return directions > 1
                ? emit.Emit("Gather", [c.Op.Operands[operand], which], Attributes.Empty.With("axis", axis))
                : emit.Reshape(c.Op.Operands[operand], Shape.Create([shape[1 - axis], shape[2]]));
        }
    }

    /// <summary>The state after step <paramref name="t"/>.</summary>
    public RecurrentState Step(int t, RecurrentState state) => _type switch
    {
        "LSTM" => Lstm(_inputs[t], state),
        "GRU" => new RecurrentState(Gru(_inputs[t], state.Hidden), ValueId.None),
        _ => new RecurrentState(Apply(0, [Plus(_inputs[t], Product(state.Hidden, _recurrent))]), ValueId.None),
    };

    // Gates i, o, f, c.
    private RecurrentState Lstm(ValueId input, RecurrentState state)
    {
        var gates = Parts(Plus(input, Product(state.Hidden, _recurrent)), 4);
        var fresh = _emit.Emit("Mul", [Apply(0, [gates[0]]), Apply(1, [gates[3]])]);
        var kept = state.Cell.IsNone ? ValueId.None : _emit.Emit("Mul", [Apply(0, [gates[2]]), state.Cell]);
        var cell = Plus(fresh, kept);
        return new RecurrentState(_emit.Emit("Mul", [Apply(0, [gates[1]]), Apply(2, [cell])]), cell);
    }

    // Gates z, r, h.
    private ValueId Gru(ValueId input, ValueId hidden)
    {
        var fromInput = Parts(input, 3);
        var biases = _biases ??= _recurrentBias.IsNone ? [ValueId.None, ValueId.None, ValueId.None] : Parts(_recurrentBias, 3);
        ValueId Recurrent(int gate, ValueId h) => h.IsNone ? biases[gate] : Plus(_emit.Emit("MatMul", [h, (_columns ??= Parts(_recurrent, 3))[gate]]), biases[gate]);
        var update = Apply(0, [Plus(fromInput[0], Recurrent(0, hidden))]);
        var candidate = Recurrent(2, hidden);
        if (_resetsAfter && !candidate.IsNone)
            candidate = _emit.Emit("Mul", [Reset(), candidate]);
        else if (!_resetsAfter && !hidden.IsNone)
            candidate = Recurrent(2, _emit.Emit("Mul", [Reset(), hidden]));
        candidate = Apply(1, [Plus(fromInput[2], candidate)]);
        var fresh = _emit.Emit("Mul", [_emit.Emit("Sub", [_emit.Scalar(1), update]), candidate]);
        return hidden.IsNone ? fresh : _emit.Emit("Add", [fresh, _emit.Emit("Mul", [update, hidden])]);

        ValueId Reset() => Apply(0, [Plus(fromInput[1], Recurrent(1, hidden))]);
    }

    private ImmutableArray<ValueId> Parts(ValueId value, int count)
    {
        int axis = _emit.ShapeOf(value).Rank - 1;
        return _emit.EmitMany("Split", [value], Attributes.Empty.With("axis", axis).With("split", Enumerable.Repeat(_size, count).ToImmutableArray()), count);
    }

    private ValueId Apply(int function, ReadOnlySpan<ValueId> operands) => _emit.Emit(_functions[function].Name, operands, _functions[function].Attributes);

    private ValueId Product(ValueId hidden, ValueId weights) => hidden.IsNone ? ValueId.None : _emit.Emit("MatMul", [hidden, weights]);

    private ValueId Plus(ValueId a, ValueId b) => b.IsNone ? a : a.IsNone ? b : _emit.Emit("Add", [a, b]);

    private static ValueId Transposed(Emitter emit, ValueId matrix) => emit.Emit("Transpose", [matrix], Attributes.Empty.With("perm", ImmutableArray.Create(1L, 0L)));

    // [T,N,gates·H] cut into T times [N,gates·H].
    private static ValueId[] Steps(Emitter emit, ValueId product)
    {
        var shape = emit.ShapeOf(product);
        var one = Shape.Create([.. shape.Skip(1)]);
        int count = (int)shape[0].Constant!.Value;
        if (count == 1)
            return [emit.Reshape(product, one)];
        return [.. emit.EmitMany("Split", [product], Attributes.Empty.With("axis", 0).With("split", Enumerable.Repeat(1L, count).ToImmutableArray()), count).Select(p => emit.Reshape(p, one))];
    }
}
