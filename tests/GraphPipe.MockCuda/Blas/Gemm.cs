using GraphPipe.MockCuda.Memory;

namespace GraphPipe.MockCuda.Blas;

/// <summary>C = α·op(A)·op(B) + β·C for a batch (cuBLAS, cublasGemmStridedBatchedEx). Matrices lie by columns.</summary>
/// <param name="M">Rows of op(A) and C.</param>
/// <param name="N">Columns of op(B) and C.</param>
/// <param name="K">Columns of op(A), rows of op(B).</param>
/// <param name="Tf32">f32 operands are cut to TF32 first.</param>
internal sealed record Gemm(bool TransposeA, bool TransposeB, int M, int N, int K, Matrix A, Matrix B, Matrix C, int Batch, bool Tf32)
{
    /// <summary>Sums run in double and are rounded once: closer than any order of f32 sums that cuBLAS may take.</summary>
    /// <param name="beta">Where it is 0, C is not read, as cuBLAS promises.</param>
    public unsafe void Run(GlobalView view, double alpha, double beta, IPlace place)
    {
        for (int batch = 0; batch < Batch; batch++)
        {
            double[] a = Load(view, A, TransposeA ? K : M, TransposeA ? M : K, batch, place);
            double[] b = Load(view, B, TransposeB ? N : K, TransposeB ? K : N, batch, place);
            int aRows = TransposeA ? K : M, bRows = TransposeB ? N : K;
            int size = Elements.Size(C.Type);
            double[] column = new double[M];
            for (int j = 0; j < N; j++)
            {
                Array.Clear(column);
                for (int k = 0; k < K; k++)
                {
                    double factor = TransposeB ? b[(k * bRows) + j] : b[(j * bRows) + k];
                    for (int i = 0; i < M; i++)
                        column[i] += (TransposeA ? a[(i * aRows) + k] : a[(k * aRows) + i]) * factor;
                }
                ulong address = C.Column(j, batch);
                double[] old = new double[M];
                if (beta != 0)
                {
                    byte* from = view.Access(address, M * size, AccessKind.Read, place);
                    for (int i = 0; i < M; i++)
                        old[i] = Elements.Read(from + (i * size), C.Type);
                }
                byte* to = view.Access(address, M * size, AccessKind.Write, place);
                for (int i = 0; i < M; i++)
                    Elements.Write(to + (i * size), C.Type, (alpha * column[i]) + (beta == 0 ? 0 : beta * old[i]));
            }
        }
    }

    private unsafe double[] Load(GlobalView view, Matrix matrix, int rows, int columns, int batch, IPlace place)
    {
        int size = Elements.Size(matrix.Type);
        double[] values = new double[rows * columns];
        for (int j = 0; j < columns && rows > 0; j++)
        {
            byte* from = view.Access(matrix.Column(j, batch), rows * size, AccessKind.Read, place);
            for (int i = 0; i < rows; i++)
            {
                double value = Elements.Read(from + (i * size), matrix.Type);
                values[(j * rows) + i] = Tf32 && matrix.Type == ElementType.Single ? Elements.ToTf32(value) : value;
            }
        }
        return values;
    }
}

/// <summary>A batch of matrices in device memory.</summary>
/// <param name="Leading">Elements from one column to the next.</param>
/// <param name="Stride">Elements from one matrix to the next.</param>
internal readonly record struct Matrix(ulong Address, ElementType Type, int Leading, long Stride)
{
    public ulong Column(int column, int batch) =>
        Address + (ulong)(((batch * Stride) + ((long)column * Leading)) * Elements.Size(Type));
}
