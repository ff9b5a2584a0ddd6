using GraphPipe.Runtime.Cuda.Numerics;
using ILGPU;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>Elements of one size and shape, without strides.</summary>
internal struct Elements
{
    public int Count;
    public OpConstants Constants;
}

/// <summary>What runs on the GPU for elementwise ops: a thread per element, the function filled in when the kernel is compiled.</summary>
internal static class ElementwiseCode
{
    public static void Unary<TOp>(ArrayView<float> x, ArrayView<float> y, Elements n)
        where TOp : struct, IUnary
    {
        int i = Grid.GlobalIndex.X;
        if (i < n.Count)
            y[i] = TOp.Apply(x[i], n.Constants);
    }

    public static void UnaryGradient<TOp>(ArrayView<float> dy, ArrayView<float> v, ArrayView<float> dx, Elements n)
        where TOp : struct, IUnary
    {
        int i = Grid.GlobalIndex.X;
        if (i < n.Count)
            dx[i] = TOp.Gradient(dy[i], v[i], n.Constants);
    }

    public static void Binary<T, TOp>(ArrayView<T> a, ArrayView<T> b, ArrayView<T> y, StridedMap map)
        where T : unmanaged
        where TOp : struct, IBinary<T>
    {
        int i = Grid.GlobalIndex.X;
        if (i >= map.Count)
            return;
        var at = map.At(i);
        y[i] = TOp.Apply(a[at.A], b[at.B]);
    }

    public static void Compare<T, TRelation>(ArrayView<T> a, ArrayView<T> b, ArrayView<byte> y, StridedMap map)
        where T : unmanaged
        where TRelation : struct, IRelation<T>
    {
        int i = Grid.GlobalIndex.X;
        if (i >= map.Count)
            return;
        var at = map.At(i);
        y[i] = TRelation.Holds(a[at.A], b[at.B]) ? (byte)1 : (byte)0;
    }

    public static void Ternary<TOp>(ArrayView<float> a, ArrayView<float> b, ArrayView<float> c, ArrayView<float> y, StridedMap map)
        where TOp : struct, ITernary
    {
        int i = Grid.GlobalIndex.X;
        if (i >= map.Count)
            return;
        var at = map.At(i);
        y[i] = TOp.Apply(a[at.A], b[at.B], c[at.C]);
    }

    public static void Where<T>(ArrayView<byte> condition, ArrayView<T> a, ArrayView<T> b, ArrayView<T> y, StridedMap map)
        where T : unmanaged
    {
        int i = Grid.GlobalIndex.X;
        if (i >= map.Count)
            return;
        var at = map.At(i);

        // The other element is not read: it may be one that stands for nothing.
        if (condition[at.A] != 0)
            y[i] = a[at.B];
        else
            y[i] = b[at.C];
    }

    public static void Convert<TFrom, TTo, TOp>(ArrayView<TFrom> x, ArrayView<TTo> y, Elements n)
        where TFrom : unmanaged
        where TTo : unmanaged
        where TOp : struct, IConversion<TFrom, TTo>
    {
        int i = Grid.GlobalIndex.X;
        if (i < n.Count)
            y[i] = TOp.Apply(x[i]);
    }
}
