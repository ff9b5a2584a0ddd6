using System.Collections.Frozen;
using System.Reflection;
using GraphPipe.Bundle;
using GraphPipe.Core;
using GraphPipe.Ops;

namespace GraphPipe.Passes;

/// <summary>Marks the gradient of an operator.</summary>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public sealed class GradientAttribute(string type) : Attribute
{
    public string Type { get; } = type;
}

/// <summary>Reverse-mode rule of one operator. One file each, found by <see cref="GradientAttribute"/>.</summary>
public interface IGradient
{
    /// <summary>Emits the gradients of the operands that need one.</summary>
    void Build(GradientContext c);

    /// <summary>Why this op of the type has no gradient after all, for GP2103; null if it has.</summary>
    string? Refuses(Op op) => null;
}

/// <summary>All gradients of this assembly, by operator type.</summary>
public static class GradientRegistry
{
    private static readonly FrozenDictionary<string, IGradient> Rules = Find();

    public static IEnumerable<string> Types => Rules.Keys;

    public static IGradient? Of(OperatorName name) => name.IsStandard || name.Domain == "train" ? Rules.GetValueOrDefault(name.ToString()) : null;

    private static FrozenDictionary<string, IGradient> Find()
    {
        var rules = new Dictionary<string, IGradient>(StringComparer.Ordinal);
        foreach (var type in typeof(GradientRegistry).Assembly.GetTypes().Where(t => t.IsAssignableTo(typeof(IGradient)) && !t.IsAbstract))
        {
            foreach (var attribute in type.GetCustomAttributes<GradientAttribute>())
                rules.Add(attribute.Type, (IGradient)Activator.CreateInstance(type)!);
        }

        return rules.ToFrozenDictionary();
    }
}

/// <summary>One forward op, the gradients of its results, and where its operands' gradients go.</summary>
/// <param name="gradientOf">The gradient of a result.</param>
/// <param name="needed">Whether a value needs a gradient.</param>
/// <param name="typeOfGradient">The element type of a value's gradient.</param>
public sealed class GradientContext(Op op, Emitter emitter, Func<int, ValueId> gradientOf, Func<ValueId, bool> needed, Func<ValueId, DType> typeOfGradient)
{
    private readonly List<(ValueId Value, ValueId Gradient)> _contributions = [];

    public Op Op { get; } = op;

    public Emitter Emit { get; } = emitter;

    public Attributes Attributes => Op.Attributes;

    /// <summary>What was set, in order: a forward value and its gradient from this op.</summary>
    public IReadOnlyList<(ValueId Value, ValueId Gradient)> Contributions => _contributions;

    public ValueId X(int operand = 0) => Op.Operand(operand);

    public ValueId Y(int result = 0) => Op.Results[result];

    /// <summary>The gradient of the first result, which every rule but those of ops with several results reads.</summary>
    public ValueId DY => gradientOf(0);

    /// <summary>The gradient of a result; none if nothing reads the result.</summary>
    public ValueId GradientOf(int result) => gradientOf(result);

    public Shape ShapeOf(ValueId id) => Emit.ShapeOf(id);

    public TensorType TypeOf(ValueId id) => Emit.TypeOf(id);

    public bool Needs(int operand) => operand < Op.Operands.Length && !Op.Operands[operand].IsNone && needed(Op.Operands[operand]);

    /// <summary>The gradient of an operand; it has the operand's shape, and is cast to the type that gradients of the operand have.</summary>
    public void Set(int operand, ValueId gradient)
    {
        var type = typeOfGradient(Op.Operands[operand]);
        if (TypeOf(gradient).Type != type)
            gradient = Emit.EmitTyped("Cast", [gradient], TypeOf(gradient) with { Type = type }, HalfCasts.To(type));
        _contributions.Add((Op.Operands[operand], gradient));
    }

    /// <summary>A half as f32, for ops that add up; what is no half stays as it is.</summary>
    public ValueId Widened(ValueId value) => TypeOf(value).Type.IsHalf() ? Emit.EmitTyped("Cast", [value], WideTypeOf(value), HalfCasts.To(DType.F32)) : value;

    /// <summary>The type of a value, f32 instead of a half.</summary>
    public TensorType WideTypeOf(ValueId value) => TypeOf(value) with { Type = TypeOf(value).Type.Wide() };

    /// <summary>The gradient of an operand that was broadcast to the result: summed over the dimensions that were added or stretched.</summary>
    public void SetSummed(int operand, ValueId gradient) => Set(operand, SumTo(gradient, TypeOf(X(operand))));

    /// <summary>Summed to a type's shape; halves are added up in f32.</summary>
    public ValueId SumTo(ValueId gradient, TensorType type) =>
        ShapeOf(gradient) == type.Shape ? gradient : Emit.EmitTyped("grad.SumTo", [Widened(gradient)], type with { Type = WideTypeOf(gradient).Type });

    /// <summary>A <c>grad.*</c> op of the same attributes as the forward op, with the result type of an operand.</summary>
    public void SetOp(int operand, string name, params ReadOnlySpan<ValueId> operands) =>
        Set(operand, Emit.EmitTyped(name, operands, TypeOf(X(operand)), Attributes));
}
