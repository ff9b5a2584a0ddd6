using GraphPipe.Bundle;
using GraphPipe.Compiler;
using GraphPipe.Core;
using GraphPipe.Models;
using GraphPipe.Onnx;
using GraphPipe.Planning;
using GraphPipe.Runtime;
using GraphPipe.Tests.Bundle;
using Xunit;

namespace GraphPipe.Tests.Api;

/// <summary>Models of f16 and bf16 from file to file: the numbers, what is stored, checkpoints, export, and what can't be done.</summary>
public class HalfTrainingTests
{
    public static TheoryData<DType> Halves => [DType.F16, DType.BF16];

    [Theory]
    [InlineData("gpt-small", DType.F16, 2)]
    [InlineData("gpt-small", DType.BF16, 4)]
    [InlineData("resnet-small", DType.BF16, 2)]
    [InlineData("vlm-small", DType.F16, 3)]
    [InlineData("dlrm-small", DType.F16, 2)]
    [InlineData("candle-uno-small", DType.BF16, 3)]
    public void A_pipeline_has_the_bits_of_one_stage(string name, DType half, int stages)
    {
        var built = ModelCatalog.Build(name);
        using var folder = new TemporaryFolder();
        AtomicFile.Write(folder["m.onnx"], OnnxExport.Write(HalfModels.Of(built.Module, half)));
        var result = new PipelineVerifier(new DeviceOptions { Fallback = null }).Verify(folder["m.onnx"], Options(stages) with { Loss = built.Loss, Freeze = built.Frozen }, bundle =>
            [.. new SyntheticSource(InputSpec.Of(bundle.Stages.Select(s => s.Program)), bundle.Manifest.MiniBatch, 2, seed: 5, built.Ranges).Epoch(0)]);
        Assert.True(result.BitEqual, result.Difference);
        Assert.All(result.Checks, c => Assert.True(c.Passed, $"{c.Name}: {c.RelativeError} of {c.Tolerance}"));
    }

    /// <summary>Every op's result is rounded once: of the parameters nearly all have the very bits of a computation in double precision with the same roundings.</summary>
    [Theory]
    [MemberData(nameof(Halves))]
    public void Training_rounds_where_the_model_hands_on_halves(DType half)
    {
        var model = OnnxModel.Parse(OnnxExport.Write(HalfModels.Of(TwoLayers().Build(), half)));
        using var session = new TrainingSession(ModelCompiler.Compile(model, Options(2)).Bundle);
        var reference = new HalfReference(half, session.Weights(), rate: 0.1, momentum: 0.9);
        // One rounding that falls the other way is all that f32 and double precision may differ by.
        double unit = half == DType.F16 ? 1.0 / 2048 : 1.0 / 256;
        foreach (var batch in new SyntheticSource(session.Executor.Inputs, 8, 5, seed: 3).Epoch(0))
        {
            Assert.Equal((half, DType.F32), (batch["x"].Type, batch["target"].Type));
            double loss = reference.Step(batch["x"], batch["target"]);
            Assert.Equal(loss, session.Step(batch).Loss, unit / 10 * loss);
            foreach (var (name, gradient) in reference.Gradients)
                Assert.InRange(Comparison.RelativeError(gradient.Length, session.Executor.GetGradient(name).DoubleAt, i => gradient[i]), 0, unit);
        }

        int elements = 0, unlike = 0;
        foreach (var (name, expected) in reference.Weights)
        {
            var actual = session.Executor.GetParameter(name);
            var gradient = session.Executor.GetGradient(name);
            Assert.Equal((half, DType.F32, DType.F32), (actual.Type, gradient.Type, session.Executor.GetState(name, "momentum").Type));
            for (int i = 0; i < expected.Length; i++)
            {
                elements++;
                unlike += actual.DoubleAt(i) == expected[i] ? 0 : 1;
            }
        }

        Assert.True(unlike <= elements / 50, $"{unlike} of {elements}");
    }

    [Theory]
    [MemberData(nameof(Halves))]
    public void What_is_stored_sent_and_saved_is_half_as_large(DType half)
    {
        var (wide, narrow) = (Compile(DType.F32), Compile(half));
        foreach (var program in narrow.Bundle.Stages.Select(s => s.Program))
        {
            Assert.All(program.Ports, p => Assert.Equal(half, program[p.Buffer].Type));
            Assert.All(program.Functions.SelectMany(f => f.Calls), c => Assert.True(c.OnnxModel.IsEmpty, $"{c.Kernel} has a model for devices without a kernel"));
            Assert.All(program.Buffers.Where(b => b.Life is BufferLife.Activation or BufferLife.InputActivation && b.Shape.Rank > 0 && b.Name != "target"), b => Assert.True(b.Type == half, b.ToString()));
            foreach (var parameter in program.Parameters.Where(p => p.Role == ParameterRole.Trained))
            {
                Assert.Equal(half, program[parameter.Buffer].Type);
                Assert.All(parameter.States.Select(s => s.Buffer).Append(parameter.Accumulator), b => Assert.Equal(DType.F32, program[b].Type));
            }
        }

        long Slots(CompiledPipeline pipeline) => pipeline.Memory.Devices[0].Slots.Value;
        Assert.InRange(Slots(narrow), 0, Slots(wide) * 11 / 20);
    }

