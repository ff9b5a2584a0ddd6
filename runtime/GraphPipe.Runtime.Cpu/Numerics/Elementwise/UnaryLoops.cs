using System.Runtime.CompilerServices;
using GraphPipe.Runtime.Elements;

namespace GraphPipe.Runtime.Cpu.Numerics;

/// <summary>The loops of functions of one element, over any range of elements; operands and result may be the same place.</summary>
/// <remarks>Not inlined: the compiler stops inlining where a method has too much of it, and a function's operations must all be within its loop.</remarks>
public static unsafe class UnaryLoops
{
    /// <summary><c>y[i] = f(x[i])</c>, 0 ≤ i &lt; n.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Forward<T>(OpConstants c, float* x, float* y, long n)
        where T : struct, IUnary
    {
        long i = 0;
        for (; i + Lanes.Count <= n; i += Lanes.Count) T.Apply(Floats16.Load(x + i), c).Store(y + i);
        if (i < n) Lanes.StoreTail(y + i, T.Apply<Floats16>(Lanes.LoadTail(x + i, (int)(n - i)), c), (int)(n - i));
    }

    /// <summary><c>dx[i] = dy[i]·f'</c>, 0 ≤ i &lt; n.</summary>
    /// <param name="c">The function's constants.</param>
    /// <param name="dy">[n].</param>
    /// <param name="v">[n]; what the gradient reads, f's operand or its result.</param>
    /// <param name="dx">[n]; may be one of the others.</param>
    /// <param name="n">Elements.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Backward<T>(OpConstants c, float* dy, float* v, float* dx, long n)
        where T : struct, IDifferentiable
    {
        for (long i = 0; i < n; i += Lanes.Count)
            Lanes.Store(dx + i, T.Gradient<Floats16>(Lanes.Load(dy + i, n - i), Lanes.Load(v + i, n - i), c), n - i);
    }
}
