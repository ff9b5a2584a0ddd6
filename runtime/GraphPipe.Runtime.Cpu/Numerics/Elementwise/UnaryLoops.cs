using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GraphPipe.Runtime.Cpu.Numerics;

/// <summary>The loops of unary operators, over any range of elements; input and output may be the same place.</summary>
public static unsafe class UnaryLoops
{
    /// <summary><c>y[i] = f(x[i])</c>, 0 ≤ i &lt; n.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward<T>(T op, float* x, float* y, long n)
        where T : struct, IUnary
    {
        long i = 0;
        for (; i + Lanes.Count <= n; i += Lanes.Count) op.Apply(Vector512.Load(x + i)).Store(y + i);
        if (i < n) Lanes.StoreTail(y + i, op.Apply(Lanes.LoadTail(x + i, (int)(n - i))), (int)(n - i));
    }

    /// <summary><c>dx[i] = dy[i]·f'(x[i])</c>, 0 ≤ i &lt; n.</summary>
    /// <param name="dy">[n].</param>
    /// <param name="x">[n]; may be null if <see cref="IUnary.Reads"/> does not name the input.</param>
    /// <param name="y">[n]; may be null if it does not name the output.</param>
    /// <param name="dx">[n]; may be one of the others.</param>
    /// <param name="n">Elements.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Backward<T>(T op, float* dy, float* x, float* y, float* dx, long n)
        where T : struct, IUnary
    {
        for (long i = 0; i < n; i += Lanes.Count)
        {
            long left = n - i;
            Vector512<float> xi = default, yi = default;
            if ((T.Reads & GradientReads.Input) != 0) xi = Lanes.Load(x + i, left);
            if ((T.Reads & GradientReads.Output) != 0) yi = Lanes.Load(y + i, left);
            Lanes.Store(dx + i, op.Gradient(Lanes.Load(dy + i, left), xi, yi), left);
        }
    }
}
