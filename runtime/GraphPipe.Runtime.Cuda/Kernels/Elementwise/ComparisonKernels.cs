namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>a = b.</summary>
[Kernel("Equal")]
public sealed class EqualKernel : ComparisonKernel<EqualKernel.Op>
{
    public readonly struct Op : IRelation<float>, IRelation<double>, IRelation<long>, IRelation<int>, IRelation<byte>
    {
        public static bool Holds(float a, float b) => a == b;

        public static bool Holds(double a, double b) => a == b;

        public static bool Holds(long a, long b) => a == b;

        public static bool Holds(int a, int b) => a == b;

        public static bool Holds(byte a, byte b) => a == b;
    }
}

/// <summary>a &lt; b.</summary>
[Kernel("Less")]
public sealed class LessKernel : ComparisonKernel<LessKernel.Op>
{
    public readonly struct Op : IRelation<float>, IRelation<double>, IRelation<long>, IRelation<int>, IRelation<byte>
    {
        public static bool Holds(float a, float b) => a < b;

        public static bool Holds(double a, double b) => a < b;

        public static bool Holds(long a, long b) => a < b;

        public static bool Holds(int a, int b) => a < b;

        public static bool Holds(byte a, byte b) => a < b;
    }
}

/// <summary>a ≤ b.</summary>
[Kernel("LessOrEqual")]
public sealed class LessOrEqualKernel : ComparisonKernel<LessOrEqualKernel.Op>
{
    public readonly struct Op : IRelation<float>, IRelation<double>, IRelation<long>, IRelation<int>, IRelation<byte>
    {
        public static bool Holds(float a, float b) => a <= b;

        public static bool Holds(double a, double b) => a <= b;

        public static bool Holds(long a, long b) => a <= b;

        public static bool Holds(int a, int b) => a <= b;

        public static bool Holds(byte a, byte b) => a <= b;
    }
}

/// <summary>a &gt; b.</summary>
[Kernel("Greater")]
public sealed class GreaterKernel : ComparisonKernel<GreaterKernel.Op>
{
    public readonly struct Op : IRelation<float>, IRelation<double>, IRelation<long>, IRelation<int>, IRelation<byte>
    {
        public static bool Holds(float a, float b) => a > b;

        public static bool Holds(double a, double b) => a > b;

        public static bool Holds(long a, long b) => a > b;

        public static bool Holds(int a, int b) => a > b;

        public static bool Holds(byte a, byte b) => a > b;
    }
}

/// <summary>a ≥ b.</summary>
[Kernel("GreaterOrEqual")]
public sealed class GreaterOrEqualKernel : ComparisonKernel<GreaterOrEqualKernel.Op>
{
    public readonly struct Op : IRelation<float>, IRelation<double>, IRelation<long>, IRelation<int>, IRelation<byte>
    {
        public static bool Holds(float a, float b) => a >= b;

        public static bool Holds(double a, double b) => a >= b;

        public static bool Holds(long a, long b) => a >= b;

        public static bool Holds(int a, int b) => a >= b;

        public static bool Holds(byte a, byte b) => a >= b;
    }
}
