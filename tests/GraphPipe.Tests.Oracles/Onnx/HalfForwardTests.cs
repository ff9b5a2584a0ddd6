using GraphPipe.Bundle;
using GraphPipe.Compiler;
using GraphPipe.Core;
using GraphPipe.Models;
using GraphPipe.Onnx;
using GraphPipe.Runtime;
using Xunit;

namespace GraphPipe.Tests.Oracles.Onnx;

/// <summary>What models of halves compute, against ONNX Runtime.</summary>
public sealed class HalfForwardTests
{
    private static readonly Dictionary<string, Func<ModelBuilder, ValueId, ValueId>> Ops = new(StringComparer.Ordinal)
    {
        ["Relu"] = (b, x) => b.Relu(x),
        ["Tanh"] = (b, x) => b.Emit("Tanh", [x]),
        ["Exp"] = (b, x) => b.Emit("Exp", [x]),
        ["Erf"] = (b, x) => b.Emit("Erf", [x]),
        ["Sqrt"] = (b, x) => b.Emit("Sqrt", [b.Mul(x, x)]),
        ["Add"] = (b, x) => b.Add(x, b.Constant(Numbers(6))),
        ["Div"] = (b, x) => b.Div(x, b.Constant(Numbers(6))),
        ["Pow"] = (b, x) => b.Emit("Pow", [x, b.Scalar(2)]),
        ["Max"] = (b, x) => b.Emit("Max", [x, b.Scalar(0.3f), b.Constant(Numbers(6))]),
        ["Clip"] = (b, x) => b.Emit("Clip", [x, b.Scalar(-0.3f), b.Scalar(0.4f)]),
        ["Where"] = (b, x) => b.Where(b.Emit("Greater", [x, b.Scalar(0)]), x, b.Scalar(-0.1f)),
        ["MatMul"] = (b, x) => b.MatMul(x, b.Parameter("w", [6, 5], InitialWeights.ForInputs(6))),
        ["Gemm"] = (b, x) => b.Linear("fc", x, 5),
        ["Softmax"] = (b, x) => b.Softmax(x),
        ["LogSoftmax"] = (b, x) => b.Emit("LogSoftmax", [x], Attributes.Empty.With("axis", -1)),
        ["LayerNormalization"] = (b, x) => b.LayerNorm("norm", x),
        ["ReduceMean"] = (b, x) => b.ReduceMean(x, 1),
        ["ReduceSum"] = (b, x) => b.ReduceSum(x, 1),
        ["Conv"] = (b, x) => b.Conv("conv", b.Reshape(x, 1, 2, 3), 4, 2, padding: 1),
        ["GlobalAveragePool"] = (b, x) => b.Emit("GlobalAveragePool", [b.Reshape(x, 1, 2, 3)]),
        ["MaxPool"] = (b, x) => b.MaxPool(b.Reshape(x, 1, 2, 3), 2, 1, 1),
        ["Concat"] = (b, x) => b.Concat(1, x, x),
        ["Slice"] = (b, x) => b.SliceFrom(x, 1, 2),
        ["Transpose"] = (b, x) => b.Transpose(b.Reshape(x, 2, 3), 0, 2, 1),
        ["Expand"] = (b, x) => b.Emit("Expand", [b.Reshape(x, 1, 6), b.Numbers(1, 3, 1)]),
        ["Tile"] = (b, x) => b.Emit("Tile", [x, b.Numbers(1, 2)]),
        ["Pad"] = (b, x) => b.Emit("Pad", [x, b.Numbers(0, 1, 0, 1), b.Scalar(0.1f)]),
        ["Gather"] = (b, x) => b.Gather(x, b.Numbers(0, 5, -2), axis: 1),
    };

    public static TheoryData<string, DType> All()
    {
        var all = new TheoryData<string, DType>();
        foreach (string op in Ops.Keys)
        {
            all.Add(op, DType.F16);
            all.Add(op, DType.BF16);
        }

        return all;
    }

