using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Core;

/// <summary>Attribute kinds that exist in the IR only; stage programs have none of them.</summary>
public static class IrAttribute
{
    /// <summary>A tensor.</summary>
    public sealed record Tensor(TensorData Value) : AttributeValue
    {
        public bool Equals(Tensor? other) => other is not null && Value.SameAs(other.Value);

        public override int GetHashCode() => (int)Value.Type;
    }

    /// <summary>Several tensors.</summary>
    public sealed record Tensors(ImmutableArray<TensorData> Values) : AttributeValue
    {
        public bool Equals(Tensors? other) =>
            other is not null && Values.Length == other.Values.Length && Values.Zip(other.Values).All(p => p.First.SameAs(p.Second));

        public override int GetHashCode() => Values.Length;
    }

    /// <summary>A sparse tensor: values and their positions in a tensor of the given shape.</summary>
    public sealed record SparseTensor(TensorData Values, TensorData Indices, ImmutableArray<long> Shape) : AttributeValue
    {
        public bool Equals(SparseTensor? other) =>
            other is not null && Values.SameAs(other.Values) && Indices.SameAs(other.Indices) && Shape.AsSpan().SequenceEqual(other.Shape.AsSpan());

        public override int GetHashCode() => Shape.Length;
    }

    /// <summary>A type.</summary>
    public sealed record Type(IrType Value) : AttributeValue;

    /// <summary>Bytes whose meaning we do not know, kept as they are: the serialised ONNX attribute.</summary>
    public sealed record Opaque(string Kind, ImmutableArray<byte> Bytes) : AttributeValue
    {
        public bool Equals(Opaque? other) => other is not null && Kind == other.Kind && Bytes.AsSpan().SequenceEqual(other.Bytes.AsSpan());

        public override int GetHashCode() => Bytes.Length;
    }
}
