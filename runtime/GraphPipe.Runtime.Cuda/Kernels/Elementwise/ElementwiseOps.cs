namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>Two numbers that a function of elements takes beside its operands: the op's attributes.</summary>
public struct OpConstants
{
    public float A;
    public float B;
}

/// <summary>A function of one element and its slope. Runs on the GPU: no state, no allocation, only what ILGPU translates.</summary>
public interface IUnary
{
    static abstract float Apply(float x, OpConstants c);

    /// <param name="dy">The result's gradient.</param>
    /// <param name="v">The function's operand or its result, whichever the op's gradient reads.</param>
    static abstract float Gradient(float dy, float v, OpConstants c);
}

/// <summary>A function of two elements.</summary>
public interface IBinary<T>
{
    static abstract T Apply(T a, T b);
}

/// <summary>A relation of two elements.</summary>
public interface IRelation<T>
{
    static abstract bool Holds(T a, T b);
}

/// <summary>A function of three elements.</summary>
public interface ITernary
{
    static abstract float Apply(float a, float b, float c);
}

/// <summary>An element as another type.</summary>
public interface IConversion<TFrom, TTo>
{
    static abstract TTo Apply(TFrom x);
}
