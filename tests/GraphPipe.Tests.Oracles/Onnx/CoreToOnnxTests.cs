using GraphPipe.Bundle;
using GraphPipe.Core;
using GraphPipe.Onnx;
using Xunit;

namespace GraphPipe.Tests.Oracles.Onnx;

/// <summary>Core ops converted back to ONNX compute, in ONNX Runtime, what the same ops written as ONNX compute.</summary>
public sealed class CoreToOnnxTests
{
    private const long Samples = 3;

    /// <summary>A core region, and the same as ONNX ops. `graph` lines are put around both; x is the input.</summary>
    public static TheoryData<string, string, string, string> Cases => new()
    {
        { "Reshape, a product with N", "f32[N,4,6]", "%y = Reshape(%x) : f32[4*N,6]", "%y = Reshape(%x, @s) : f32[*]   // s: -1, 6" },
        { "Reshape, N apart again", "f32[6*N,4]", "%y = Reshape(%x) : f32[N,2,3,4]", "%y = Reshape(%x, @s) : f32[*]   // s: -1, 2, 3, 4" },
        { "Reshape, two dimensions with N", "f32[N,6,N]", "%y = Reshape(%x) : f32[2*N,3*N]", "%y = Reshape(%x, @s) : f32[*]   // s: 6, 9" },
        { "Reshape, N twice and moved", "f32[N,N,6]", "%y = Reshape(%x) : f32[2*N,3,N]", "%y = Reshape(%x, @s) : f32[*]   // s: 6, 3, 3" },
        { "Reshape, to a square of N", "f32[N,N,6]", "%y = Reshape(%x) : f32[N^2,6]", "%y = Reshape(%x, @s) : f32[*]   // s: 9, 6" },
        { "Expand, to N", "f32[N,4]", "%r = ReduceSum(%x) {axes = ints[0, 1], keepdims = 1} : f32[1,1]\n    %y = Expand(%r) : f32[2*N+1,4]", "%r = ReduceSum(%x) : f32[*]\n    %y = Expand(%r, @s) : f32[*]   // s: 7, 4" },
        { "Expand, N as it is", "f32[N,1]", "%y = Expand(%x) : f32[5,N,4]", "%y = Expand(%x, @s) : f32[*]   // s: 5, 1, 4" },
        { "Clip, both bounds", "f32[N,4]", "%y = Clip(%x) {min = -0.1, max = 0.2} : f32[N,4]", "%a = Max(%x, @low) : f32[*]\n    %y = Min(%a, @high) : f32[*]   // low: -0.1f; high: 0.2f" },
        { "Clip, upper bound", "f32[N,4]", "%y = Clip(%x) {max = 0.2} : f32[N,4]", "%y = Min(%x, @high) : f32[*]   // high: 0.2f" },
        { "Pad", "f32[N,4]", "%y = Pad(%x) {mode = \"constant\", pads = ints[0, 1, 0, 2], value = 0.5} : f32[N,7]", "%y = Pad(%x, @s, @v) : f32[*]   // s: 0, 1, 0, 2; v: 0.5f" },
        { "Slice, backwards to the first", "f32[N,6]", "%y = Slice(%x) {axes = ints[1], ends = ints[-1], starts = ints[5], steps = ints[-2]} : f32[N,3]", "%y = Slice(%x, @a, @b, @c, @d) : f32[*]   // a: 5; b: -100; c: 1; d: -2" },
        { "Split", "f32[N,6]", "%p, %y = Split(%x) {axis = 1, split = ints[4, 2]} : f32[N,4], f32[N,2]", "%p, %y = Split(%x, @s) {axis = 1} : f32[*], f32[*]   // s: 4, 2" },
        { "Tile", "f32[N,2]", "%y = Tile(%x) {repeats = ints[1, 3]} : f32[N,6]", "%y = Tile(%x, @s) : f32[*]   // s: 1, 3" },
        { "Trilu", "f32[N,3,3]", "%y = Trilu(%x) {k = 1, upper = 1} : f32[N,3,3]", "%y = Trilu(%x, @k) {upper = 1} : f32[*]   // k: scalar 1" },
        { "CumSum", "f32[N,4]", "%y = CumSum(%x) {axis = 1, exclusive = 1} : f32[N,4]", "%y = CumSum(%x, @k) {exclusive = 1} : f32[*]   // k: scalar 1" },
        { "ReduceMean", "f32[N,4,2]", "%y = ReduceMean(%x) {axes = ints[1], keepdims = 0} : f32[N,2]", "%y = ReduceMean(%x) {axes = ints[1], keepdims = 0} : f32[*]" },
        { "ReduceSum", "f32[N,4,2]", "%y = ReduceSum(%x) {axes = ints[1, 2], keepdims = 1} : f32[N,1,1]", "%y = ReduceSum(%x, @s) : f32[*]   // s: 1, 2" },
        { "LayerNormalization", "f32[N,4]", "%y, %mean, %isd = LayerNormalization(%x, @scale) {axis = 1, epsilon = 1E-05} : f32[N,4], f32[N,1], f32[N,1]", "%y = LayerNormalization(%x, @scale) {axis = 1} : f32[*]   // scale: 1f, 2f, 3f, 4f" },
        { "InstanceNormalization", "f32[N,2,5]", "%y, %mean, %isd = InstanceNormalization(%x, @scale, @bias) {epsilon = 1E-05} : f32[N,2,5], f32[N,2], f32[N,2]", "%y = InstanceNormalization(%x, @scale, @bias) : f32[*]   // scale: 1f, 2f; bias: 3f, 4f" },
        { "Cast", "f32[N,4]", "%i = Cast(%x) {to = 0} : i64[N,4]\n    %y = Cast(%i) {to = 0} : f32[N,4]", "%i = Cast(%x) {to = 7} : i64[*]\n    %y = Cast(%i) {to = 1} : f32[*]" },
        { "AveragePool", "f32[N,2,6]", "%y = AveragePool(%x) {ceil_mode = 0, count_include_pad = 1, dilations = ints[1], kernel_shape = ints[2], pads = ints[0, 0], strides = ints[2]} : f32[N,2,3]", "%y = AveragePool(%x) {kernel_shape = ints[2], strides = ints[2]} : f32[*]" },
        { "MaxPool", "f32[N,2,6]", "%y = MaxPool(%x) {ceil_mode = 0, count_include_pad = 0, dilations = ints[1], kernel_shape = ints[2], pads = ints[0, 0], strides = ints[2]} : f32[N,2,3]", "%y = MaxPool(%x) {kernel_shape = ints[2], strides = ints[2]} : f32[*]" },
        { "ConvTranspose", "f32[N,1,4]", "%k = Reshape(@w) : f32[1,2,3]\n    %y = ConvTranspose(%x, %k) {dilations = ints[1], group = 1, kernel_shape = ints[3], output_padding = ints[1], pads = ints[1, 1], strides = ints[2]} : f32[N,2,8]", "%k = Reshape(@w, @s) : f32[*]\n    %y = ConvTranspose(%x, %k) {output_padding = ints[1], pads = ints[1, 1], strides = ints[2]} : f32[*]   // w: 1f, 2f, 3f, 4f, 5f, 6f; s: 1, 2, 3" },
        { "Resize, to a size", "f32[N,1,5,4]", "%y = Resize(%x) {axis = 2, coordinate_transformation_mode = \"half_pixel\", mode = \"linear\", size = 7} : f32[N,1,7,4]", "%y = Resize(%x, _, _, @s) {mode = \"linear\"} : f32[*]   // s: 3, 1, 7, 4" },
        { "Resize, by a scale", "f32[N,1,5,4]", "%y = Resize(%x) {axis = 3, coordinate_transformation_mode = \"asymmetric\", mode = \"nearest\", nearest_mode = \"floor\", scale = 1.5, size = 6} : f32[N,1,5,6]", "%y = Resize(%x, _, @v) {coordinate_transformation_mode = \"asymmetric\", nearest_mode = \"floor\"} : f32[*]   // v: 1f, 1f, 1f, 1.5f" },
        { "ScatterElements", "f32[4]", "%y = ScatterElements(%x, @i, @u) {axis = 0, reduction = \"add\"} : f32[4]", "%y = ScatterElements(%x, @i, @u) {reduction = \"add\"} : f32[*]   // i: 1, 3; u: 0.5f, 2f" },
        { "TopK", "f32[N,4]", "%y, %i = TopK(%x) {axis = 1, k = 2, largest = 0} : f32[N,2], i64[N,2]", "%y, %i = TopK(%x, @k) {axis = 1, largest = 0} : f32[*], i64[*]   // k: 2" },
        { "Dropout", "f32[N,4]", "%y = Dropout(%x) {ratio = 0.5} : f32[N,4]", "%y = Identity(%x) : f32[*]" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Converted_ops_compute_the_same(string what, string input, string core, string onnx)
    {
        foreach (int opset in new[] { 17, 20 })
        {
            var (body, constants) = Constants(onnx);
            string coreConstants = string.Join("\n  ", constants.Where(c => core.Contains($"@{c.Name}", StringComparison.Ordinal)).Select(c => c.Line));
            var module = Parser.Parse($"module @m level(core) {{\n  opset \"\" {opset}\n  {coreConstants}\n  graph(%x : {input}) -> (%y) {{\n    {core}\n  }}\n}}\n");
            var reference = Parser.Parse($"module @m level(onnx) {{\n  opset \"\" {17}\n  {string.Join("\n  ", constants.Select(c => c.Line))}\n  graph(%x : {input}) -> (%y) {{\n    {body}\n  }}\n}}\n");
            var x = Numbers([.. module.TensorOf(module.Graph.Inputs[0]).KnownShape.At(Samples)]);
            var expected = Run(reference, x);
            var actual = Run(Convert(module), x);
            Assert.True(expected.Shape.AsSpan().SequenceEqual(actual.Shape.AsSpan()), $"{what}: {actual}, not {expected}");
            for (int i = 0; i < expected.Count; i++)
                Assert.Equal(expected.DoubleAt(i), actual.DoubleAt(i), 1e-6);
        }
    }

    [Fact]
    public void Gelu_raises_the_opset()
    {
        var module = Parser.Parse("""
            module @m level(core) {
              opset "" 17
              graph(%x : f32[N,4]) -> (%y) {
                %y = Gelu(%x) {approximate = "none"} : f32[N,4] loc("gelu")
              }
            }
            """);
        var converted = Convert(module);
        Assert.Equal(20, converted.Opsets[""]);
        var y = Run(converted, TensorData.Floats([1, 4], 0f, 1f, -1f, 3f));
        Assert.Equal(0.841345f, y.As<float>()[1], 1e-5f);
        Assert.Equal(-0.158655f, y.As<float>()[2], 1e-5f);
    }

    [Fact]
    public void Statistics_that_are_used_are_computed()
    {
        var module = Parser.Parse("""
            module @m level(core) {
              opset "" 17
              const @scale : f32[2] #a = {1.0, 2.0}
              const @bias : f32[2] #b = {0.0, 1.0}
              graph(%x : f32[N,2,4]) -> (%y, %mean, %isd, %m2) {
                %y, %mean, %isd = InstanceNormalization(%x, @scale, @bias) {epsilon = 0.0} : f32[N,2,4], f32[N,2], f32[N,2]
                %z, %m2, _ = LayerNormalization(%y, @ones) {axis = 2} : f32[N,2,4], f32[N,2,1], f32[N,2,1]
              }
              const @ones : f32[4] #c = {1.0, 1.0, 1.0, 1.0}
            }
            """);
        var results = OrtRunner.Run(OnnxExport.Write(Convert(module)), new Dictionary<string, TensorData> { ["x"] = TensorData.Floats([1, 2, 4], 1f, 3f, 1f, 3f, 0f, 8f, 8f, 0f) });
        Assert.Equal([2f, 4f], results[1].As<float>().ToArray());
        Assert.Equal([1f, 0.25f], results[2].As<float>().ToArray());
        Assert.Equal([0f, 1f], results[3].As<float>().ToArray());
    }

    [Fact]
    public void A_stage_function_is_a_model_with_its_messages_as_inputs_and_outputs()
    {
        var module = Parser.Parse("""
            module @m level(comm) {
              opset "" 17
              mesh [cpu:0, cpu:1]
              param @w : f32[4,2] #a = {1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0}
              channel @h activation : f32[N,2,2] from @a to @b depth 1
              stage @a on 0 micro_batch 1 in_flight 1 {
                forward(%x : f32[N,4]) -> () {
                  %t = MatMul(%x, @w) : f32[N,2]
                  %u = Reshape(%t) : f32[N,1,2]
                  %v = Expand(%u) : f32[N,2,2]
                  pipe.Send(%v) {channel = 0}
                }
              }
              stage @b on 1 micro_batch 1 in_flight 1 {
                forward() -> (%y) {
                  %r = pipe.Recv() {channel = 0} : f32[N,2,2]
                  %y = Reshape(%r) : f32[2*N,2]
                }
              }
            }
            """);
        var a = CoreToOnnx.Convert(module, module.Stages[0].Function(FunctionKind.Forward), module.Parameters, "a");
        var v = Run(a, TensorData.Floats([1, 4], 1f, 2f, 3f, 4f));
        Assert.Equal([4f, 6f, 4f, 6f], v.As<float>().ToArray());
        var b = CoreToOnnx.Convert(module, module.Stages[1].Function(FunctionKind.Forward), [], "b");
        var y = OrtRunner.Run(OnnxExport.Write(b), new Dictionary<string, TensorData> { ["r"] = v })[0];
        Assert.Equal([2L, 2L], y.Shape.ToArray());
    }

    [Fact]
    public void Ops_of_the_backward_have_no_onnx_form()
    {
        var module = Parser.Parse("""
            module @m level(core) {
              graph(%x : f32[N,4]) -> (%y) {
                %y = grad.Relu(%x, %x) : f32[N,4] loc("relu")
              }
            }
            """);
        var error = Assert.Throws<DiagnosticException>(() => Convert(module));
        Assert.Equal(Codes.ExportImpossible, Assert.Single(error.Diagnostics).Code);
    }

    private static Module Convert(Module core)
    {
        var converted = CoreToOnnx.Convert(core, core.Graph, core.Parameters, "converted");
        var bag = new DiagnosticBag();
        Verifier.Verify(converted, bag);
        Assert.Equal("", string.Join('\n', bag.All));
        // It is a model like any other.
        Assert.Equal(converted.Graph.Ops.Length, OnnxModel.Parse(OnnxExport.Write(converted)).ToModule().Graph.Ops.Length);
        return converted;
    }

    private static TensorData Run(Module module, TensorData x) => OrtRunner.Run(OnnxExport.Write(module), new Dictionary<string, TensorData> { ["x"] = x })[0];

    private static TensorData Numbers(long[] shape)
    {
        var data = new float[TensorData.CountOf([.. shape])];
        for (int i = 0; i < data.Length; i++)
            data[i] = ((i * 37) % 19 / 4f) - 2f;
        return TensorData.Floats([.. shape], data);
    }

    // The constants behind "//", as declarations.
    private static (string Body, List<(string Name, string Line)> Constants) Constants(string onnx)
    {
        string[] parts = onnx.Split("   //");
        var constants = new List<(string, string)>();
        if (parts.Length > 1)
        {
            foreach (string constant in parts[1].Split(';'))
            {
                string[] sides = constant.Split(':');
                bool scalar = sides[1].Contains("scalar", StringComparison.Ordinal);
                string[] numbers = sides[1].Replace("scalar", "", StringComparison.Ordinal).Split(',', StringSplitOptions.TrimEntries);
                bool floats = numbers[0].EndsWith('f');
                bool floatScalar = floats && numbers.Length == 1;
                string elements = string.Join(", ", numbers.Select(n => n.TrimEnd('f')));
                string name = sides[0].Trim();
                constants.Add((name, $"const @{name} : {(floats ? "f32" : "i64")}[{(scalar || floatScalar ? "" : numbers.Length)}] #h{name} = {{{elements}}}"));
            }
        }

        return (parts[0], constants);
    }
}
