using GraphPipe.Bundle;
using GraphPipe.Runtime;
using GraphPipe.Runtime.Cpu;
using GraphPipe.Runtime.Cuda;
using GraphPipe.Runtime.Cuda.Compilation;
using GraphPipe.Tests.Cuda.EndToEnd;
using GraphPipe.Tests.Runtime;

namespace GraphPipe.Tests.Cuda.Runtime;

/// <summary>Every CUDA kernel against the CPU's, through the executor; the mock watches for races, uninitialised reads and accesses out of bounds.</summary>
[Collection(nameof(OneDriver))]
public sealed class CudaKernelTests(CudaRuntimeFixture cuda)
{
    public static TheoryData<string> Kernels() => [.. KernelCases.All.Select(c => c.Kernel).Distinct()];

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Computes_what_the_cpu_computes(string kernel) => Compare(kernel, useCublas: false);

    [Theory]
    [InlineData("Gemm")]
    [InlineData("MatMul")]
    [InlineData("grad.MatMul")]
    public void Products_on_cublas_are_what_the_cpu_computes(string kernel) => Compare(kernel, useCublas: true);

    /// <summary>What runs on a CPU device runs on a GPU.</summary>
    [Fact]
    public void Every_op_with_a_cpu_kernel_has_one() =>
        Assert.Empty(new KernelRegistry<CpuKernel>(typeof(CpuKernel).Assembly).Ops.Except(cuda.Provider.Ops));

    [Fact]
    public void Every_kernel_has_a_case() => Assert.Empty(cuda.Provider.Ops.Except(KernelCases.All.Select(c => c.Kernel)).Except(InPlaceCases.All.Select(c => c.Kernel)));

    [Theory]
    [MemberData(nameof(InPlaceCases.Indices), MemberType = typeof(InPlaceCases))]
    public void Works_in_place_as_on_the_cpu(int number)
    {
        var test = InPlaceCases.All[number];
        var own = InPlaceOnDevice.Run(cuda.Provider, new DeviceName("cuda", 0), test.Kernel, test.Operands, test.Attributes, test.Run);
        var cpu = InPlaceOnDevice.Run(new CpuDeviceProvider(1), new DeviceName("cpu", 0), test.Kernel, test.Operands, test.Attributes, test.Run);
        for (int k = 0; k < own.Length; k++)
            Assert.Equal(cpu[k].Bytes.ToArray(), own[k].Bytes.ToArray());
        Assert.Equal(test.Changes, !own[0].Bytes.Span.SequenceEqual(test.Operands[0].Bytes.Span));
        Assert.Empty(CudaRuntimeFixture.Reports());
    }

    /// <summary>The drivers compile PTX with ptxas, which contracts bare forms; a text with none left has one meaning.</summary>
    [Fact]
    public void Every_kernel_compiles_for_every_target_and_says_its_rounding()
    {
        using var compiler = new KernelCompiler();
        var sources = KernelSources.All(cuda.Provider);
        var bodies = new HashSet<string>();
        foreach (var source in sources)
        {
            string first = PtxBody.Of(compiler.Compile(source, PtxTarget.Sm70).Text);
            bodies.Add(first);
            foreach (var target in PtxTarget.All)
            {
                string ptx = compiler.Compile(source, target).Text;

                // What an assembler makes of one target's text holds for the others: there are those that know no sm_120.
                Assert.Equal(first, PtxBody.Of(ptx));
                Assert.Contains($".target {target}", ptx);
                Assert.Null(PtxRounding.FirstBare(ptx));

                // Nor div.full, which is within two units in the last place, nor a form that takes subnormals for zero (PTX ISA, "Floating Point Instructions").
                Assert.DoesNotContain(".approx", ptx);
                Assert.DoesNotContain(".full", ptx);
                Assert.DoesNotContain(".ftz", ptx);
            }
        }

        Assert.True(bodies.Count > 300, $"{bodies.Count} kernels were compiled");
    }

