using GraphPipe.Bundle;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>
/// x as another type; the result's type decides. Floats go towards zero to whole numbers, whole numbers lose their upper bits; to bool: whether x is
/// not 0. f32, f64, i32, i64 and bool.
/// </summary>
[Kernel("Cast")]
public sealed class CastKernel : CudaKernel
{
    public override CudaCall? Bind(KernelBinding binding, LaunchBinder launches)
    {
        if (Code(binding.Input(0).Type, binding.Output(0).Type) is not { } code)
            return null;
        int count = (int)binding.Output(0).Count;
        return new LaunchCall(launches.Launch(code, LaunchShape.Over(count), new Elements { Count = count }, Operand.Input(0, binding), Operand.Output(0, binding)));
    }

    private static Delegate? Code(DType from, DType to) => (from, to) switch
    {
        (DType.F32, DType.F32) => ElementwiseCode.Convert<float, float, ToF32>,
        (DType.F32, DType.F64) => ElementwiseCode.Convert<float, double, ToF64>,
        (DType.F32, DType.I32) => ElementwiseCode.Convert<float, int, ToI32>,
        (DType.F32, DType.I64) => ElementwiseCode.Convert<float, long, ToI64>,
        (DType.F32, DType.Bool) => ElementwiseCode.Convert<float, byte, NotZero>,
        (DType.F64, DType.F32) => ElementwiseCode.Convert<double, float, ToF32>,
        (DType.F64, DType.F64) => ElementwiseCode.Convert<double, double, ToF64>,
        (DType.F64, DType.I32) => ElementwiseCode.Convert<double, int, ToI32>,
        (DType.F64, DType.I64) => ElementwiseCode.Convert<double, long, ToI64>,
        (DType.F64, DType.Bool) => ElementwiseCode.Convert<double, byte, NotZero>,
        (DType.I32, DType.F32) => ElementwiseCode.Convert<int, float, ToF32>,
        (DType.I32, DType.F64) => ElementwiseCode.Convert<int, double, ToF64>,
        (DType.I32, DType.I32) => ElementwiseCode.Convert<int, int, ToI32>,
        (DType.I32, DType.I64) => ElementwiseCode.Convert<int, long, ToI64>,
        (DType.I32, DType.Bool) => ElementwiseCode.Convert<int, byte, NotZero>,
        (DType.I64, DType.F32) => ElementwiseCode.Convert<long, float, ToF32>,
        (DType.I64, DType.F64) => ElementwiseCode.Convert<long, double, ToF64>,
        (DType.I64, DType.I32) => ElementwiseCode.Convert<long, int, ToI32>,
        (DType.I64, DType.I64) => ElementwiseCode.Convert<long, long, ToI64>,
        (DType.I64, DType.Bool) => ElementwiseCode.Convert<long, byte, NotZero>,
        (DType.Bool, DType.F32) => ElementwiseCode.Convert<byte, float, ToF32>,
        (DType.Bool, DType.F64) => ElementwiseCode.Convert<byte, double, ToF64>,
        (DType.Bool, DType.I32) => ElementwiseCode.Convert<byte, int, ToI32>,
        (DType.Bool, DType.I64) => ElementwiseCode.Convert<byte, long, ToI64>,
        (DType.Bool, DType.Bool) => ElementwiseCode.Convert<byte, byte, NotZero>,
        _ => null,
    };

    internal readonly struct ToF32 : IConversion<float, float>, IConversion<double, float>, IConversion<int, float>, IConversion<long, float>, IConversion<byte, float>
    {
        public static float Apply(float x) => x;

        public static float Apply(double x) => (float)x;

        public static float Apply(int x) => (float)x;

        public static float Apply(long x) => (float)x;

        public static float Apply(byte x) => (float)x;
    }

    internal readonly struct ToF64 : IConversion<float, double>, IConversion<double, double>, IConversion<int, double>, IConversion<long, double>, IConversion<byte, double>
    {
        public static double Apply(float x) => (double)x;

        public static double Apply(double x) => x;

        public static double Apply(int x) => (double)x;

        public static double Apply(long x) => (double)x;

        public static double Apply(byte x) => (double)x;
    }

    internal readonly struct ToI32 : IConversion<float, int>, IConversion<double, int>, IConversion<int, int>, IConversion<long, int>, IConversion<byte, int>
    {
        public static int Apply(float x) => (int)x;

        public static int Apply(double x) => (int)x;

        public static int Apply(int x) => x;

        public static int Apply(long x) => (int)x;

        public static int Apply(byte x) => (int)x;
    }

    internal readonly struct ToI64 : IConversion<float, long>, IConversion<double, long>, IConversion<int, long>, IConversion<long, long>, IConversion<byte, long>
    {
        public static long Apply(float x) => (long)x;

        public static long Apply(double x) => (long)x;

        public static long Apply(int x) => (long)x;

        public static long Apply(long x) => x;

        public static long Apply(byte x) => (long)x;
    }

    internal readonly struct NotZero : IConversion<float, byte>, IConversion<double, byte>, IConversion<int, byte>, IConversion<long, byte>, IConversion<byte, byte>
    {
        public static byte Apply(float x) => x != 0 ? (byte)1 : (byte)0;

        public static byte Apply(double x) => x != 0 ? (byte)1 : (byte)0;

        public static byte Apply(int x) => x != 0 ? (byte)1 : (byte)0;

        public static byte Apply(long x) => x != 0 ? (byte)1 : (byte)0;

        public static byte Apply(byte x) => x != 0 ? (byte)1 : (byte)0;
    }
}
