namespace GraphPipe.Runtime.Cpu.Numerics;

/// <summary>
/// One matrix product: <c>C[M,N] = alpha·op(A)[M,K]·op(B)[K,N] + bias + beta·C</c>, row-major, strides in elements.
/// </summary>
/// <remarks>
/// The steps after the product are separate roundings, in the order written: the sum over k, times alpha, plus bias, plus
/// beta·C; so a fused bias or accumulation has the bits of the operators one by one. A factor of one and a bias of null are no step at all.
/// </remarks>
public unsafe struct GemmArguments
{
    /// <summary>A: [M,K], or [K,M] when <see cref="TransA"/>.</summary>
    public float* A;

    /// <summary>B: [K,N], or [N,K] when <see cref="TransB"/>.</summary>
    public float* B;

    /// <summary>C: [M,N]. Not read when <see cref="Beta"/> is zero; must not overlap A or B.</summary>
    public float* C;

    public int M;
    public int N;
    public int K;

    /// <summary>Elements between rows of A as stored.</summary>
    public int Lda;

    /// <summary>Elements between rows of B as stored.</summary>
    public int Ldb;

    /// <summary>Elements between rows of C.</summary>
    public int Ldc;

    public bool TransA;
    public bool TransB;
    public float Alpha;
    public float Beta;

    /// <summary>Null, or [N]: one addend per column (the bias of a linear layer).</summary>
    public float* BiasRow;

    /// <summary>Null, or [M]: one addend per row (the bias of a convolution).</summary>
    public float* BiasColumn;

    /// <summary>A product of densely stored matrices.</summary>
    public GemmArguments(float* a, float* b, float* c, int m, int n, int k, bool transA = false, bool transB = false)
    {
        A = a;
        B = b;
        C = c;
        M = m;
        N = n;
        K = k;
        TransA = transA;
        TransB = transB;
        Lda = transA ? m : k;
        Ldb = transB ? k : n;
        Ldc = n;
        Alpha = 1f;
        Beta = 0f;
        BiasRow = null;
        BiasColumn = null;
    }

    /// <summary>True when something follows the plain sum over k.</summary>
    internal readonly bool HasEpilogue => Alpha != 1f || Beta != 0f || BiasRow != null || BiasColumn != null;
}
