using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;
using GraphPipe.Ops;
using GraphPipe.Passes;
using Xunit;

namespace GraphPipe.Tests.Passes;

/// <summary>
/// Golden tests: <c>tests/golden/&lt;pass&gt;/&lt;case&gt;.gpir</c> holds a module, a line <c>// ----</c>, and the module (or the diagnostics) that the pass makes
/// of it. With GRAPHPIPE_BLESS=1 the second half is written anew; read the difference before it is committed.
/// </summary>
public class GoldenTests
{
    private const string Divider = "// ----\n";

    public static TheoryData<string> Cases()
    {
        var data = new TheoryData<string>();
        foreach (string file in Directory.EnumerateFiles(Folder, "*.gpir", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            data.Add(Path.GetRelativePath(Folder, file).Replace('\\', '/'));
        return data;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Pass_does_what_the_golden_file_says(string name)
    {
        string path = Path.Combine(Folder, name);
        string[] halves = File.ReadAllText(path).Split(Divider, 2);
        string expected = halves.Length > 1 ? halves[1] : "";
        string actual = Run(name.Split('/')[0], Parser.Parse(halves[0], file: name));
        if (Environment.GetEnvironmentVariable("GRAPHPIPE_BLESS") == "1")
            File.WriteAllText(path, halves[0].TrimEnd('\n') + "\n" + Divider + actual);
        else
            Assert.Equal(expected, actual);
    }

    private static string Folder => Path.Combine(RepositoryRoot.Folder, "tests", "golden");

    private static string Run(string pass, Module module)
    {
        var bag = new DiagnosticBag();
        Verifier.Verify(module, bag);
        Assert.False(bag.HasErrors, string.Join('\n', bag.All));
        try
        {
            var result = PassManager.Run(module, Passes(pass, module), bag, new PassOptions { VerifyEach = true });
            string text = Printer.Print(result);
            Assert.Equal(text, Printer.Print(Parser.Parse(text, TensorSource.Of(result))));
            return string.Concat(bag.All.Select(d => $"// {d.ToString().Replace("\n", "\n// ", StringComparison.Ordinal)}\n")) + text;
        }
        catch (DiagnosticException e)
        {
            return string.Concat(e.Diagnostics.Select(d => $"// {d.ToString().Replace("\n", "\n// ", StringComparison.Ordinal)}\n"));
        }
    }

    // A golden test of a pass starts where the pass starts; stages, where a pass needs them, are stated by stage(n) in the input.
    private static ImmutableArray<IPass> Passes(string name, Module module)
    {
        var registry = OperatorRegistry.Standard;
        var sgd = new OptimizerSettings("sgd", 0.1, 0.9, false, 0, 0, 0, 0);
        var goal = new TrainingGoal(LossKind.Mse, null, "target", -100, sgd);
        return name switch
        {
            "assign-roles" => [new AssignRoles(registry, ["frozen.*"])],
            "bind-dimensions" => [new BindDimensions(Sizes(module), null)],
            "repair-batch" => [new RepairBatch(registry), new InferShapes(registry)],
            "fold-constants" => [new InferShapes(registry), new FoldConstants(registry)],
            "resolve-operands" => [new InferShapes(registry), new FoldConstants(registry), new ResolveOperands(registry), new RemoveDeadCode(Level.Onnx)],
            "widen-halves" => [new WidenHalves(registry)],
            "decompose" => [new InferShapes(registry), new FoldConstants(registry), new ResolveOperands(registry), new InferShapes(registry), new RemoveDeadCode(Level.Onnx), new Decompose(registry), new RemoveDeadCode(Level.Core)],
            "rewrite" => [new Rewrite(registry)],
            "mark-batch-axis" => [new MarkBatchAxis(registry, mayMix: false, goal)],
            "differentiate" => [new AddLoss(registry, goal, mayMix: false), new Differentiate(registry)],
            "keep-halves" => [new AddLoss(registry, goal, mayMix: false), new Differentiate(registry), new KeepHalves(registry)],
            "order-sums" => [new OrderSums(Stated(module))],
            "recompute-forward" => [new RecomputeForward([.. module.Stages.Select(s => s.Id)])],
            "insert-communication" => [new InsertCommunication()],
            "split-backward" => [new InsertCommunication(), new SplitBackward([.. module.Stages.Select(s => s.Id)])],
            "replicate" => [new InsertCommunication(), new Replicate(FirstOnTwo(module))],
            "replicate-in-turns" => [new InsertCommunication(), new Replicate([.. module.Stages.Select((s, i) => new StageDevices([new(i), new(1 - i)], Turn: 2))])],
            "predict-weights" => [new InsertCommunication(), new ShareParameters(shardOptimizer: false), new PredictWeights()],
            "share-parameters" => [new InsertCommunication(), new ShareParameters(shardOptimizer: false)],
            "share-parameters-of-replicas" => [new InsertCommunication(), new Replicate(FirstOnTwo(module)), new ShareParameters(shardOptimizer: false)],
            "share-parameters-sharded" => [new InsertCommunication(), new Replicate(FirstOnTwo(module)), new ShareParameters(shardOptimizer: true)],
            _ => throw new InvalidOperationException($"no pass is called {name}"),
        };
    }

    private static ImmutableSortedDictionary<string, long> Sizes(Module module) =>
        module.Graph.Inputs.Any(i => module[i].Tensor?.Shape?.Contains("seq") == true) ? ImmutableSortedDictionary<string, long>.Empty.Add("seq", 16) : ImmutableSortedDictionary<string, long>.Empty;

    // The first stage on the first two devices, every other one on one of its own.
    private static ImmutableArray<StageDevices> FirstOnTwo(Module module) =>
        [.. module.Stages.Select((s, i) => new StageDevices(i == 0 ? [new(0), new(1)] : [new(i + 1)]))];

    private static StageAssignment Stated(Module module) =>
        new(module.Graph.Ops.Where(op => op.Origin.IsNone).ToDictionary(op => op.Id, op => op.Stage ?? new StageId(0)));
}