    /// <summary>One op: ONNX Runtime computes it in f32 from the widened operands, and the test rounds its result. The half may be the neighbour.</summary>
    [Theory]
    [MemberData(nameof(All))]
    public void An_op_is_computed_in_f32_and_rounded_once(string op, DType half)
    {
        var b = new ModelBuilder("m", seed: 3);
        b.Output("y", Ops[op](b, b.Input("x", DType.F32, 6)));
        var module = HalfModels.Of(b.Build(), half);
        var x = HalfModels.Rounded(Numbers(3, 6), half);
        var expected = HalfModels.Rounded(Assert.Single(OrtRunner.Run(OnnxExport.Write(Widened(module)), new Dictionary<string, TensorData> { ["x"] = Single(x) })), half);
        var actual = Run(module, new MiniBatch(3, [new("x", x)]));
        Assert.Equal(half, actual.Type);
        Assert.Equal(expected.Shape, actual.Shape);
        double unit = half == DType.F16 ? 1.0 / 1024 : 1.0 / 128;
        for (int i = 0; i < (int)actual.Count; i++)
            Assert.Equal(expected.DoubleAt(i), actual.DoubleAt(i), unit * Math.Abs(expected.DoubleAt(i)) + 6e-8);
    }

    /// <summary>Whole models, which ONNX Runtime runs in f16 by itself. We fuse Gelu, and it may leave roundings between its casts out.</summary>
    [Theory]
    [InlineData("gpt-small")]
    [InlineData("vlm-small")]
    [InlineData("candle-uno-small")]
    [InlineData("dlrm-small")]
    [InlineData("resnet-small")]
    public void Models_of_f16_give_what_onnx_runtime_gives(string name)
    {
        var built = ModelCatalog.Build(name);
        var module = HalfModels.Of(built.Module, DType.F16);
        var inputs = new SyntheticData(built).Draw(4, draw: 1).Where(t => t.Key != BuiltModel.Target).ToDictionary(t => t.Key, t => HalfModels.Rounded(t.Value, DType.F16));
        var expected = OrtRunner.Run(OnnxExport.Write(module), inputs)[0];
        double error = Comparison.RelativeError(Run(module, new MiniBatch(4, inputs)), expected);
        Assert.True(error < 4.0 / 2048, $"{error}");
    }

    private static TensorData Run(Module module, MiniBatch batch)
    {
        var options = new CompileOptions { Loss = LossKind.None, Mesh = DeviceMesh.Cpu(1), Stages = 1, MiniBatch = batch.Samples };
        using var session = new TrainingSession(ModelCompiler.Compile(OnnxModel.Parse(OnnxExport.Write(module)), options).Bundle, new DeviceOptions { Fallback = null });
        return session.Run(batch).Outputs["y"];
    }

    // The same numbers as f32.
    private static Module Widened(Module module) => module with
    {
        Values = [.. module.Values.Select(v => v with { Type = v.Tensor is { } type ? type with { Type = type.Type.Wide() } : v.Type })],
        Parameters = [.. module.Parameters.Select(p => p with { Data = p.Data is { } data ? Single(data) : null, KnownHash = "" })],
        Graph = module.Graph with
        {
            Ops = [.. module.Graph.Ops.Select(op => op.Attributes["value"] is IrAttribute.Tensor tensor ? op with { Attributes = op.Attributes.With("value", new IrAttribute.Tensor(Single(tensor.Value))) } : op)],
        },
    };

    private static TensorData Single(TensorData data) =>
        data.Type.IsHalf() ? TensorData.Floats(data.Shape, [.. Enumerable.Range(0, (int)data.Count).Select(i => (float)data.DoubleAt(i))]) : data;

    private static TensorData Numbers(params long[] shape) =>
        TensorData.Floats([.. shape], [.. Enumerable.Range(0, (int)TensorData.CountOf([.. shape])).Select(i => (i * 37 % 23 - 11.5f) / 8)]);
}
