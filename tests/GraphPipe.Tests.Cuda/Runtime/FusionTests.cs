using GraphPipe.Bundle;
using GraphPipe.Compiler;
using GraphPipe.Core;
using GraphPipe.Models;
using GraphPipe.Ops;
using GraphPipe.Planning;
using GraphPipe.Runtime;
using GraphPipe.Runtime.Cpu;
using GraphPipe.Runtime.Cuda;
using GraphPipe.Runtime.Cuda.Compilation;
using GraphPipe.Runtime.Cuda.Kernels;
using GraphPipe.Tests.Cuda.EndToEnd;
using GraphPipe.Tests.Cuda.Native;
using GraphPipe.Tests.Runtime;

namespace GraphPipe.Tests.Cuda.Runtime;

/// <summary>Elementwise calls that run as one kernel: the bits of the calls one by one, in fewer launches; the mock watches what they read and write.</summary>
[Collection(nameof(OneDriver))]
public sealed class FusionTests(CudaRuntimeFixture cuda)
{
    // A bias, an activation, a product with a column, and their sum with what came in: the first result is wanted outside too.
    private static readonly ElementwiseStep[] Chain =
    [
        new("Add", 0, 0, true), new("Tanh", 2, 0, false), new("Mul", 3, 75, false), new("Choose", 4, 1, false), new("grad.Sum", 5, 2, false),
    ];

    private static readonly (int Rows, int Columns)[] Shapes = [(5, 7), (67, 9), (1, 33), (0, 4), (8, 1)];

    private static readonly DeviceName Gpu = new("cuda", 0);

