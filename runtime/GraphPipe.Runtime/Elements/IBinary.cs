namespace GraphPipe.Runtime.Elements;

/// <summary>A function of two elements.</summary>
public interface IBinary
{
    static abstract T Apply<T>(T a, T b)
        where T : struct, IFloats<T>;
}

/// <summary>A function of two elements that whole numbers have too: the arithmetic on indices and counters.</summary>
public interface IArithmetic : IBinary
{
    static abstract long Apply(long a, long b);
}
