using System.Numerics;
using GraphPipe.Bundle;
using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>Running sums along <c>axis</c>: without the element itself if <c>exclusive</c>, from the end if <c>reverse</c>. f32, i64, i32.</summary>
[Kernel("CumSum")]
public sealed class CumSumKernel : CpuKernel
{
    public override CpuCall? Bind(KernelBinding binding) => CumSumBinding.Bind(binding, binding.Attributes.Int("reverse", 0) != 0);
}

/// <summary>The running sums of dY in the other direction.</summary>
[Kernel("grad.CumSum")]
public sealed class CumSumGradientKernel : CpuKernel
{
    public override CpuCall? Bind(KernelBinding binding) => CumSumBinding.Bind(binding, binding.Attributes.Int("reverse", 0) == 0);
}

/// <summary>Binds the two.</summary>
internal static unsafe class CumSumBinding
{
    public static CpuCall? Bind(KernelBinding binding, bool reverse)
    {
        var x = binding.Input(0);
        if (x.Rank == 0 || binding.Output(0).Type != x.Type)
            return null;
        int axis = Axes.Of(binding.Attributes, x.Rank);
        var form = new Form(
            x.CountOf(0, axis), x.Shape[axis], x.CountOf(axis + 1, x.Rank), binding.Attributes.Int("exclusive", 0) != 0, reverse);
        return x.Type switch
        {
            DType.F32 => new FloatCall(form),
            DType.I64 => new WholeCall<long>(form),
            DType.I32 => new WholeCall<int>(form),
            _ => null,
        };
    }

    private readonly record struct Form(long Outer, long Axis, long Inner, bool Exclusive, bool Reverse);

    private sealed class FloatCall(Form form) : CpuCall
    {
        public override void Run(in KernelContext context)
        {
            var body = new Body { Form = form, X = context.Input<float>(0), Y = context.Output<float>(0) };
            context.For(form.Outer, Grain.Of(form.Axis * form.Inner), ref body);
        }
    }

    private struct Body : IRangeBody
    {
        public Form Form;
        public float* X;
        public float* Y;

        public readonly void Run(long from, long to, int worker) => CumSum.Run(X, Y, Form.Axis, Form.Inner, Form.Exclusive, Form.Reverse, from, to);
    }

    // Positions of tokens and the like: short.
    private sealed class WholeCall<T>(Form form) : CpuCall
        where T : unmanaged, IAdditionOperators<T, T, T>
    {
        public override void Run(in KernelContext context)
        {
            T* x = context.Input<T>(0), y = context.Output<T>(0);
            for (long o = 0; o < form.Outer; o++)
            {
                for (long j = 0; j < form.Inner; j++)
                {
                    T sum = default;
                    for (long a = 0; a < form.Axis; a++)
                    {
                        long at = (o * form.Axis + (form.Reverse ? form.Axis - 1 - a : a)) * form.Inner + j;
                        T next = sum + x[at];
                        y[at] = form.Exclusive ? sum : next;
                        sum = next;
                    }
                }
            }
        }
    }
}
