using GraphPipe.Bundle;
using GraphPipe.Runtime.Cpu;
using Xunit;

namespace GraphPipe.Tests.Runtime;

public class ExemplarKernelTests
{
    [Theory]
    [InlineData("Add", new float[] { 11, 22, 13, 24 })]
    [InlineData("Sub", new float[] { -9, -18, -7, -16 })]
    [InlineData("Mul", new float[] { 10, 40, 30, 80 })]
    [InlineData("Div", new float[] { 0.1f, 0.1f, 0.3f, 0.2f })]
    public void Arithmetic_broadcasts(string op, float[] expected) => Assert.Equal(
        expected, KernelOnDevice.Of(op, [TensorData.Floats([2, 2], 1, 2, 3, 4), TensorData.Floats([2], 10, 20)], "f32[2,2]").As<float>().ToArray());

    [Theory]
    [InlineData("Add", new long[] { 8, 9 })]
    [InlineData("Div", new long[] { 0, -3 })]
    public void Arithmetic_on_whole_numbers_is_exact(string op, long[] expected)
    {
        var a = op == "Add" ? TensorData.Longs([2], 5, 6) : TensorData.Longs([2], 2, -9);
        Assert.Equal(expected, KernelOnDevice.Of(op, [a, TensorData.Longs([], 3)], "i64[2]").As<long>().ToArray());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Long_operands_are_the_same_for_any_number_of_threads(int threads)
    {
        var a = DenseModel.Random([70, 1, 1001], 1);
        var b = DenseModel.Random([3, 1], 2);
        var y = KernelOnDevice.Of("Mul", [a, b], "f32[70,3,1001]", threads: threads).As<float>();
        for (int i = 0; i < 70; i++)
        {
            for (int j = 0; j < 3; j++)
            {
                for (int k = 0; k < 1001; k++)
                    Assert.Equal(a.As<float>()[i * 1001 + k] * b.As<float>()[j], y[(i * 3 + j) * 1001 + k]);
            }
        }
    }

    [Fact]
    public void Relu_and_its_gradient()
    {
        var x = TensorData.Floats([5], -2, -0f, 0, 1, 3);
        var y = KernelOnDevice.Of("Relu", [x], "f32[5]");
        Assert.Equal([0, 0, 0, 1, 3], y.As<float>().ToArray());
        Assert.Equal([0, 0, 0, 7, 7], KernelOnDevice.Of("grad.Relu", [TensorData.Floats([5], 7, 7, 7, 7, 7), y], "f32[5]").As<float>().ToArray());
    }

    [Theory]
    [InlineData(false, false, 1f, 1f, "[4]", 1)]
    [InlineData(true, false, 1f, 1f, "[1,4]", 1)]
    [InlineData(false, true, 0.5f, 2f, "[3,4]", 2)]
    [InlineData(true, true, 2f, 1f, "[3,1]", 1)]
    [InlineData(false, false, 1f, 3f, "[]", 2)]
    [InlineData(false, false, 1f, 0f, "[4]", 1)]
    [InlineData(false, false, 2f, 1f, null, 1)]
    public void Gemm_is_what_ONNX_says(bool transA, bool transB, float alpha, float beta, string? shapeOfC, int threads)
    {
        const int m = 3, n = 4, k = 5;
        var a = DenseModel.Random(transA ? [k, m] : [m, k], 1);
        var b = DenseModel.Random(transB ? [n, k] : [k, n], 2);
        var c = shapeOfC is null ? null : DenseModel.Random(Shape.Parse(shapeOfC).At(1), 3);
        var attributes = Attributes.Empty.With("alpha", alpha).With("beta", beta).With("transA", transA ? 1 : 0).With("transB", transB ? 1 : 0);
        var y = KernelOnDevice.Of("Gemm", [a, b, c], "f32[3,4]", attributes, threads);
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < n; j++)
            {
                double sum = 0;
                for (int p = 0; p < k; p++)
                    sum += (double)a.As<float>()[transA ? p * m + i : i * k + p] * b.As<float>()[transB ? j * k + p : p * n + j];
                sum *= alpha;
                if (c is not null)
                    sum += beta * c.As<float>()[(c.Shape.Length == 2 && c.Shape[0] > 1 ? i * (int)c.Shape[1] : 0) + (c.Shape.Length > 0 && c.Shape[^1] > 1 ? j : 0)];
                Assert.Equal(sum, y.As<float>()[i * n + j], 1e-5);
            }
        }
    }

    [Theory]
    [InlineData("[4]", new float[] { 12, 15, 18, 21 })]
    [InlineData("[3,1]", new float[] { 6, 22, 38 })]
    [InlineData("[]", new float[] { 66 })]
    [InlineData("[1,4]", new float[] { 12, 15, 18, 21 })]
    public void SumTo_undoes_broadcasting(string shape, float[] expected) => Assert.Equal(
        expected, KernelOnDevice.Of("grad.SumTo", [TensorData.Floats([3, 4], 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)], "f32" + shape).As<float>().ToArray());

    [Fact]
    public void Sum_adds_from_the_left()
    {
        // (1e8 - 1e8) + 1 is 1; 1e8 + (1 - 1e8) would be 0.
        var y = KernelOnDevice.Of("grad.Sum", [TensorData.Floats([1], 1e8f), TensorData.Floats([1], -1e8f), TensorData.Floats([1], 1)], "f32[1]");
        Assert.Equal(1, y.As<float>()[0]);
    }

    [Fact]
    public void Sgd_does_what_torch_does()
    {
        // torch.optim.SGD(lr=0.1, momentum=0.9, weight_decay=0.01, nesterov=True), p = 1, g = 0.5, buffer 0.2:
        // g = 0.51; buffer = 0.9·0.2 + 0.51 = 0.69; g = 0.51 + 0.9·0.69 = 1.131; p = 1 - 0.1131.
        var attributes = Attributes.Empty.With("learning_rate", 0.1f).With("momentum", 0.9f).With("weight_decay", 0.01f).With("nesterov", 1);
        var b = new ProgramBuilder(new StageId(0), "s");
        var p = b.Buffer("p", "[1]", BufferLife.Persistent);
        var g = b.Buffer("g", "[1]", BufferLife.Persistent);
        var m = b.Buffer("m", "[1]", BufferLife.Persistent);
        b.Parameters.Add(new ParameterDecl("p", p, ParameterRole.Trained, new StageId(0), g, [new StateDecl("momentum", m)]));
        b.Call(FunctionKind.Update, "train.Sgd", [p, g, m], [p], attributes);
        b.Parameters.Add(new ParameterDecl("g", g, ParameterRole.Constant, new StageId(0), BufferId.None, []));
        var plan = TestPlans.Lower([[new Work(ActionKind.Forward, 0, 0)]], [], 1, [1]);
        var weights = new Dictionary<string, TensorData> { ["p"] = TensorData.Floats([1], 1), ["g"] = TensorData.Floats([1], 0.5f) };
        using var executor = new GraphPipe.Runtime.PipelineExecutor(plan, [b.Build()], weights, [new CpuDeviceProvider()]);
        executor.SetState("p", "momentum", TensorData.Floats([1], 0.2f));
        executor.Step(new GraphPipe.Runtime.MiniBatch(1, []));
        Assert.Equal(0.8869f, executor.GetParameter("p").As<float>()[0], 1e-6f);
        Assert.Equal(0.69f, executor.GetState("p", "momentum").As<float>()[0], 1e-6f);
    }

    [Fact]
    public void A_kernel_that_does_not_do_a_type_says_so()
    {
        var diagnostic = Assert.Throws<DiagnosticException>(() => KernelOnDevice.Of("Relu", [TensorData.Longs([2], 1, 2)], "i64[2]")).Diagnostics[0];
        Assert.Equal("the kernel for 'Relu' on cpu does not do Relu(i64[2]) → i64[2]", diagnostic.Message);
    }

    [Fact]
    public void More_axes_than_a_loop_has_are_not_done()
    {
        // Nine axes of which no two neighbours can be merged.
        var a = TensorData.Floats([2, 1, 2, 1, 2, 1, 2, 1, 2], new float[32]);
        var b = TensorData.Floats([1, 2, 1, 2, 1, 2, 1, 2, 1], new float[16]);
        var diagnostic = Assert.Throws<DiagnosticException>(() => KernelOnDevice.Of("Add", [a, b], "f32[2,2,2,2,2,2,2,2,2]")).Diagnostics[0];
        Assert.Equal(Codes.KernelMissing, diagnostic.Code);
    }

    [Theory]
    [InlineData("Div")]
    [InlineData("Mod")]
    public void Whole_numbers_divided_by_zero_are_bad_data(string op)
    {
        var diagnostic = Assert.Throws<DiagnosticException>(() => KernelOnDevice.Of(op, [TensorData.Longs([2], 1, 2), TensorData.Longs([2], 1, 0)], "i64[2]")).Diagnostics[0];
        Assert.Equal(Codes.DataValue, diagnostic.Code);
    }
}
