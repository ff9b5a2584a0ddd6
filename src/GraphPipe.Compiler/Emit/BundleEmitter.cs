using System.Collections.Immutable;
using System.Reflection;
using GraphPipe.Bundle;
using GraphPipe.Core;
using GraphPipe.Onnx;
using GraphPipe.Ops;
using Module = GraphPipe.Core.Module;

namespace GraphPipe.Compiler;

/// <summary>Makes the bundle of a comm-level module and its execution plan.</summary>
internal static class BundleEmitter
{
    /// <param name="outputs">The model's outputs, in its order.</param>
    public static StageBundle Emit(OnnxModel model, Module module, ExecutionPlan plan, CompileOptions options, IReadOnlyList<string> outputs)
    {
        var owners = Owners(module);
        var stages = module.Stages.Select(stage => Stage(module, stage, owners)).ToImmutableArray();
        var stored = stages.SelectMany(s => s.Weights.Keys).ToHashSet();
        return new StageBundle(Manifest(model, module, plan, options, stages, owners, outputs), plan, stages, model.Skeleton(isStoredElsewhere: stored.Contains));
    }

    private static Dictionary<ValueId, StageId> Owners(Module module)
    {
        var owners = new Dictionary<ValueId, StageId>();
        foreach (var stage in module.Stages)
        {
            foreach (var op in stage.Function(FunctionKind.Update).Ops.Where(op => op.Is("train", "Sgd") || op.Is("train", "Adam") || op.Is("train", "AdamW")))
                owners.TryAdd(op.Operands[0], stage.Id); // Replicas that all step their own copies are equal: the first stands for them.
        }

        return owners;
    }

    private static BundledStage Stage(Module module, Stage stage, Dictionary<ValueId, StageId> owners)
    {
        var program = StageEmitter.Emit(module, stage, OperatorRegistry.Standard, owners);
        var data = module.Parameters.ToDictionary(p => module[p.Value].Name, p => p.Data!, StringComparer.Ordinal);
        var weights = program.Parameters.ToDictionary(p => p.Name, p => data[p.Name], StringComparer.Ordinal);
        var forward = OnnxExport.Write(CoreToOnnx.Convert(module, stage.Function(FunctionKind.Forward), module.Parameters, stage.Name));
        return new BundledStage(program, Printer.Print(OnlyStage(module, stage)), forward, weights);
    }

    // The module with this stage's functions alone; the others stay as headers, since channels name them.
    private static Module OnlyStage(Module module, Stage stage)
    {
        var used = stage.Functions.SelectMany(f => f.Body.Ops).SelectMany(op => op.Operands).ToHashSet();
        var alone = module with
        {
            Stages = [.. module.Stages.Select(s => s.Id == stage.Id ? s : s with { Functions = [] })],
            Feeds = [.. module.Feeds.Where(f => stage.Functions.Any(b => b.Body.Inputs.Contains(f.Value)))],
            Variables = [.. module.Variables.Where(v => used.Contains(v.Value))],
            Loss = module.Loss is { } loss && stage.Function(FunctionKind.Loss).Outputs.Contains(loss.Value) ? loss : null,
        };
        return ModuleCleaner.Compact(alone, _ => false);
    }

    private static Manifest Manifest(
        OnnxModel model, Module module, ExecutionPlan plan, CompileOptions options, ImmutableArray<BundledStage> stages, Dictionary<ValueId, StageId> owners, IReadOnlyList<string> order)
    {
        var inputs = stages.SelectMany(s => s.Program.Feeds.Select(f => (s.Program, Feed: f))).ToList();
        ModelTensor Tensor((StageProgram Program, FeedDecl Feed) fed) => new(fed.Feed.Name, fed.Program[fed.Feed.Buffer].Type, fed.Program[fed.Feed.Buffer].Shape, fed.Program[fed.Feed.Buffer].Batch);
        var byName = stages.SelectMany(s => s.Program.Parameters.Select(p => (s.Program, Parameter: p))).GroupBy(p => p.Parameter.Name, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal);
        return new Manifest(
            ToolVersion(),
            module.Name,
            model.Sha256,
            options.IsTraining ? BundlePurpose.Train : BundlePurpose.Inference,
            Dim.BatchSymbol,
            options.MiniBatch,
            options.IsTraining ? options.Optimizer : null,
            module.Loss?.Settings ?? LossSettings.None,
            [.. inputs.Where(f => f.Feed.Kind == FeedKind.Input).DistinctBy(f => f.Feed.Name).Select(Tensor)],
            [.. stages.SelectMany(s => s.Program.Outputs.Select(o => new ModelTensor(o.Name, s.Program[o.Buffer].Type, s.Program[o.Buffer].Shape, s.Program[o.Buffer].Batch))).DistinctBy(o => o.Name).OrderBy(o => order.ToList().IndexOf(o.Name))],
            inputs.Where(f => f.Feed.Kind == FeedKind.Target).Select(Tensor).FirstOrDefault(),
            plan.Mesh,
            [.. byName.Select(g => g.First()).Select(p => new ManifestParameter(p.Parameter.Name, p.Parameter.Role, p.Parameter.Owner, p.Program[p.Parameter.Buffer].Type, p.Program[p.Parameter.Buffer].Shape))],
            [],
            null);
    }

    private static string ToolVersion() =>
        typeof(BundleEmitter).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";
}
