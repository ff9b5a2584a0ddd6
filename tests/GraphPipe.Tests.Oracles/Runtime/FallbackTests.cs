using System.Text.RegularExpressions;
using GraphPipe.Bundle;
using GraphPipe.Compiler;
using GraphPipe.Core;
using GraphPipe.Onnx;
using GraphPipe.Planning;
using GraphPipe.Runtime;
using GraphPipe.Runtime.Cpu;
using GraphPipe.Tests.Oracles.Onnx;
using Xunit;

namespace GraphPipe.Tests.Oracles.Runtime;

/// <summary>What has no kernel of ours runs in ONNX Runtime, op by op, with the results of the whole model there.</summary>
public sealed partial class FallbackTests
{
    private const long MiniBatch = 6;

    /// <summary>Operator and body; the input is %x, the output %y.</summary>
    public static TheoryData<string, string, string> Bodies => new()
    {
        { "LpNormalization", "f32[N,4]", "%y = LpNormalization(%x) {axis = 1, p = 2} : f32[N,4]" },
        { "Hardmax", "f32[N,4]", "%y = Hardmax(%x) {axis = -1} : f32[N,4]" },
        { "LpPool", "f32[N,2,6]", "%y = LpPool(%x) {kernel_shape = ints[2], strides = ints[2]} : f32[N,2,3]" },
        { "TopK", "f64[N,4]", "%y, %i = TopK(%x, @k) {axis = -1} : f64[N,2], i64[N,2]" },
        { "TopK", "f64[N,4]", "%v, %y = TopK(%x, @k) {axis = -1} : f64[N,2], i64[N,2]" },
        { "CumSum", "f64[N,4]", "%y = CumSum(%x, @one) : f64[N,4]" },
        { "Add", "f64[N,4]", "%y = Add(%x, %x) : f64[N,4]" },
        { "LpPool", "f32[N,4,3,3]", "%r = Relu(%x) : f32[N,4,3,3]\n    %y = LpPool(%r) {kernel_shape = ints[3, 3]} : f32[N,4,1,1]" },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public void The_results_are_those_of_ONNX_Runtime(string op, string input, string body)
    {
        byte[] file = File(input, body);
        var bundle = Reread(ModelCompiler.Compile(OnnxModel.Parse(file), Inference).Bundle);
        using var session = new TrainingSession(bundle, new DeviceOptions { ThreadsPerDevice = 1 });
        var note = Assert.Single(session.Executor.Notes);
        Assert.Equal((Codes.KernelFallback, Severity.Note), (note.Code, note.Severity));
        Assert.Contains($"'{op}' runs on ONNX Runtime", note.Message, StringComparison.Ordinal);
        foreach (long samples in new[] { MiniBatch, 5 })
        {
            var x = Numbers(Shape.Parse(input[3..]).At(samples), input.StartsWith("f64", StringComparison.Ordinal));
            var expected = OrtRunner.Run(file, new Dictionary<string, TensorData> { ["x"] = x })[0];
            var y = session.Run(new MiniBatch(samples, [KeyValuePair.Create("x", x)])).Outputs["y"];
            Assert.Equal(expected.Shape, y.Shape);
            for (int i = 0; i < y.Count; i++)
                Assert.Equal(expected.DoubleAt(i), y.DoubleAt(i), 1e-6);
        }
    }

    [Fact]
    public void Without_a_fallback_such_an_op_is_an_error()
    {
        var bundle = ModelCompiler.Compile(OnnxModel.Parse(File("f32[N,4]", "%y = Hardmax(%x) : f32[N,4] loc(\"/hard\")")), Inference).Bundle;
        var error = Assert.Single(Assert.Throws<DiagnosticException>(() => new TrainingSession(bundle, new DeviceOptions { Fallback = null })).Diagnostics);
        Assert.Equal(Codes.KernelMissing, error.Code);
        Assert.Contains("/hard", error.Location, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_trains_behind_an_op_without_gradient_and_runs_allocate_nothing()
    {
        byte[] file = File("f32[N,4]", "%n = LpNormalization(%x) {axis = 1, p = 2} : f32[N,4]\n    %h = MatMul(%n, @m) : f32[N,4]\n    %t = Tanh(%h) : f32[N,4]\n    %y = MatMul(%t, @m) : f32[N,4]");
        var options = new CompileOptions { Mesh = DeviceMesh.Cpu(2), Stages = 2, MiniBatch = MiniBatch, MicroBatch = MicroBatchChoice.Of(3), Optimizer = new OptimizerSettings("sgd", 0.1, 0, false, 0, 0, 0, 0) };
        var batch = new MiniBatch(MiniBatch, [KeyValuePair.Create("x", Numbers([MiniBatch, 4])), KeyValuePair.Create("target", Numbers([MiniBatch, 4]))]);
        string path = Path.GetTempFileName();
        try
        {
            System.IO.File.WriteAllBytes(path, file);
            Assert.True(new PipelineVerifier(new DeviceOptions { ThreadsPerDevice = 1 }).Verify(path, options, [batch, batch, batch]).BitEqual);
            using var session = TrainingSession.Compile(path, options, new DeviceOptions { ThreadsPerDevice = 1 });
            double first = session.Step(batch).Loss;
            for (int i = 0; i < 20; i++)
                session.Step(batch);
            Assert.True(session.Step(batch).Loss < first);
            Assert.All(session.Executor.Report(), d => Assert.Equal(0, d.Allocated.Value));
        }
        finally
        {
            System.IO.File.Delete(path);
        }
    }

    [Theory]
    [InlineData("%h = MatMul(%x, @m) : f32[N,4]\n    %y = LpNormalization(%h) {axis = 1, p = 2} : f32[N,4]", Codes.GradientMissing)]
    [InlineData("%n = LpNormalization(%x) {axis = 1, p = 2} : ?\n    %y = MatMul(%n, @m) : f32[N,4]", Codes.OperatorUnknown)]
    [InlineData("%n = RandomNormalLike(%x) : f32[N,4]\n    %y = MatMul(%n, @m) : f32[N,4]", Codes.OperatorUnknown)]
    [InlineData("%n = Det(%x) : f32[M,4]\n    %y = MatMul(%n, @m) : f32[M,4]", Codes.OperatorUnknown)]
    [InlineData("%n = Unheard(%x) : f32[N,4]\n    %y = MatMul(%n, @m) : f32[N,4]", Codes.OperatorUnknown)]
    [InlineData("%n = Hardmax(%x) : f32[4,N]\n    %t = Transpose(%n) {perm = ints[1, 0]} : f32[N,4]\n    %y = MatMul(%t, @m) : f32[N,4]", Codes.SamplesMixed)]
    public void What_can_not_be_trained_or_typed_is_said_at_once(string body, string code)
    {
        var model = OnnxModel.Parse(File("f32[N,4]", body));
        var error = Assert.Throws<DiagnosticException>(() => ModelCompiler.Compile(model, new CompileOptions { MiniBatch = MiniBatch, MicroBatch = MicroBatchChoice.Of(3) }));
        Assert.Contains(error.Diagnostics, d => d.Code == code && d.Severity == Severity.Error);
    }

    [Fact]
    public void Models_are_emitted_for_what_the_documents_do_not_list()
    {
        string documents = System.IO.File.ReadAllText(Repository("docs", "core-ops.md"));
        string forward = documents[documents.IndexOf("## Forward", StringComparison.Ordinal)..documents.IndexOf("## Backward", StringComparison.Ordinal)];
        var rows = forward.Split('\n').Where(l => l.StartsWith("| `", StringComparison.Ordinal) && !l.Contains("fall-back", StringComparison.Ordinal)).Select(l => l.Split('|')[1]);
        var listed = rows.SelectMany(r => Name().Matches(Arguments().Replace(r, "")).Select(m => m.Value)).ToHashSet();
        Assert.Equal(listed.Order(StringComparer.Ordinal), OneOpModel.Listed.Order(StringComparer.Ordinal));
        // Reshape is a view, and never called.
        Assert.Empty(listed.Except(new CpuDeviceProvider().Ops).Except(["Reshape"]));
    }

    private static CompileOptions Inference => new() { Loss = LossKind.None, Mesh = DeviceMesh.Cpu(1), Stages = 1, MiniBatch = MiniBatch, MicroBatch = MicroBatchChoice.Of(3) };

    [GeneratedRegex("[A-Z][A-Za-z0-9]+")]
    private static partial Regex Name();

    [GeneratedRegex(@"\([^)]*\)[^`]*")]
    private static partial Regex Arguments();

    private static byte[] File(string input, string body)
    {
        // ONNX wants the axes of Reduce and the like as in the opset; 17 is the exporter's.
        string text = $$"""
            module @m level(onnx) {
              opset "" 17
              const @k : i64[1] #h1 = {2}
              const @one : i64[] #h2 = {1}
              param @m : f32[4,4] #h5 = {0.1, 0.2, 0.3, -0.4, 0.5, 0.6, 0.7, 0.8, -0.9, 0.1, 0.2, 0.3, 0.4, 0.5, -0.6, 0.7}
              graph(%x : {{input}}) -> (%y) {
                {{body}}
              }
            }
            """;
        return OnnxExport.Write(ModuleCleaner.Compact(Parser.Parse(text), _ => false));
    }

    private static StageBundle Reread(StageBundle bundle)
    {
        string path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.gpb");
        try
        {
            BundleWriter.Write(bundle, path);
            return BundleReader.Read(path);
        }
        finally
        {
            System.IO.File.Delete(path);
        }
    }

    private static TensorData Numbers(System.Collections.Immutable.ImmutableArray<long> shape, bool isDouble = false)
    {
        float[] data = [.. Enumerable.Range(0, (int)TensorData.CountOf(shape)).Select(i => ((i * 37) % 19 / 4f) - 2.1f)];
        return isDouble ? TensorData.Of<double>(DType.F64, shape, [.. data.Select(d => (double)d)]) : TensorData.Floats(shape, data);
    }

    private static string Repository(params string[] path)
    {
        for (string? at = AppContext.BaseDirectory; at is not null; at = Path.GetDirectoryName(at))
        {
            if (System.IO.File.Exists(Path.Combine(at, "GraphPipe.sln")))
                return Path.Combine([at, .. path]);
        }

        throw new DirectoryNotFoundException("the tests do not run in the repository");
    }
}
