using System.Numerics;
using GraphPipe.Bundle;
using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>
/// x as another type; the result's type decides. Floats go towards zero to whole numbers (out of range: the nearest there is), whole numbers
/// lose their upper bits; to bool: whether x is not 0. Floats are rounded once, to the nearest, halves to even. f32, f64, f16, bf16, bool and whole numbers of
/// 8 to 64 bits.
/// </summary>
[Kernel("Cast")]
public sealed class CastKernel : CpuKernel
{
    public override CpuCall? Bind(KernelBinding binding) => (binding.Input(0).Type, binding.Output(0).Type) switch
    {
        (var half, DType.F32) when half.IsHalf() => new WideningCall(half, binding.Output(0).Count),
        (DType.F32, var half) when half.IsHalf() => new RoundingCall(half, binding.Output(0).Count),
        (DType.BF16, var type) => FromBFloat16(type, binding.Output(0).Count),
        (var type, DType.BF16) => ToBFloat16(type, binding.Output(0).Count),
        (var type, _) => Between(type, binding),
    };

    private static CpuCall? Between(DType type, KernelBinding binding) => type switch
    {
        DType.F32 => From<float>(binding),
        DType.F64 => From<double>(binding),
        DType.F16 => From<Half>(binding),
        DType.I8 => From<sbyte>(binding),
        DType.I16 => From<short>(binding),
        DType.I32 => From<int>(binding),
        DType.I64 => From<long>(binding),
        DType.U8 or DType.Bool => From<byte>(binding),
        DType.U16 => From<ushort>(binding),
        DType.U32 => From<uint>(binding),
        DType.U64 => From<ulong>(binding),
        _ => null,
    };

    private static CpuCall? From<T>(KernelBinding binding)
        where T : unmanaged, INumberBase<T>
    {
        var result = binding.Output(0);
        return result.Type switch
        {
            DType.F32 => Number<T, float>(result),
            DType.F64 => Number<T, double>(result),
            DType.F16 => Number<T, Half>(result),
            DType.I8 => Number<T, sbyte>(result),
            DType.I16 => Number<T, short>(result),
            DType.I32 => Number<T, int>(result),
            DType.I64 => Number<T, long>(result),
            DType.U8 => Number<T, byte>(result),
            DType.U16 => Number<T, ushort>(result),
            DType.U32 => Number<T, uint>(result),
            DType.U64 => Number<T, ulong>(result),
            DType.Bool => new ConvertCall<T, byte, IsNotZero<T>>(result.Count),
            _ => null,
        };
    }

    private static ConvertCall<T, TResult, Truncating<T, TResult>> Number<T, TResult>(OperandType result)
        where T : unmanaged, INumberBase<T>
        where TResult : unmanaged, INumberBase<TResult> => new(result.Count);

    private readonly struct Truncating<T, TResult> : IConversion<T, TResult>
        where T : INumberBase<T>
        where TResult : INumberBase<TResult>
    {
        public static TResult Apply(T x) => TResult.CreateTruncating(x);
    }

    private readonly struct IsNotZero<T> : IConversion<T, byte>
        where T : INumberBase<T>
    {
        public static byte Apply(T x) => T.IsZero(x) ? (byte)0 : (byte)1;
    }

    // By way of f32, which holds every bf16.
    private static CpuCall? FromBFloat16(DType type, long count) => type switch
    {
        DType.F64 => Widened<double>(count),
        DType.F16 => Widened<Half>(count),
        DType.BF16 => Widened<BFloat16, ToBits<float>>(count),
        DType.I8 => Widened<sbyte>(count),
        DType.I16 => Widened<short>(count),
        DType.I32 => Widened<int>(count),
        DType.I64 => Widened<long>(count),
        DType.U8 => Widened<byte>(count),
        DType.U16 => Widened<ushort>(count),
        DType.U32 => Widened<uint>(count),
        DType.U64 => Widened<ulong>(count),
        DType.Bool => Widened<byte, IsNotZero<float>>(count),
        _ => null,
    };

    private static CpuCall? ToBFloat16(DType type, long count) => type switch
    {
        DType.F64 => Rounded<double>(count),
        DType.F16 => Rounded<Half>(count),
        DType.I8 => Rounded<sbyte>(count),
        DType.I16 => Rounded<short>(count),
        DType.I32 => Rounded<int>(count),
        DType.I64 => Rounded<long>(count),
        DType.U8 or DType.Bool => Rounded<byte>(count),
        DType.U16 => Rounded<ushort>(count),
        DType.U32 => Rounded<uint>(count),
        DType.U64 => Rounded<ulong>(count),
        _ => null,
    };

    private static CpuCall Widened<TResult>(long count)
        where TResult : unmanaged, INumberBase<TResult> => Widened<TResult, Truncating<float, TResult>>(count);

    private static CpuCall Widened<TResult, TOp>(long count)
        where TResult : unmanaged
        where TOp : struct, IConversion<float, TResult> => new ConvertCall<BFloat16, TResult, FromBits<TResult, TOp>>(count);

    private static CpuCall Rounded<T>(long count)
        where T : unmanaged, INumberBase<T> => new ConvertCall<T, BFloat16, ToBits<T>>(count);

    private readonly struct FromBits<TResult, TOp> : IConversion<BFloat16, TResult>
        where TOp : struct, IConversion<float, TResult>
    {
        public static TResult Apply(BFloat16 x) => TOp.Apply(x.ToSingle());
    }

    private readonly struct ToBits<T> : IConversion<T, BFloat16>
        where T : INumberBase<T>
    {
        // What a double does not hold are whole numbers of 64 bits.
        public static BFloat16 Apply(T x) =>
            typeof(T) == typeof(long) ? BFloat16.Of(long.CreateTruncating(x)) : typeof(T) == typeof(ulong) ? BFloat16.Of(ulong.CreateTruncating(x)) : BFloat16.Of(double.CreateTruncating(x));
    }

    private sealed unsafe class WideningCall(DType half, long count) : ElementwiseCall(count)
    {
        public override void Run(byte** inputs, byte** outputs, long from, long to) => HalfLoops.Widen(half, (ushort*)inputs[0] + from, (float*)outputs[0] + from, to - from);
    }

    private sealed unsafe class RoundingCall(DType half, long count) : ElementwiseCall(count)
    {
        public override void Run(byte** inputs, byte** outputs, long from, long to) => HalfLoops.Round(half, (float*)inputs[0] + from, (ushort*)outputs[0] + from, to - from);
    }
}
