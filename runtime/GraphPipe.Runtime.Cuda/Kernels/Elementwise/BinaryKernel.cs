using GraphPipe.Bundle;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>y = f(a, b) with numpy broadcasting, f32.</summary>
public abstract class FloatBinaryKernel<TOp> : ElementwiseKernel
    where TOp : struct, IBinary<float>
{
    public override ElementFunction? Function(KernelBinding binding) =>
        binding.AllAre(DType.F32) ? ElementFunction.Of(binding, (Func<float, float, float>)TOp.Apply, 0, 1) : null;
}

/// <summary>y = f(a, b) with numpy broadcasting; f32 and i64.</summary>
public abstract class BinaryKernel<TOp> : FloatBinaryKernel<TOp>
    where TOp : struct, IBinary<float>, IBinary<long>
{
    public override ElementFunction? Function(KernelBinding binding) =>
        binding.AllAre(DType.I64) ? ElementFunction.Of(binding, (Func<long, long, long>)TOp.Apply, 0, 1) : base.Function(binding);
}

/// <summary>Whether a relation of a and b holds, as bool, with numpy broadcasting: f32, f64, i64, i32, u8, bool.</summary>
public abstract class ComparisonKernel<TRelation> : ElementwiseKernel
    where TRelation : struct, IRelation<float>, IRelation<double>, IRelation<long>, IRelation<int>, IRelation<byte>
{
    public override ElementFunction? Function(KernelBinding binding)
    {
        if (binding.Output(0).Type != DType.Bool || binding.Input(0).Type != binding.Input(1).Type)
            return null;
        Delegate? holds = binding.Input(0).Type switch
        {
            DType.F32 => (Func<float, float, byte>)ElementwiseCode.Holds<float, TRelation>,
            DType.F64 => (Func<double, double, byte>)ElementwiseCode.Holds<double, TRelation>,
            DType.I64 => (Func<long, long, byte>)ElementwiseCode.Holds<long, TRelation>,
            DType.I32 => (Func<int, int, byte>)ElementwiseCode.Holds<int, TRelation>,
            DType.U8 or DType.Bool => (Func<byte, byte, byte>)ElementwiseCode.Holds<byte, TRelation>,
            _ => null,
        };
        return holds is null ? null : ElementFunction.Of(binding, holds, 0, 1);
    }
}

/// <summary>y = f(a, b) of bools.</summary>
public abstract class LogicKernel<TOp> : ElementwiseKernel
    where TOp : struct, IBinary<byte>
{
    public override ElementFunction? Function(KernelBinding binding) =>
        binding.AllAre(DType.Bool) ? ElementFunction.Of(binding, (Func<byte, byte, byte>)TOp.Apply, 0, 1) : null;
}

/// <summary>y = f(a, b, c) with numpy broadcasting, f32: the gradients of operators of two operands.</summary>
public abstract class TernaryKernel<TOp> : ElementwiseKernel
    where TOp : struct, ITernary
{
    /// <summary>Whether the second and third operand change places.</summary>
    protected virtual bool Swaps(Attributes attributes) => false;

    /// <summary>The shapes in which the operands are read; their own, but for reductions, whose results are spread.</summary>
    protected virtual long[] ShapeOf(KernelBinding binding, int input) => [.. binding.Input(input).Shape];

    public override ElementFunction? Function(KernelBinding binding)
    {
        int[] order = Swaps(binding.Attributes) ? [0, 2, 1] : [0, 1, 2];
        return binding.AllAre(DType.F32)
            ? ElementFunction.Of(binding, (Func<float, float, float, float>)TOp.Apply) with { Operands = [.. order.Select(i => new ElementOperand(i, [.. ShapeOf(binding, i)]))] }
            : null;
    }
}