    [Theory]
    [InlineData("recompute")]
    [InlineData("zb-h1")]
    [InlineData("pipedream-2bw")]
    [InlineData("xpipe")]
    [InlineData("offload")]
    public void Whichever_way_a_pipeline_goes_it_has_the_bits_of_one_device(string way)
    {
        var adam = new OptimizerSettings("adam", 0.01, 0, false, 0, 0.9, 0.999, 1e-8);
        var options = Options(3) with { MiniBatch = 16, Loss = LossKind.CrossEntropy, Optimizer = adam };
        options = way switch
        {
            "recompute" => options with { Recompute = RecomputeChoice.All },
            "offload" => options with { Offload = OffloadChoice.Full },
            "pipedream-2bw" => options with { Schedule = "pipedream-2bw", MicroBatch = MicroBatchChoice.Of(8) },
            "xpipe" => options with { Schedule = "xpipe", MicroBatch = MicroBatchChoice.Of(8) },
            _ => options with { Schedule = way },
        };
        foreach (var half in (DType[])[DType.F16, DType.BF16])
        {
            // What updates by itself shares no parameter.
            var result = Verify(way is "pipedream-2bw" or "xpipe" ? VerifiedModels.Chain(4, 24) : VerifiedModels.Branches(), half, options);
            Assert.True(result.BitEqual, result.Difference);
            Assert.True(result.Passed);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Replicas_add_up_the_gradients_of_one_device(bool shardOptimizer)
    {
        var options = Options(2) with { Mesh = DeviceMesh.Cpu(4), ShardOptimizer = shardOptimizer };
        foreach (var half in (DType[])[DType.F16, DType.BF16])
        {
            var model = OnnxModel.Parse(OnnxExport.Write(HalfModels.Of(VerifiedModels.Branches().Build(), half)));
            var plan = VerifiedModels.Replan(model, options, (i, s) => s with { Devices = [new DeviceId(2 * i), new DeviceId(2 * i + 1)] });
            var result = Verify(VerifiedModels.Branches(), half, options with { Stages = null, Plan = plan });
            Assert.True(result.Passed, $"{result.Checks[0].RelativeError}");
        }
    }

    [Theory]
    [MemberData(nameof(Halves))]
    public void A_checkpoint_goes_on_where_it_was_and_an_export_is_of_the_same_type(DType half)
    {
        using var folder = new TemporaryFolder();
        var bundle = ModelCompiler.Compile(OnnxModel.Parse(OnnxExport.Write(HalfModels.Of(TwoLayers().Build(), half))), Options(2)).Bundle;
        BundleWriter.Write(bundle, folder["m.gpb"]);
        using var first = TrainingSession.Load(folder["m.gpb"]);
        var batches = new SyntheticSource(first.Executor.Inputs, 8, 3, seed: 3).Epoch(0).ToList();
        first.Step(batches[0]);
        first.SaveCheckpoint(folder["c"], new TrainingPosition(1, 0, 1, 0));
        using var second = TrainingSession.Load(folder["m.gpb"]);
        second.LoadCheckpoint(folder["c"]);
        foreach (var batch in batches.Skip(1))
            Assert.Equal(first.Step(batch).Loss, second.Step(batch).Loss);
        var exported = OnnxModel.Parse(second.ToOnnx()).ToModule();
        Assert.Equal(4, exported.Parameters.Length);
        foreach (var parameter in exported.Parameters)
        {
            Assert.Equal(half, parameter.Data!.Type);
            Assert.True(parameter.Data.SameAs(first.Executor.GetParameter(exported[parameter.Value].Name)));
        }
    }

    /// <summary>After twenty steps of AdamW, whose learning rate is far above the halves' steps, the loss is that of the same model in f32 but for a few units.</summary>
    [Theory]
    [InlineData(DType.F16, 0.01)]
    [InlineData(DType.BF16, 0.05)]
    public void Models_of_halves_learn_as_those_of_f32(DType half, double tolerance)
    {
        var built = ModelCatalog.Build("gpt-small");
        double Learned(Module module)
        {
            var bundle = ModelCompiler.Compile(OnnxModel.Parse(OnnxExport.Write(module)), Options(2) with { Loss = built.Loss, Optimizer = new OptimizerSettings("adamw", 0.003, 0, false, 0.01, 0.9, 0.999, 1e-8) }).Bundle;
            using var session = new TrainingSession(bundle);
            var source = new SyntheticSource(session.Executor.Inputs, 8, 1, seed: 2, built.Ranges);
            double before = session.Evaluate(source);
            for (int step = 0; step < 20; step++)
                session.Step(source.Epoch(0).First());
            double after = session.Evaluate(source);
            Assert.True(after < 0.8 * before, $"{before} to {after}");
            return after;
        }

        double wide = Learned(built.Module), narrow = Learned(HalfModels.Of(built.Module, half));
        Assert.InRange(narrow, wide * (1 - tolerance), wide * (1 + tolerance));
    }

    /// <summary>What is kept for the backward of whole models is halves, but for what is f32 by its nature: statistics and scales.</summary>
    [Theory]
    [InlineData("gpt-small")]
    [InlineData("vlm-small")]
    [InlineData("resnet-small")]
    [InlineData("dlrm-small")]
    public void Models_save_halves(string name)
    {
        var built = ModelCatalog.Build(name);
        var bundle = ModelCompiler.Compile(OnnxModel.Parse(OnnxExport.Write(HalfModels.Of(built.Module, DType.F16))), Options(2) with { Loss = built.Loss, Freeze = built.Frozen }).Bundle;
        var saved = bundle.Stages.SelectMany(s => s.Program.Buffers).Where(b => b.Life is BufferLife.Activation or BufferLife.InputActivation && b.AliasOf.IsNone && b.Type.IsFloat()).ToLookup(b => b.Type, b => (b.Name, Elements: b.Shape.Elements.At(2)));
        long wide = saved[DType.F32].Sum(b => b.Elements), halves = saved[DType.F16].Sum(b => b.Elements);
        Assert.True(wide * 10 <= halves, $"{wide} of f32, {halves} of f16: {string.Join(", ", saved[DType.F32].OrderByDescending(b => b.Elements).Take(6))}");
    }

    [Theory]
    [InlineData("mean")]
    [InlineData("mean and weight decay")]
    public void A_loss_of_the_model_may_be_a_half(string loss)
    {
        var b = VerifiedModels.Builder();
        var squares = VerifiedModels.Squares(b, out var w);
        var mean = b.ReduceMean(squares, 0, 1);
        b.Output("l", loss == "mean" ? mean : b.Add(mean, b.Mul(b.ReduceSum(b.Mul(w, w), 0, 1), b.Scalar(0.1f))));
        var result = Verify(b, DType.F16, VerifiedModels.Options(2, 4, LossKind.Output));
        Assert.True(result.Passed, $"{result.Difference}, {result.Checks[0].RelativeError}");
    }

    [Fact]
    public void A_loss_beyond_f16_is_not_finite()
    {
        var b = VerifiedModels.Builder();
        b.Output("y", b.Mul(b.Linear("fc1", b.Input("x", DType.F32, 6), 8), b.Scalar(60000)));
        var model = OnnxModel.Parse(OnnxExport.Write(HalfModels.Of(b.Build(), DType.F16)));
        using var session = new TrainingSession(ModelCompiler.Compile(model, Options(1)).Bundle);
        var x = TensorData.Of<Half>(DType.F16, [8, 6], [.. Enumerable.Repeat((Half)100, 48)]);
        var error = Assert.Throws<DiagnosticException>(() => session.Step(new MiniBatch(8, [new("x", x), new("target", TensorData.Floats([8, 8], new float[64]))])));
        Assert.Equal(Codes.LossNotFinite, error.Diagnostics[0].Code);
    }

    private static VerificationResult Verify(ModelBuilder builder, DType half, CompileOptions options)
    {
        using var folder = new TemporaryFolder();
        AtomicFile.Write(folder["m.onnx"], OnnxExport.Write(HalfModels.Of(builder.Build(), half)));
        return new PipelineVerifier(new DeviceOptions { Fallback = null }).Verify(folder["m.onnx"], options, bundle =>
            [.. new SyntheticSource(InputSpec.Of(bundle.Stages.Select(s => s.Program)), bundle.Manifest.MiniBatch, 2, seed: 5, SyntheticLimits.Of(bundle, ModelHints.None)).Epoch(0)]);
    }

    private static ModelBuilder TwoLayers()
    {
        var b = VerifiedModels.Builder();
        b.Output("y", b.Linear("fc2", b.Emit("Tanh", [b.Linear("fc1", b.Input("x", DType.F32, 6), 24)]), 5));
        return b;
    }

    private static CompiledPipeline Compile(DType type)
    {
        var module = VerifiedModels.Chain(4, 64).Build();
        return ModelCompiler.Compile(OnnxModel.Parse(OnnxExport.Write(type.IsHalf() ? HalfModels.Of(module, type) : module)), Options(2));
    }

    private static CompileOptions Options(int stages) => VerifiedModels.Options(stages, 4);
}
