using System.Numerics;
using GraphPipe.Bundle;
using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>A relation of two numbers of any type.</summary>
public interface IComparison
{
    static abstract bool Holds<T>(T a, T b)
        where T : IComparisonOperators<T, T, bool>;
}

/// <summary>Whether a relation holds of a and b, as bool, with numpy broadcasting: f32, f64, i64, i32, u8, bool.</summary>
public abstract unsafe class ComparisonKernel<TRelation, TComparison> : CpuKernel
    where TRelation : struct, IRelation
    where TComparison : struct, IComparison
{
    public override CpuCall? Bind(KernelBinding binding)
    {
        if (binding.Output(0).Type != DType.Bool || binding.Input(0).Type != binding.Input(1).Type)
            return null;
        var plan = BroadcastPlan.Create(binding.Input(0).Shape.AsSpan(), binding.Input(1).Shape.AsSpan());
        return binding.Input(0).Type switch
        {
            DType.F32 => new FloatCall(plan),
            DType.F64 => new BroadcastCall<double, byte, Compared<double>>(plan),
            DType.I64 => new BroadcastCall<long, byte, Compared<long>>(plan),
            DType.I32 => new BroadcastCall<int, byte, Compared<int>>(plan),
            DType.U8 or DType.Bool => new BroadcastCall<byte, byte, Compared<byte>>(plan),
            _ => null,
        };
    }

    private readonly struct Compared<T> : IBroadcastOp<T, byte>
        where T : IComparisonOperators<T, T, bool>
    {
        public static byte Apply(T a, T b) => TComparison.Holds(a, b) ? (byte)1 : (byte)0;
    }

    private sealed class FloatCall(BroadcastPlan plan) : ElementwiseCall(plan.Count)
    {
        public override void Run(byte** inputs, byte** outputs, long from, long to) =>
            BinaryLoops.Compare<TRelation>(plan, (float*)inputs[0], (float*)inputs[1], outputs[0], from, to);
    }
}
