using GraphPipe.Bundle;
using GraphPipe.Runtime.Cuda.Numerics;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>y = f(a, b) with numpy broadcasting, f32.</summary>
public abstract class FloatBinaryKernel<TOp> : CudaKernel
    where TOp : struct, IBinary<float>
{
    public override CudaCall? Bind(KernelBinding binding, LaunchBinder launches) =>
        binding.AllAre(DType.F32) ? Bind(binding, launches, ElementwiseCode.Binary<float, TOp>) : null;

    private protected static LaunchCall? Bind(KernelBinding binding, LaunchBinder launches, Delegate code) =>
        StridedMap.Broadcast([.. binding.Input(0).Shape], [.. binding.Input(1).Shape]) is { } map
            ? new LaunchCall(launches.Launch(code, LaunchShape.Over(map.Count), map, Operand.Input(0, binding), Operand.Input(1, binding), Operand.Output(0, binding)))
            : null;
}

/// <summary>y = f(a, b) with numpy broadcasting; f32 and i64.</summary>
public abstract class BinaryKernel<TOp> : FloatBinaryKernel<TOp>
    where TOp : struct, IBinary<float>, IBinary<long>
{
    public override CudaCall? Bind(KernelBinding binding, LaunchBinder launches) =>
        binding.AllAre(DType.I64) ? Bind(binding, launches, ElementwiseCode.Binary<long, TOp>) : base.Bind(binding, launches);
}

/// <summary>Whether a relation of a and b holds, as bool, with numpy broadcasting: f32, f64, i64, i32, u8, bool.</summary>
public abstract class ComparisonKernel<TRelation> : CudaKernel
    where TRelation : struct, IRelation<float>, IRelation<double>, IRelation<long>, IRelation<int>, IRelation<byte>
{
    public override CudaCall? Bind(KernelBinding binding, LaunchBinder launches)
    {
        if (binding.Output(0).Type != DType.Bool || binding.Input(0).Type != binding.Input(1).Type
            || StridedMap.Broadcast([.. binding.Input(0).Shape], [.. binding.Input(1).Shape]) is not { } map)
        {
            return null;
        }

        Delegate? code = binding.Input(0).Type switch
        {
            DType.F32 => ElementwiseCode.Compare<float, TRelation>,
            DType.F64 => ElementwiseCode.Compare<double, TRelation>,
            DType.I64 => ElementwiseCode.Compare<long, TRelation>,
            DType.I32 => ElementwiseCode.Compare<int, TRelation>,
            DType.U8 or DType.Bool => ElementwiseCode.Compare<byte, TRelation>,
            _ => null,
        };
        return code is null ? null
            : new LaunchCall(launches.Launch(code, LaunchShape.Over(map.Count), map, Operand.Input(0, binding), Operand.Input(1, binding), Operand.Output(0, binding)));
    }
}

/// <summary>y = f(a, b) of bools.</summary>
public abstract class LogicKernel<TOp> : CudaKernel
    where TOp : struct, IBinary<byte>
{
    public override CudaCall? Bind(KernelBinding binding, LaunchBinder launches)
    {
        if (!binding.AllAre(DType.Bool) || StridedMap.Broadcast([.. binding.Input(0).Shape], [.. binding.Input(1).Shape]) is not { } map)
            return null;
        return new LaunchCall(launches.Launch(
            ElementwiseCode.Binary<byte, TOp>, LaunchShape.Over(map.Count), map, Operand.Input(0, binding), Operand.Input(1, binding), Operand.Output(0, binding)));
    }
}

/// <summary>y = f(a, b, c) with numpy broadcasting, f32: the gradients of operators of two operands.</summary>
public abstract class TernaryKernel<TOp> : CudaKernel
    where TOp : struct, ITernary
{
    /// <summary>Whether the second and third operand change places.</summary>
    protected virtual bool Swaps(Attributes attributes) => false;

    /// <summary>The shapes in which the operands are read; their own, but for reductions, whose results are spread.</summary>
    protected virtual long[] ShapeOf(KernelBinding binding, int input) => [.. binding.Input(input).Shape];

    public override CudaCall? Bind(KernelBinding binding, LaunchBinder launches)
    {
        var (b, c) = Swaps(binding.Attributes) ? (2, 1) : (1, 2);
        if (!binding.AllAre(DType.F32) || StridedMap.Broadcast(ShapeOf(binding, 0), ShapeOf(binding, b), ShapeOf(binding, c)) is not { } map)
            return null;
        return new LaunchCall(launches.Launch(
            ElementwiseCode.Ternary<TOp>, LaunchShape.Over(map.Count), map, Operand.Input(0, binding), Operand.Input(b, binding), Operand.Input(c, binding), Operand.Output(0, binding)));
    }
}
