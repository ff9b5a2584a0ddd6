using GraphPipe.Bundle;
using GraphPipe.Compiler;
using GraphPipe.Core;
using GraphPipe.Models;
using GraphPipe.Onnx;
using GraphPipe.Planning;
using GraphPipe.Runtime;
using GraphPipe.Tests.Bundle;

namespace GraphPipe.Tests.Api;

/// <summary>Small models, verified as pipelines: against one stage bit by bit, and against the same model without micro-batches.</summary>
internal static class VerifiedModels
{
    public static ModelBuilder Builder() => new("m", seed: 1);

    /// <summary>Verifies a model that the builder holds.</summary>
    /// <param name="breakSumOrder">See <see cref="PipelineVerifier.BreakSumOrder"/>.</param>
    public static VerificationResult Verify(ModelBuilder builder, CompileOptions options, bool breakSumOrder = false)
    {
        using var folder = new TemporaryFolder();
        string path = Save(builder, folder["m.onnx"]);
        return new PipelineVerifier(new DeviceOptions()) { BreakSumOrder = breakSumOrder }.Verify(path, options, bundle =>
            [.. new SyntheticSource(InputSpec.Of(bundle.Stages.Select(s => s.Program)), bundle.Manifest.MiniBatch, 2, seed: 5, SyntheticLimits.Of(bundle, ModelHints.None)).Epoch(0)]);
    }

    public static string Save(ModelBuilder builder, string path)
    {
        AtomicFile.Write(path, OnnxExport.Write(builder.Build()));
        return path;
    }

    /// <summary>The plan that a model gets, with other devices, micro-batches or the like.</summary>
    /// <param name="change">Gets a stage's number and what the plan says about it.</param>
    public static PipelinePlan Replan(ModelBuilder builder, CompileOptions options, Func<int, StageChoice, StageChoice> change)
    {
        using var folder = new TemporaryFolder();
        return Replan(OnnxModel.Load(Save(builder, folder["m.onnx"])), options, change);
    }

    /// <inheritdoc cref="Replan(ModelBuilder, CompileOptions, Func{int, StageChoice, StageChoice})"/>
    public static PipelinePlan Replan(OnnxModel model, CompileOptions options, Func<int, StageChoice, StageChoice> change)
    {
        var compiler = new ModelCompiler(model, options);
        var costs = compiler.ToCosts(compiler.ToGraph());
        var request = compiler.ToRequest(costs);
        var plan = compiler.ToPlan(costs);
        var place = costs.Graph.Nodes.Select((n, i) => (n.Id, i)).ToDictionary(p => p.Id, p => new CostNodeId(p.i));
        return Objective.Evaluate(
            request,
            [.. plan.Stages.Select((s, i) => change(i, new StageChoice([.. s.Nodes.Select(n => place[n])], [new DeviceId(i)], s.MicroBatch, Recompute: s.Recompute)))],
            plan.Pipeline, plan.Partitioner, ScheduleTable.Find(plan.Schedule, new DiagnosticBag())!);
    }

    /// <summary>The stages of the options' plan, each on as many devices as is said, and on a mesh with that many.</summary>
    public static CompileOptions Replicated(ModelBuilder builder, CompileOptions options, params ReadOnlySpan<int> replicas)
    {
        int[] counts = [.. replicas];
        int[] first = [.. counts.Select((_, i) => counts[..i].Sum())];
        var mesh = options with { Mesh = DeviceMesh.Cpu(counts.Sum()) };
        var plan = Replan(builder, mesh, (i, s) => s with { Devices = [.. Enumerable.Range(first[i], counts[i]).Select(d => new DeviceId(d))] });
        return mesh with { Stages = null, Plan = plan };
    }

    public static CompileOptions Options(int stages, long microBatches, LossKind loss = LossKind.Mse) => new()
    {
        Loss = loss,
        Mesh = DeviceMesh.Cpu(stages),
        Stages = stages,
        MiniBatch = 8,
        MicroBatch = MicroBatchChoice.Of(microBatches),
        Optimizer = new("sgd", 0.1, 0.9, false, 0, 0, 0, 0),
    };

    /// <summary>gelu(x·w + b), layer after layer, and a head.</summary>
    public static ModelBuilder Chain(int layers, int width)
    {
        var b = Builder();
        var h = b.Input("x", DType.F32, 16);
        for (int i = 0; i < layers; i++)
            h = b.Gelu(b.Linear($"fc{i}", h, width));
        b.Output("y", b.Linear("head", h, 4));
        return b;
    }

    /// <summary>Two towers on one prefix that also skips to the end, where it is reshaped; the weight of a tower is used twice.</summary>
    public static ModelBuilder Branches()
    {
        var b = Builder();
        var prefix = b.LayerNorm("norm", b.Linear("in", b.Input("x", DType.F32, 12), 24));
        var tied = b.Parameter("tied", [24, 24], InitialWeights.ForInputs(24));
        var left = b.Gelu(b.MatMul(b.Gelu(b.MatMul(prefix, tied)), tied));
        var right = b.Softmax(b.Linear("right", b.Relu(prefix), 24));
        var joined = b.Add(b.Mul(left, right), b.Reshape(b.Reshape(prefix, 4, 6), 24));
        b.Output("y", b.Linear("out", joined, 5));
        return b;
    }

    /// <summary>(x·w)², of shape [N,4].</summary>
    public static ValueId Squares(ModelBuilder b, out ValueId weight)
    {
        var x = b.Input("x", DType.F32, 6);
        weight = b.Parameter("w", [6, 4], InitialWeights.ForInputs(6));
        var y = b.MatMul(x, weight);
        return b.Mul(y, y);
    }
}
