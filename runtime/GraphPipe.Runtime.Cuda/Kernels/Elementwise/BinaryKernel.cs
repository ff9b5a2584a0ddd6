using GraphPipe.Bundle;
using GraphPipe.Runtime.Elements;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>y = f(a, b) with numpy broadcasting, f32.</summary>
[KernelFamily(typeof(IBinary))]
public sealed class BinaryKernel<TOp> : ElementwiseKernel
    where TOp : struct, IBinary
{
    public override ElementFunction? Function(KernelBinding binding) =>
        binding.AllAre(DType.F32) ? ElementFunction.Of(binding, (Func<float, float, float>)OfTwoFloats<TOp>.Apply, 0, 1) : null;
}

/// <summary>As <see cref="BinaryKernel{TOp}"/>, for i64 too.</summary>
[KernelFamily(typeof(IArithmetic))]
public sealed class ArithmeticKernel<TOp> : ElementwiseKernel
    where TOp : struct, IArithmetic
{
    private readonly BinaryKernel<TOp> _ofFloats = new();

    public override ElementFunction? Function(KernelBinding binding) =>
        binding.AllAre(DType.I64) ? ElementFunction.Of(binding, (Func<long, long, long>)OfTwoWholes<TOp>.Apply, 0, 1) : _ofFloats.Function(binding);
}
