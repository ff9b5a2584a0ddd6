namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>What runs on the GPU for elementwise ops beside the ops' own functions.</summary>
internal static class ElementwiseCode
{
    public static T Same<T>(T x) => x;

    public static byte Holds<T, TRelation>(T a, T b)
        where TRelation : struct, IRelation<T> => TRelation.Holds(a, b) ? (byte)1 : (byte)0;

    public static T Select<T>(byte condition, T a, T b) => condition != 0 ? a : b;
}
