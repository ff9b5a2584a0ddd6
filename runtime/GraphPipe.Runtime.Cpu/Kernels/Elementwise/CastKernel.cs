using System.Numerics;
using GraphPipe.Bundle;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>
/// x as another type; the result's type decides. Floats go towards zero to whole numbers (out of range: the nearest there is), whole numbers
/// lose their upper bits; to bool: whether x is not 0. f32, f64, f16, bool and whole numbers of 8 to 64 bits.
/// </summary>
[Kernel("Cast")]
public sealed class CastKernel : CpuKernel
{
    public override CpuCall? Bind(KernelBinding binding) => binding.Input(0).Type switch
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
}
