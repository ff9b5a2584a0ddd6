using System.Runtime.InteropServices;
using GraphPipe.Runtime.Cpu.Numerics;
using Xunit;

namespace GraphPipe.Tests.Numerics;

public sealed unsafe class GemmTests : IDisposable
{
    private readonly byte* scratch = (byte*)NativeMemory.Alloc(Gemm.ScratchBytes);

    public void Dispose() => NativeMemory.Free(scratch);

    public static TheoryData<int, int, int> Shapes() => new()
    {
        { 1, 1, 0 }, { 1, 1, 1 }, { 1, 32, 16 }, { 2, 33, 17 }, { 3, 31, 15 }, { 4, 16, 100 }, { 8, 10, 5 }, { 13, 7, 3 }, { 14, 32, 1 },
        { 15, 48, 33 }, { 16, 17, 31 }, { 33, 100, 64 }, { 64, 64, 32 }, { 100, 65, 385 }, { 29, 300, 800 }, { 410, 40, 400 }, { 900, 33, 20 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Agrees_with_a_double_precision_product_in_all_forms(int m, int n, int k)
    {
        for (int form = 0; form < 16; form++)
        {
            bool transA = (form & 1) != 0, transB = (form & 2) != 0, bias = (form & 4) != 0, accumulate = (form & 8) != 0;
            int pad = form % 3;
            int lda = (transA ? m : k) + pad, ldb = (transB ? k : n) + pad, ldc = n + pad;
            using var a = Floats.Random((long)(transA ? k : m) * lda, 1);
            using var b = Floats.Random((long)(transB ? n : k) * ldb, 2);
            using var c = Floats.Random((long)m * ldc, 3);
            using var old = c.Copy();
            using var row = Floats.Random(n, 4);
            using var column = Floats.Random(m, 5);
            float alpha = bias ? 0.75f : 1f, beta = accumulate ? bias ? 0.5f : 1f : 0f;
            var g = new GemmArguments(a.P, b.P, c.P, m, n, k, transA, transB)
            {
                Lda = lda,
                Ldb = ldb,
                Ldc = ldc,
                Alpha = alpha,
                Beta = beta,
                BiasRow = bias ? row.P : null,
                BiasColumn = bias && accumulate ? column.P : null,
            };
            if (!accumulate) new Span<float>(c.P, (int)c.Length).Fill(float.NaN);
            for (int i = 0; i < m; i++) for (int q = n; q < ldc; q++) c[(long)i * ldc + q] = old[(long)i * ldc + q];

            Gemm.Run(g, scratch);

            c.ShouldBe(
                at =>
                {
                    int i = (int)(at / ldc), j = (int)(at % ldc);
                    if (j >= n) return old[at];
                    double s = 0;
                    for (int p = 0; p < k; p++)
                        s += (double)(transA ? a[(long)p * lda + i] : a[(long)i * lda + p]) * (transB ? b[(long)j * ldb + p] : b[(long)p * ldb + j]);
                    s *= alpha;
                    if (bias) s += row[j];
                    if (bias && accumulate) s += column[i];
                    return s + beta * old[at];
                },
                1e-7 * (4 + 0.4 * k),
                $"{m}x{n}x{k} form {form}");
        }
    }

    /// <summary>The definition of the bits: runs of k, each a chain of fused multiply-adds, added in order.</summary>
    [Theory]
    [MemberData(nameof(Shapes))]
    public void Bits_follow_from_k_alone(int m, int n, int k)
    {
        using var a = Floats.Random((long)m * k, 1);
        using var b = Floats.Random((long)n * k, 2);
        using var c = new Floats((long)m * n);
        using var expected = new Floats((long)m * n);
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < n; j++)
            {
                float total = 0;
                for (int p0 = 0; p0 < k; p0 += Gemm.KBlock)
                {
                    float run = 0;
                    for (int p = p0; p < Math.Min(k, p0 + Gemm.KBlock); p++) run = MathF.FusedMultiplyAdd(a[(long)i * k + p], b[(long)p * n + j], run);
                    total = p0 == 0 ? run : total + run;
                }

                expected[(long)i * n + j] = total;
            }
        }

        Gemm.Run(new GemmArguments(a.P, b.P, c.P, m, n, k), scratch);
        c.ShouldHaveTheBitsOf(expected);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Parts_give_the_bits_of_the_whole(int m, int n, int k)
    {
        using var a = Floats.Random((long)m * k, 1);
        using var b = Floats.Random((long)n * k, 2);
        using var old = Floats.Random((long)m * n, 3);
        using var whole = old.Copy();
        Gemm.Run(new GemmArguments(a.P, b.P, whole.P, m, n, k, transB: true) { Beta = 1f }, scratch);
        foreach (int parts in new[] { 2, 3, 7 })
        {
            using var c = old.Copy();
            for (int part = parts - 1; part >= 0; part--)
                Gemm.Run(new GemmArguments(a.P, b.P, c.P, m, n, k, transB: true) { Beta = 1f }, part, parts, scratch);
            c.ShouldHaveTheBitsOf(whole, $"{parts} parts");
        }
    }

    [Fact]
    public void A_fused_accumulation_and_bias_have_the_bits_of_separate_additions()
    {
        const int m = 37, n = 70, k = 1000;
        using var a = Floats.Random(m * k, 1);
        using var b = Floats.Random(n * k, 2);
        using var bias = Floats.Random(n, 4);
        using var fused = Floats.Random(m * n, 3);
        using var old = fused.Copy();
        using var plain = new Floats(m * n);
        Gemm.Run(new GemmArguments(a.P, b.P, plain.P, m, n, k), scratch);
        Gemm.Run(new GemmArguments(a.P, b.P, fused.P, m, n, k) { Beta = 1f, BiasRow = bias.P }, scratch);
        for (int i = 0; i < m * n; i++) plain[i] = old[i] + (plain[i] + bias[i % n]);
        fused.ShouldHaveTheBitsOf(plain);
    }

    [Fact]
    public void A_batch_is_its_products_one_by_one()
    {
        const int m = 17, n = 33, k = 20, batch = 5;
        using var a = Floats.Random(m * k * batch, 1);
        using var b = Floats.Random(n * k, 2);
        using var c = new Floats(m * n * batch);
        using var one = new Floats(m * n * batch);
        Gemm.RunBatch(new GemmArguments(a.P, b.P, c.P, m, n, k), m * k, 0, m * n, 0, batch, scratch);
        for (int i = 0; i < batch; i++) Gemm.Run(new GemmArguments(a.P + i * m * k, b.P, one.P + i * m * n, m, n, k), scratch);
        c.ShouldHaveTheBitsOf(one);
    }
}