    /// <summary>
    /// What a GPU is compiled for: the newest target that is not beyond it, since PTX "can be compiled to binary code of greater or equal compute capability" (CUDA C++ Programming Guide, "PTX
    /// Compatibility"). What is newer than ILGPU 1.5.3 gets its last one.
    /// </summary>
    [Theory]
    [InlineData("6.1", null)]
    [InlineData("7.0", "sm_70")]
    [InlineData("7.5", "sm_70")]
    [InlineData("8.0", "sm_80")]
    [InlineData("8.9", "sm_80")]
    [InlineData("9.0", "sm_90")]
    [InlineData("10.0", "sm_100")]
    [InlineData("10.3", "sm_100")]
    [InlineData("12.1", "sm_120")]
    [InlineData("13.0", "sm_120")]
    public void A_gpu_gets_the_newest_target_that_it_runs(string capability, string? target) => Assert.Equal(target, PtxTarget.For(Version.Parse(capability))?.ToString());

    /// <summary>Operands lose all but 10 bits of fraction, if that is asked for and not else; sums stay in single precision.</summary>
    [Fact]
    public void Products_in_TF32_are_off_by_their_operands_roundings()
    {
        _ = cuda.Cublas;
        using var provider = new CudaDeviceProvider(CudaRuntimeFixture.Path, MatrixProducts.CublasTf32);
        TensorData[] operands = [KernelCase.Numbers([7, 33], 1), KernelCase.Numbers([33, 5], 2)];
        float[] Product(IDeviceProvider devices, DeviceName name) => KernelOnDevice.Run(devices, name, "MatMul", operands, ["f32[7,5]"])[0].As<float>().ToArray();
        float[] rounded = Product(provider, new DeviceName("cuda", 0)), exact = Product(new CpuDeviceProvider(1), new DeviceName("cpu", 0));
        float[] a = operands[0].As<float>().ToArray(), b = operands[1].As<float>().ToArray();
        for (int i = 0; i < exact.Length; i++)
        {
            double bound = 0;
            for (int k = 0; k < 33; k++)
                bound += Math.Abs(a[(i / 5 * 33) + k] * b[(k * 5) + (i % 5)]) * Math.ScaleB(1, -9);
            Assert.InRange(Math.Abs(rounded[i] - exact[i]), 0, bound);
        }

        Assert.Contains(rounded.Zip(exact), p => Math.Abs(p.First - p.Second) > Math.ScaleB(Math.Abs(p.Second), -16));
    }

    private void Compare(string kernel, bool useCublas)
    {
        foreach (var test in KernelCases.All.Where(c => c.Kernel == kernel))
        {
            var (own, cpu) = cuda.Run(kernel, test.Inputs, test.Outputs, test.Attributes, useCublas);
            for (int k = 0; k < own.Length; k++)
            {
                if (!cpu[k].Type.IsFloat())
                {
                    Assert.True(cpu[k].Bytes.Span.SequenceEqual(own[k].Bytes.Span), $"{test}, result {k} is not the same");
                    continue;
                }

                for (int i = 0; i < (int)cpu[k].Count; i++)
                {
                    // Where the bits are to be the same, a zero's sign too; NaNs are all one.
                    double a = own[k].DoubleAt(i), b = cpu[k].DoubleAt(i);
                    bool close = BitConverter.DoubleToInt64Bits(a) == BitConverter.DoubleToInt64Bits(b)
                        || (double.IsNaN(a) && double.IsNaN(b))
                        || (test.Bound > 0 && (a == b || (double.IsFinite(b) && Math.Abs(a - b) <= test.Bound * Math.Max(1, Math.Abs(b)))));
                    Assert.True(close, $"{test}, result {k}, element {i}: CUDA {a}, CPU {b}");
                }
            }

            Assert.Empty(CudaRuntimeFixture.Reports());
        }
    }
}
