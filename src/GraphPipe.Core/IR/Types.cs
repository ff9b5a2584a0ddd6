using GraphPipe.Bundle;

namespace GraphPipe.Core;

/// <summary>How far a module has come on the road from model file to bundle.</summary>
public enum Level
{
    /// <summary>ONNX ops as imported, nothing lost.</summary>
    Onnx,

    /// <summary>The small op set of docs/core-ops.md; ranks known, batch axis known.</summary>
    Core,

    /// <summary>One graph with loss, gradients and updates; each op has a phase.</summary>
    Train,

    /// <summary>Each op has a stage.</summary>
    Staged,

    /// <summary>Stages apart, joined by sends and receives.</summary>
    Comm,
}

/// <summary>The part of a training step an op belongs to.</summary>
public enum Phase
{
    Forward,
    Loss,
    BackwardInput,
    BackwardWeight,
    Update,
}

/// <summary>The type of a value.</summary>
public abstract record IrType;

/// <summary>A tensor.</summary>
/// <param name="Shape">Null while not even the rank is known (level onnx only).</param>
/// <param name="Batch">Where the samples lie; null if the value does not depend on them (or at level onnx, where it is not known yet).</param>
public sealed record TensorType(DType Type, Shape? Shape, BatchLayout? Batch = null) : IrType
{
    /// <summary>The shape of a value whose shape must be known.</summary>
    /// <exception cref="InvalidOperationException">It is not: a bug of the pass that should have found it.</exception>
    public Shape KnownShape => Shape ?? throw new InvalidOperationException("the shape of a value is not known");

    public int Rank => KnownShape.Rank;

    public override string ToString() => $"{Type.Text()}{Shape?.ToString() ?? "[?]"}{(Batch is { } batch ? $" {batch}" : "")}";
}

/// <summary>An ONNX sequence.</summary>
public sealed record SequenceType(IrType Element) : IrType;

/// <summary>An ONNX optional.</summary>
public sealed record OptionalType(IrType Element) : IrType;

/// <summary>An ONNX map.</summary>
public sealed record MapType(DType Key, IrType Value) : IrType;

/// <summary>A value's name (unique in its module) and type; the type is null while unknown.</summary>
public sealed record ValueInfo(string Name, IrType? Type)
{
    /// <summary>The tensor type, if it is one.</summary>
    public TensorType? Tensor => Type as TensorType;
}