    public static TheoryData<int> Seeds() => [.. Enumerable.Range(0, Environment.GetEnvironmentVariable("GRAPHPIPE_LONG") == "1" ? 100 : 12)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Random_programs_give_the_bits_of_single_calls(int seed)
    {
        var (rows, columns) = Shapes[seed % Shapes.Length];
        var steps = ElementwisePrograms.Random(seed);
        var (program, weights) = ElementwisePrograms.Build(steps, isFused: true, rows, columns);
        var (single, _) = ElementwisePrograms.Build(steps, isFused: false, rows, columns);
        var actual = ElementwisePrograms.Run(program, weights, cuda.Provider, Gpu);
        long launches = MockLibrary.Calls("LaunchKernel");
        Assert.Empty(MockLibrary.Reports());
        var expected = ElementwisePrograms.Run(single, weights, cuda.Provider, Gpu);
        for (int i = 0; i < expected.Count; i++)
            Assert.Equal(expected[i].Bytes.ToArray(), actual[i].Bytes.ToArray());
        Assert.Empty(MockLibrary.Reports());

        // Each has had a fresh driver, which counts from 0.
        int saved = SavedLaunches.Of(program, program.Functions[0], 1);
        Assert.Equal(rows == 0 ? 0 : saved, MockLibrary.Calls("LaunchKernel") - launches);
    }

    /// <summary>In memory a value has its 8 or 16 bits; in a register it must be the same to whoever reads it.</summary>
    [Fact]
    public void Narrow_results_are_to_the_next_call_what_they_are_in_memory()
    {
        DType[] narrow = [DType.I8, DType.U8, DType.I16, DType.U16, DType.F16, DType.I32, DType.U32, DType.Bool];
        float[] values = [0, -0f, 0.4f, -0.6f, 1, -1, 126.9f, 128, -129, 255, 256, 300.7f, 32767, -32769, 65519, 70000, -3e9f, 3e9f, 5e9f, float.NaN];
        foreach (var type in narrow)
        {
            foreach (var middle in new[] { DType.F32, DType.I64 })
            {
                var results = new List<List<TensorData>>();
                foreach (bool isElementwise in new[] { true, false })
                {
                    var b = new ProgramBuilder(new StageId(0), "s");
                    string shape = $"[{values.Length}]";
                    var x = b.Buffer("x", shape, BufferLife.Persistent);
                    b.Parameters.Add(new ParameterDecl("x", x, ParameterRole.Constant, new StageId(0), BufferId.None, []));
                    BufferId first = b.Buffer("first", shape, BufferLife.Temporary, middle), second = b.Buffer("second", shape, BufferLife.Temporary, type);
                    BufferId third = b.Buffer("third", shape, BufferLife.Temporary, DType.F32), fourth = b.Buffer("fourth", shape, BufferLife.Temporary, DType.I64);
                    foreach (var (from, to) in new[] { (x, first), (first, second), (second, third), (second, fourth) })
                        b.Call(FunctionKind.Forward, "Cast", [from], [to], isElementwise: isElementwise);
                    b.Outputs.Add(new OutputDecl("third", third));
                    b.Outputs.Add(new OutputDecl("fourth", fourth));
                    results.Add(ElementwisePrograms.Run(b.Build(), new() { ["x"] = TensorData.Floats([values.Length], values) }, cuda.Provider, Gpu));
                }

                for (int i = 0; i < 2; i++)
                    Assert.True(results[0][i].Bytes.Span.SequenceEqual(results[1][i].Bytes.Span), $"{middle} to {type}, output {i}");
            }
        }

        Assert.Empty(MockLibrary.Reports());
    }

    /// <summary>What a program says is elementwise may be fused on any device.</summary>
    [Fact]
    public void Every_elementwise_op_says_what_it_computes_of_an_element()
    {
        var kernels = new KernelRegistry<CudaKernel>(typeof(CudaKernel).Assembly);
        foreach (string op in kernels.Ops.Where(op => !op.StartsWith("train.", StringComparison.Ordinal) && OperatorRegistry.Standard.Describe(OperatorName.Parse(op)).IsElementwise))
            Assert.True(kernels.Find(op) is ElementwiseKernel, op);
    }

    /// <summary>The second has reductions behind its elementwise calls, in both directions.</summary>
    [Theory]
    [InlineData(false, "candle-uno-small")]
    [InlineData(true, "resnet-small", "image=8", "width=4", "groups=2", "blocks=1,1", "classes=3")]
    public void A_model_trains_to_the_same_bits_in_fewer_launches(bool hasReductions, string name, params string[] settings)
    {
        var built = ModelCatalog.Build(name, settings);
        var bundle = ModelCompiler.Compile(built.ToOnnx(), new CompileOptions
        {
            Loss = built.Loss,
            Mesh = DeviceMesh.Parse("cuda:0"),
            Stages = 1,
            MiniBatch = 4,
            MicroBatch = MicroBatchChoice.Of(2),
            Optimizer = new OptimizerSettings("adam", 0.001, 0, false, 0, 0.9, 0.999, 1e-8),
        }).Bundle;
        var fused = Train(bundle, built.Ranges);
        var single = Train(ElementwisePrograms.OneByOne(bundle), built.Ranges);
        Assert.Equal(single.Loss, fused.Loss);
        Assert.All(single.Weights, w => Assert.True(w.Value.Bytes.Span.SequenceEqual(fused.Weights[w.Key].Bytes.Span), w.Key));

        // Two micro-batches of each of two steps.
        int saved = bundle.Stages.Sum(s => s.Program.Functions.Where(f => f.Kind != FunctionKind.Update).Sum(f => SavedLaunches.Of(s.Program, f, 2)));
        Assert.NotEqual(0, saved);
        int withReduction = bundle.Stages.Sum(s => s.Program.Functions.Count(f => FusedCalls.Of(s.Program, f).Any(g => g.WithReduction is not null)));
        Assert.Equal(hasReductions ? 2 : 0, withReduction);
        Assert.Equal(4 * saved, single.Launches - fused.Launches);
    }

    [Fact]
    public void Equal_structures_are_compiled_once()
    {
        _ = cuda.Provider;
        var provider = new CudaDeviceProvider(MockLibrary.Path, MatrixProducts.OwnKernel);
        Run(provider, 5, 7);
        int compiled = provider.Sources.Count;
        Run(provider, 6, 11);
        Assert.Equal(compiled, provider.Sources.Count);

        // A column that has the result's size is not spread: another structure.
        Run(provider, 3, 1);
        Assert.True(provider.Sources.Count > compiled);

        static void Run(CudaDeviceProvider provider, int rows, int columns)
        {
            var (program, weights) = ElementwisePrograms.Build(Chain, isFused: true, rows, columns);
            Assert.Equal(6, Assert.Single(FusedCalls.Of(program, program.Functions[0])).Calls.Length);
            ElementwisePrograms.Run(program, weights, provider, Gpu);
        }
    }

    /// <summary>(x − b) − w and w − (x − b), whose first difference is wanted outside or not, with w or a column for b.</summary>
    [Fact]
    public void Structures_that_differ_in_one_thing_are_not_the_same_kernel()
    {
        foreach (bool isKept in new[] { false, true })
        {
            foreach (int second in new[] { 1, 3 })
            {
                foreach (var last in new[] { new ElementwiseStep("Sub", 2, 1, false), new ElementwiseStep("Sub", 1, 2, false) })
                {
                    var (program, weights) = ElementwisePrograms.Build([new("Sub", 0, second, isKept), last, new("Neg", 3, 0, false), new("Neg", 4, 0, false)], isFused: true, 5, 5);
                    Assert.Equal(4, Assert.Single(FusedCalls.Of(program, program.Functions[0])).Calls.Length);
                    var actual = ElementwisePrograms.Run(program, weights, cuda.Provider, Gpu);
                    var expected = ElementwisePrograms.Run(program, weights, new CpuDeviceProvider(1), new DeviceName("cpu", 0));
                    Assert.Equal(expected.Select(e => e.Bytes.ToArray()), actual.Select(a => a.Bytes.ToArray()));
                }
            }
        }
    }

    [Fact]
    public void Fused_code_compiles_for_every_target_and_says_its_rounding()
    {
        _ = cuda.Provider;
        var provider = new CudaDeviceProvider(MockLibrary.Path, MatrixProducts.OwnKernel);
        var (program, weights) = ElementwisePrograms.Build(Chain, isFused: true, 5, 7);
        ElementwisePrograms.Run(program, weights, provider, Gpu);
        using var compiler = new KernelCompiler();
        foreach (var target in PtxTarget.All)
        {
            string ptx = compiler.Compile(Assert.Single(provider.Sources), target).Text;
            Assert.Contains("Add_Tanh_Mul_Holds_Select_Add_and_1", ptx);
            Assert.Null(PtxRounding.FirstBare(ptx));
        }
    }

    /// <summary>A kernel's parameters have a limit of 4 KiB, of which each of 300 operands takes 16 bytes.</summary>
    [Fact]
    public void What_is_too_much_for_one_launch_runs_call_by_call()
    {
        var b = new ProgramBuilder(new StageId(0), "s");
        var weights = new Dictionary<string, TensorData>();
        var sum = BufferId.None;
        for (int call = 0; call < 5; call++)
        {
            List<BufferId> operands = sum.IsNone ? [] : [sum];
            for (int i = 0; i < 60; i++)
            {
                string name = $"w{call}_{i}";
                operands.Add(b.Buffer(name, "[3]", BufferLife.Persistent));
                b.Parameters.Add(new ParameterDecl(name, operands[^1], ParameterRole.Constant, new StageId(0), BufferId.None, []));
                weights.Add(name, TensorData.Floats([3], call, i, 1));
            }

            sum = b.Buffer($"sum{call}", "[3]", BufferLife.Temporary);
            b.Call(FunctionKind.Forward, "grad.Sum", [.. operands], [sum], isElementwise: true);
        }

        b.Outputs.Add(new OutputDecl("sum", sum));
        var program = b.Build();
        Assert.Equal(5, Assert.Single(FusedCalls.Of(program, program.Functions[0])).Calls.Length);
        var result = Assert.Single(ElementwisePrograms.Run(program, weights, cuda.Provider, Gpu));
        Assert.Equal([60 * (0 + 1 + 2 + 3 + 4), 5 * 59 * 60 / 2, 300], result.As<float>().ToArray());
        Assert.Equal(5, MockLibrary.Calls("LaunchKernel"));
        Assert.Empty(MockLibrary.Reports());
    }

    [Fact]
    public void Each_call_of_a_group_has_an_equal_part_of_its_time()
    {
        var (program, weights) = ElementwisePrograms.Build(Chain, isFused: true, 5, 7);
        using var executor = ElementwisePrograms.Open(program, weights, cuda.Provider, Gpu, new ExecutorOptions { ClockedRuns = 2 });
        executor.Forward(new MiniBatch(1, []));
        var clock = Assert.Single(executor.Clocks);
        Assert.Equal(1, clock.Runs);
        double[] times = [.. Enumerable.Range(0, clock.Function.Calls.Length).Select(c => Assert.Single(clock.TimesOf(c)).Value)];
        Assert.True(times.Min() > 0);
        Assert.True(times.Max() - times.Min() <= 1, string.Join(", ", times));
    }

    private (double Loss, IReadOnlyDictionary<string, TensorData> Weights, long Launches) Train(StageBundle bundle, IReadOnlyDictionary<string, long> ranges)
    {
        using var session = new TrainingSession(bundle, new DeviceOptions { Cuda = cuda.Provider, Fallback = null, StallTimeout = TimeSpan.FromMinutes(10) });
        double loss = 0;
        foreach (var batch in new SyntheticSource(session.Executor.Inputs, bundle.Manifest.MiniBatch, 2, 4, ranges).Epoch(0))
            loss += session.Step(batch).Loss;
        var weights = session.Weights();
        Assert.Empty(MockLibrary.Reports());
        return (loss, weights, MockLibrary.Calls("LaunchKernel"));
    }
}
