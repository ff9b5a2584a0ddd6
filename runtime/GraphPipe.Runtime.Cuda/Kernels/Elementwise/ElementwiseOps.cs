using GraphPipe.Runtime.Cuda.Numerics;
using GraphPipe.Runtime.Elements;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>A function of two elements of any type. Runs on the GPU: no state, no allocation, only what ILGPU translates.</summary>
public interface IBinaryOf<T>
{
    static abstract T Apply(T a, T b);
}

/// <summary>A relation of two elements.</summary>
public interface IRelation<T>
{
    static abstract bool Holds(T a, T b);
}

/// <summary>An element as another type.</summary>
public interface IConversion<TFrom, TTo>
{
    static abstract TTo Apply(TFrom x);
}

/// <summary>A function of elements as one of a thread's float.</summary>
internal static class OfFloat<TOp>
    where TOp : struct, IUnary
{
    public static float Apply(float x, OpConstants c) => TOp.Apply<OneFloat>(x, c);
}

/// <summary>The gradient of one as a function of two.</summary>
internal static class OfGradient<TOp>
    where TOp : struct, IDifferentiable
{
    public static float Gradient(float dy, float v, OpConstants c) => TOp.Gradient<OneFloat>(dy, v, c);
}

/// <summary>As <see cref="OfFloat{TOp}"/>, of two.</summary>
internal readonly struct OfTwoFloats<TOp> : IBinaryOf<float>
    where TOp : struct, IBinary
{
    public static float Apply(float a, float b) => TOp.Apply<OneFloat>(a, b);
}

/// <summary>As <see cref="OfFloat{TOp}"/>, of three.</summary>
internal static class OfThreeFloats<TOp>
    where TOp : struct, ITernary
{
    public static float Apply(float a, float b, float c) => TOp.Apply<OneFloat>(a, b, c);
}

/// <summary>A function of two elements as one of whole numbers.</summary>
internal static class OfTwoWholes<TOp>
    where TOp : struct, IArithmetic
{
    public static long Apply(long a, long b) => TOp.Apply(a, b);
}
