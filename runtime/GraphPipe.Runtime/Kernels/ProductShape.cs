using System.Collections.Immutable;

namespace GraphPipe.Runtime;

/// <summary>
/// What <c>MatMul</c> and <c>grad.MatMul</c> multiply: op(A), m × k, by op(B), k × n, for each element that the batches of A and B broadcast to. A vector is a
/// row (A) or a column (B); where B is one matrix, all rows of A are one product.
/// </summary>
/// <param name="BatchA">Dimensions of A before the last two.</param>
public readonly record struct ProductShape(long M, long N, long K, bool TransA, bool TransB, ImmutableArray<long> BatchA, ImmutableArray<long> BatchB)
{
    /// <summary>Of a call's operands A and B and its attributes <c>transA</c> and <c>transB</c>.</summary>
    public static ProductShape Of(KernelBinding binding)
    {
        ImmutableArray<long> a = binding.Input(0).Shape, b = binding.Input(1).Shape;
        bool transA = a.Length > 1 && binding.Attributes.Int("transA", 0) != 0, transB = b.Length > 1 && binding.Attributes.Int("transB", 0) != 0;
        if (a.Length == 1)
            a = a.Insert(0, 1);
        if (b.Length == 1)
            b = b.Add(1);
        long m = a[transA ? ^1 : ^2], k = a[transA ? ^2 : ^1], n = b[transB ? ^2 : ^1];
        ImmutableArray<long> batchA = a[..^2], batchB = b[..^2];
        if (!transA && batchB.AsSpan().IndexOfAnyExcept(1) < 0)
        {
            foreach (long dim in batchA)
                m *= dim;
            batchA = [];
        }

        return new(m, n, k, transA, transB, batchA, batchB);
    }
}
