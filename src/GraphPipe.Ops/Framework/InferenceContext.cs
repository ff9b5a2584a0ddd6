using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Ops;

/// <summary>What is known about a value: its type and, for small tensors of whole numbers, its elements as dimensions.</summary>
/// <param name="Content">The elements in row-major order; null if they are not known.</param>
/// <param name="Constant">The elements of a constant; null if it is none.</param>
public readonly record struct ValueFacts(TensorType? Type, ImmutableArray<Dim>? Content, TensorData? Constant);

/// <summary>Operands and results of one op during inference.</summary>
public sealed class InferenceContext(Op op, ImmutableArray<ValueFacts> operands, Func<Dim> freshDim)
{
    /// <summary>Tensors with more elements have no content.</summary>
    public const int ContentLimit = 64;

    private readonly TensorType?[] _types = new TensorType?[op.Results.Length];
    private readonly ImmutableArray<Dim>?[] _contents = new ImmutableArray<Dim>?[op.Results.Length];

    public Op Op { get; } = op;

    public Attributes Attributes => Op.Attributes;

    public int OperandCount => operands.Length;

    public int ResultCount => _types.Length;

    /// <summary>Why the operands do not fit together; null if they do.</summary>
    public string? Failure { get; private set; }

    public bool Has(int operand) => operand < operands.Length && !Op.Operands[operand].IsNone;

    public TensorType? Type(int operand) => Has(operand) ? operands[operand].Type : null;

    public DType DType(int operand) => Type(operand)?.Type ?? Bundle.DType.Undefined;

    public Shape? Shape(int operand) => Type(operand)?.Shape;

    public TensorData? Constant(int operand) => Has(operand) ? operands[operand].Constant : null;

    /// <summary>The elements as dimensions, where they are known.</summary>
    public ImmutableArray<Dim>? Content(int operand) => Has(operand) ? operands[operand].Content : null;

    /// <summary>Whole numbers given as an attribute or as an operand of known content; null if neither is there.</summary>
    public ImmutableArray<long>? Ints(string attribute, int operand)
    {
        if (Attributes.Ints(attribute) is { } list)
            return list;
        if (Attributes[attribute] is AttributeValue.Int single)
            return [single.Value];
        if (Content(operand) is not { } content || content.Any(d => !d.IsConstant))
            return null;
        return [.. content.Select(d => d.Constant!.Value)];
    }

    /// <summary>Axes given as an attribute or operand, made non-negative; null if unknown.</summary>
    public ImmutableArray<int>? Axes(string attribute, int operand, int rank) =>
        Ints(attribute, operand) is { } axes ? [.. axes.Select(a => Axis(a, rank))] : null;

    /// <summary>A non-negative axis.</summary>
    public int Axis(long axis, int rank)
    {
        if (axis < -rank || axis >= Math.Max(rank, 1))
            Fail($"axis {axis} is outside rank {rank}");
        return (int)Math.Clamp(axis < 0 ? axis + rank : axis, 0, Math.Max(rank - 1, 0));
    }

    public Dim FreshDim() => freshDim();

    public void Set(int result, DType type, Shape? shape)
    {
        if (result < _types.Length)
            _types[result] = new TensorType(type, shape);
    }

    public void SetContent(int result, ImmutableArray<Dim>? content)
    {
        if (result < _contents.Length && content is { Length: <= ContentLimit })
            _contents[result] = content;
    }

    public void Fail(string message) => Failure ??= message;

    public TensorType? ResultType(int result) => _types[result];

    public ImmutableArray<Dim>? ResultContent(int result) => _contents[result];
}
