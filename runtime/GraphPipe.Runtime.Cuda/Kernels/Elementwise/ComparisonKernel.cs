using GraphPipe.Bundle;

namespace GraphPipe.Runtime.Cuda.Kernels;

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
