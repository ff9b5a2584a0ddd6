using GraphPipe.Bundle;
using GraphPipe.Runtime.Cuda.Compilation;
using GraphPipe.Tests.Cuda.EndToEnd;
using GraphPipe.Tests.Cuda.Native;

using GraphPipe.Tests.Runtime;

namespace GraphPipe.Tests.Cuda.Runtime;

/// <summary>Every CUDA kernel against the CPU's, through the executor; the mock watches for races, uninitialised reads and accesses out of bounds.</summary>
[Collection(nameof(OneDriver))]
public sealed class CudaKernelTests(CudaRuntimeFixture cuda)
{
    /// <summary>Ops that work in place or count steps, which a single forward call can't have: models train with them (<see cref="ModelTests"/>).</summary>
    private static readonly string[] Trained = ["train.Accumulate", "train.AddGradient", "train.Adam", "train.AdamW", "train.Sgd"];

    public static TheoryData<string> Kernels() => [.. KernelCases.All.Select(c => c.Kernel).Distinct()];

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Computes_what_the_cpu_computes(string kernel) => Compare(kernel, useCublas: false);

    [Theory]
    [InlineData("Gemm")]
    [InlineData("MatMul")]
    [InlineData("grad.MatMul")]
    public void Products_on_cublas_are_what_the_cpu_computes(string kernel) => Compare(kernel, useCublas: true);

    [Fact]
    public void Every_kernel_has_a_case() => Assert.Empty(cuda.Provider.Ops.Except(KernelCases.All.Select(c => c.Kernel)).Except(Trained));

    /// <summary>The drivers compile PTX with ptxas, which contracts bare forms; a text with none left has one meaning.</summary>
    [Fact]
    public void Every_kernel_compiles_for_every_target_and_says_its_rounding()
    {
        foreach (var test in KernelCases.All.DistinctBy(c => c.Kernel))
            KernelOnDevice.Run(cuda.Provider, new DeviceName("cuda", 0), test.Kernel, test.Inputs, test.Outputs, test.Attributes);
        using var compiler = new KernelCompiler();
        var sources = cuda.Provider.Sources;
        Assert.True(sources.Count > 80, $"{sources.Count} kernels were compiled");
        foreach (var source in sources)
        {
            foreach (var target in PtxTarget.All)
            {
                string ptx = compiler.Compile(source, target).Text;
                Assert.Contains($".target {target}", ptx);
                Assert.Null(PtxRounding.FirstBare(ptx));
                Assert.DoesNotContain(".approx", ptx);
            }
        }
    }

    private void Compare(string kernel, bool useCublas)
    {
        foreach (var test in KernelCases.All.Where(c => c.Kernel == kernel))
        {
            var (own, cpu) = cuda.Run(kernel, test.Inputs, test.Outputs, test.Attributes, useCublas);
            for (int k = 0; k < own.Length; k++)
            {
                for (int i = 0; i < (int)cpu[k].Count; i++)
                {
                    double a = own[k].DoubleAt(i), b = cpu[k].DoubleAt(i);
                    bool close = a.Equals(b) || Math.Abs(a - b) <= test.Bound * Math.Max(1, Math.Abs(b));
                    Assert.True(close, $"{test}, result {k}, element {i}: CUDA {a}, CPU {b}");
                }
            }

            Assert.Empty(MockLibrary.Reports());
        }
    }
}
