using GraphPipe.Bundle;
using GraphPipe.Runtime.Cuda.Numerics;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>Y = alpha·op(A)·op(B) + beta·C, f32; C broadcasts to [M,N].</summary>
[Kernel("Gemm")]
public sealed class GemmKernel : CudaKernel
{
    public override CudaCall? Bind(KernelBinding binding, LaunchBinder launches)
    {
        if (!binding.AllAre(DType.F32))
            return null;
        bool transA = binding.Attributes.Int("transA", 0) != 0, transB = binding.Attributes.Int("transB", 0) != 0;
        var (a, y) = (binding.Input(0).Shape, binding.Output(0).Shape);
        float beta = binding.Attributes.Float("beta", 1);
        bool hasC = binding.HasInput(2) && beta != 0;
        long[] strides = hasC ? StridedMap.BroadcastStrides(binding.Input(2).Shape.AsSpan(), 2) : [0, 0];
        var n = Products.Of(y[0], y[1], a[transA ? 0 : 1], transA, transB, StridedMap.Create([1], [[0], [0]])!.Value);
        (n.HasC, n.CM, n.CN) = (hasC ? 1 : 0, (int)strides[0], (int)strides[1]);
        (n.Alpha, n.Beta) = (binding.Attributes.Float("alpha", 1), beta);
        return Products.Call(n, binding, launches, hasC ? Operand.Input(2, binding) : Operand.Scratch(0));
    }
}

/// <summary>Y = op(A)·op(B) over the last two dimensions, f32; the dimensions before them broadcast, a vector is a row (A) or a column (B).</summary>
[Kernel("MatMul")]
[Kernel("grad.MatMul")]
public sealed class MatMulKernel : CudaKernel
{
    public override CudaCall? Bind(KernelBinding binding, LaunchBinder launches)
    {
        if (!binding.AllAre(DType.F32))
            return null;
        var (m, n, k, transA, transB, batchA, batchB) = ProductShape.Of(binding);
        return StridedMap.Broadcast([.. batchA], [.. batchB]) is { } batches
            ? Products.Call(Products.Of(m, n, k, transA, transB, batches), binding, launches, Operand.Scratch(0)) : null;
    }
}

/// <summary>Binds products.</summary>
internal static class Products
{
    public static MatrixNumbers Of(long m, long n, long k, bool transA, bool transB, StridedMap batches) => new()
    {
        M = (int)m,
        N = (int)n,
        K = (int)k,
        AM = transA ? 1 : (int)k,
        AK = transA ? (int)m : 1,
        BK = transB ? 1 : (int)n,
        BN = transB ? (int)k : 1,
        TilesM = (int)((m + MatrixCode.Tile - 1) / MatrixCode.Tile),
        TilesN = (int)((n + MatrixCode.Tile - 1) / MatrixCode.Tile),
        Alpha = 1,
        Batches = batches,
    };

    /// <summary>On cuBLAS where it is, else on our own kernel.</summary>
    /// <param name="c">The operand that is added.</param>
    public static CudaCall Call(MatrixNumbers n, KernelBinding binding, LaunchBinder launches, Operand c)
    {
        var y = Operand.Output(0, binding);
        if (launches.Cublas is not { } cublas || !CublasCall.Does(n))
            return new LaunchCall(launches.Launch(MatrixCode.Multiply, n.Shape, n, Operand.Input(0, binding), Operand.Input(1, binding), c, y));
        if (n.HasC == 0)
            return new CublasCall(cublas, n, null);
        var spread = StridedMap.Create([n.M, n.N], [[n.CM, n.CN], [n.N, 1]])!.Value;
        return new CublasCall(cublas, n, launches.Launch(MovementCode.Copy<float>, LaunchShape.Over(spread.Count), spread, c, y));
    }
}
