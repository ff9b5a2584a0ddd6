using GraphPipe.Bundle;
using GraphPipe.Runtime.Cuda.Numerics;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>
/// x as another type; the result's type decides. Floats go towards zero to whole numbers (out of range: the nearest there is), whole numbers lose their upper bits; to
/// bool: whether x is not 0. Floats are rounded once, to the nearest, halves to even. f32, f64, f16, bf16, bool and whole numbers of 8 to 64 bits, by way of a double or of 64 bits (<see cref="CastCode"/>).
/// </summary>
[Kernel("Cast")]
public sealed class CastKernel : CudaKernel
{
    public override CudaCall? Bind(KernelBinding binding, LaunchBinder launches)
    {
        var to = binding.Output(0).Type;
        if (From(binding.Input(0).Type, to) is not { } code)
            return null;
        int count = (int)binding.Output(0).Count;
        return new LaunchCall(launches.Launch(code, LaunchShape.Over(count), new Elements { Count = count }, Operand.Input(0, binding), Operand.Output(0, binding)));
    }

    private static Delegate? From(DType from, DType to) => (from, to) switch
    {
        (DType.F32, DType.F16) => ElementwiseCode.Convert<float, short, CastCode.Round<HalfBits>>,
        (DType.F32, DType.BF16) => ElementwiseCode.Convert<float, short, CastCode.Round<BFloatBits>>,
        (DType.F16, DType.F32) => ElementwiseCode.Convert<short, float, CastCode.Widen<HalfBits>>,
        (DType.BF16, DType.F32) => ElementwiseCode.Convert<short, float, CastCode.Widen<BFloatBits>>,
        _ => ByWidest(from, to),
    };

    private static Delegate? ByWidest(DType from, DType to) => from switch
    {
        DType.F32 => OfFloat<float, CastCode.FromF32>(to),
        DType.F64 => OfFloat<double, CastCode.FromF64>(to),
        DType.F16 => OfFloat<short, CastCode.FromF16>(to),
        DType.BF16 => OfFloat<short, CastCode.FromBF16>(to),
        DType.I8 => OfWhole<byte, CastCode.FromI8>(to),
        DType.U8 or DType.Bool => OfWhole<byte, CastCode.FromU8>(to),
        DType.I16 => OfWhole<short, CastCode.FromI16>(to),
        DType.U16 => OfWhole<short, CastCode.FromU16>(to),
        DType.I32 => OfWhole<int, CastCode.FromI32>(to),
        DType.U32 => OfWhole<int, CastCode.FromU32>(to),
        DType.I64 => OfWhole<long, CastCode.FromI64>(to),
        DType.U64 => OfUnsigned(to),
        _ => null,
    };

    private static Delegate? OfFloat<T, TLoad>(DType to)
        where T : unmanaged
        where TLoad : struct, IConversion<T, double> => to switch
        {
            DType.F32 => By<T, double, float, TLoad, CastCode.DoubleToF32>(),
            DType.F64 => By<T, double, double, TLoad, CastCode.DoubleToF64>(),
            DType.F16 => By<T, double, short, TLoad, CastCode.DoubleToF16>(),
            DType.BF16 => By<T, double, short, TLoad, CastCode.DoubleToBF16>(),
            DType.I8 => By<T, double, byte, TLoad, CastCode.DoubleToI8>(),
            DType.U8 => By<T, double, byte, TLoad, CastCode.DoubleToU8>(),
            DType.I16 => By<T, double, short, TLoad, CastCode.DoubleToI16>(),
            DType.U16 => By<T, double, short, TLoad, CastCode.DoubleToU16>(),
            DType.I32 => By<T, double, int, TLoad, CastCode.DoubleToI32>(),
            DType.U32 => By<T, double, int, TLoad, CastCode.DoubleToU32>(),
            DType.I64 => By<T, double, long, TLoad, CastCode.DoubleToI64>(),
            DType.U64 => By<T, double, long, TLoad, CastCode.DoubleToU64>(),
            DType.Bool => By<T, double, byte, TLoad, CastCode.DoubleToBool>(),
            _ => null,
        };

    private static Delegate? OfWhole<T, TLoad>(DType to)
        where T : unmanaged
        where TLoad : struct, IConversion<T, long> => to switch
        {
            DType.F32 => By<T, long, float, TLoad, CastCode.LongToF32>(),
            DType.F64 => By<T, long, double, TLoad, CastCode.LongToF64>(),
            DType.F16 => By<T, long, short, TLoad, CastCode.LongToF16>(),
            DType.BF16 => By<T, long, short, TLoad, CastCode.LongToBF16>(),
            DType.I8 or DType.U8 => By<T, long, byte, TLoad, CastCode.LowBits>(),
            DType.I16 or DType.U16 => By<T, long, short, TLoad, CastCode.LowBits>(),
            DType.I32 or DType.U32 => By<T, long, int, TLoad, CastCode.LowBits>(),
            DType.I64 or DType.U64 => By<T, long, long, TLoad, CastCode.LowBits>(),
            DType.Bool => By<T, long, byte, TLoad, CastCode.LongToBool>(),
            _ => null,
        };

    // The upper half of u64 is negative as a long; only floats see the difference.
    private static Delegate? OfUnsigned(DType to) => to switch
    {
        DType.F32 => By<long, long, float, CastCode.FromI64, CastCode.UnsignedToF32>(),
        DType.F64 => By<long, long, double, CastCode.FromI64, CastCode.UnsignedToF64>(),
        DType.F16 => By<long, long, short, CastCode.FromI64, CastCode.UnsignedToF16>(),
        DType.BF16 => By<long, long, short, CastCode.FromI64, CastCode.UnsignedToBF16>(),
        _ => OfWhole<long, CastCode.FromI64>(to),
    };

    private static Delegate By<T, TMiddle, TResult, TLoad, TStore>()
        where T : unmanaged
        where TResult : unmanaged
        where TLoad : struct, IConversion<T, TMiddle>
        where TStore : struct, IConversion<TMiddle, TResult> => ElementwiseCode.Convert<T, TResult, Then<T, TMiddle, TResult, TLoad, TStore>>;

    private readonly struct Then<T, TMiddle, TResult, TLoad, TStore> : IConversion<T, TResult>
        where TLoad : struct, IConversion<T, TMiddle>
        where TStore : struct, IConversion<TMiddle, TResult>
    {
        public static TResult Apply(T x) => TStore.Apply(TLoad.Apply(x));
    }
}
