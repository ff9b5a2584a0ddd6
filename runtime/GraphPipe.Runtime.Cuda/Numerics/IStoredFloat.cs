namespace GraphPipe.Runtime.Cuda.Numerics;

/// <summary>A float as it lies in memory, in code that runs on the GPU: computed with in single precision.</summary>
internal interface IStoredFloat<T>
{
    static abstract float ToSingle(T stored);

    /// <summary>Rounded to the nearest, halves to even.</summary>
    static abstract T Of(float x);
}

/// <summary>f32: nothing to do.</summary>
internal readonly struct SingleFloat : IStoredFloat<float>
{
    public static float ToSingle(float stored) => stored;

    public static float Of(float x) => x;
}
