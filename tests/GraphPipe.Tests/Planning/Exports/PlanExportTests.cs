using System.Text.RegularExpressions;
using GraphPipe.Bundle;
using GraphPipe.Planning;
using Xunit;

namespace GraphPipe.Tests.Planning.Exports;

public class PlanExportTests
{
    // Megatron's own examples, with what its comments say they stand for.
    [Theory]
    [InlineData("Ettt|(tt|)*29,m|L", 32)]
    [InlineData("Et*3|(tt|)*29,m|L", 32)]
    public void The_rules_read_Megatrons_examples(string layout, int stages)
    {
        var parsed = MegatronRules.Parse(layout);
        Assert.Equal(stages, parsed.Count);
        Assert.Equal(["Ettt", "tt", "m", "L"], [parsed[0], parsed[1], parsed[^2], parsed[^1]]);
    }

    [Theory]
    [InlineData("E|tttttttttttt|L", 8)]
    [InlineData("Ettt|ttt|ttt|tttL", 17)]
    [InlineData("Et|tt|tt|tt|tt|ttt|L", 15)]
    [InlineData("E|tt|tt|tt|tt|tt|tt|L", 10)]
    public void A_line_of_layers_becomes_Megatrons_layout(string stages, int longest)
    {
        int layers = stages.Count(c => c == 't');
        string layout = Export(Transformer(layers), LayerCuts(stages), PlanExportFormat.Megatron).TrimEnd('\n');
        Assert.Equal(stages.Split('|'), MegatronRules.Parse(layout));
        MegatronRules.Validate(layout, stages.Split('|').Length, layers);
        Assert.True(layout.Length <= longest, layout);
    }

    [Fact]
    public void A_border_inside_a_layer_is_named()
    {
        string message = Refusal(Transformer(4), ["/layers.0/Add_1", "/layers.2/attn/Softmax"], PlanExportFormat.Megatron);
        Assert.Contains("between stage 1 and stage 2", message);
        Assert.Contains("'/layers.2/Add', lies inside layer 2", message);
        Assert.DoesNotContain("stage 0 and stage 1", message);
        Assert.Contains("inside the head", Refusal(Transformer(4), ["/layers.3/Add_1", "/norm/LayerNormalization"], PlanExportFormat.Megatron));
    }

    [Fact]
    public void Megatron_wants_a_line_of_equal_layers()
    {
        Assert.Contains("no line of equal transformer layers", Refusal(CostGraphs.Chain(4), ["n1"], PlanExportFormat.Megatron));
        var unequal = Names(Transformer(3)).Where(n => n != "/layers.1/attn/Softmax").ToList();
        Assert.Contains("no line of equal transformer layers", Refusal(Line(unequal), ["/layers.0/Add_1"], PlanExportFormat.Megatron));
        var residual = Names(Transformer(3)).Select(n => n.Replace("Softmax", "Relu", StringComparison.Ordinal)).ToList();
        Assert.Contains("no line of equal transformer layers", Refusal(Line(residual), ["/layers.0/Add_1"], PlanExportFormat.Megatron));
        // A second stack of layers would vanish in the embedding.
        List<string> two = ["/in/Gather", .. new[] { 0, 1 }.SelectMany(l => new[] { "attn/MatMul", "attn/Softmax" }.Select(n => $"/tower.{l}/{n}")), .. Names(Transformer(3))];
        Assert.Contains("no line of equal transformer layers", Refusal(Line(two), ["/layers.0/Add_1"], PlanExportFormat.Megatron));
    }

    [Fact]
    public void Borders_between_modules_are_torchs_split_points()
    {
        string snippet = Export(Transformer(4), ["/Add", "/layers.1/Add_1", "/layers.2/attn/Softmax"], PlanExportFormat.Torch);
        var points = Regex.Matches(snippet, @"^    ""(.*)"": SplitPoint\.(BEGINNING|END),$", RegexOptions.Multiline).Select(m => (m.Groups[1].Value, m.Groups[2].Value));
        Assert.Equal([("layers.0", "BEGINNING"), ("layers.2", "BEGINNING"), ("layers.2.attn", "END")], points);
        Assert.StartsWith("from torch.distributed.pipelining import SplitPoint\n\nsplit_spec = {\n", snippet);
        Assert.EndsWith("\n}\n", snippet);
    }

    // As torch.onnx names a Sequential in a Sequential, a ModuleList, and the model's own forward.
    [Theory]
    [InlineData("/layer1/layer1.0/conv1/Conv", "layer1 layer1.0 layer1.0.conv1")]
    [InlineData("/model.2/m/m.0/cv1/Conv", "model.2 model.2.m model.2.m.0 model.2.m.0.cv1")]
    [InlineData("/tow.0/tow.0.1/qkv/MatMul", "tow.0 tow.0.1 tow.0.1.qkv")]
    [InlineData("/MatMul", "")]
    [InlineData("loss", "")]
    public void Nodes_lie_in_modules(string node, string modules)
    {
        string[] expected = modules.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var graph = Line(["/Begin", node, "/other/End"]);
        if (expected.Length == 0)
        {
            Assert.Contains("\"other\": SplitPoint.BEGINNING", Export(graph, [node], PlanExportFormat.Torch));
            return;
        }

        foreach (string module in expected)
        {
            Assert.Contains($"\"{expected[0]}\": SplitPoint.BEGINNING", Export(graph, ["/Begin"], PlanExportFormat.Torch));
            // A sibling in the enclosing module leaves only what is inside that as beginning here.
            int depth = Array.IndexOf(expected, module);
            string before = string.Concat(node.Split('/')[1..(depth + 1)].Select(p => "/" + p)) + "/Before";
            Assert.Contains($"\"{module}\": SplitPoint.BEGINNING", Export(Line([before, node, "/Last"]), [before], PlanExportFormat.Torch));
        }
    }

    [Fact]
    public void A_border_inside_a_module_is_named()
    {
        string message = Refusal(Line(["/a/One", "/a/Two", "/b/Three"]), ["/a/One"], PlanExportFormat.Torch);
        Assert.Contains("between stage 0 and stage 1, at '/a/Two', lies inside module 'a'", message);
    }

    [Theory]
    [InlineData(PlanExportFormat.Megatron)]
    [InlineData(PlanExportFormat.Torch)]
    [InlineData(PlanExportFormat.Csv)]
    public void Stages_side_by_side_are_no_chain(PlanExportFormat format)
    {
        var graph = CostGraphs.Build([.. new[] { "/a/A", "/b/B", "/c/C" }.Select((n, i) => CostGraphs.Node(i, n, 10))], [(0, 2), (1, 2)]);
        Assert.Contains("the stages are a graph, not a chain", Refusal(graph, ["/a/A", "/b/B"], format));
    }

    [Theory]
    [InlineData("GPipe", "gpipe")]
    [InlineData("1F1B", "1f1b")]
    public void A_schedule_equals_the_tables_of_PyTorch(string torch, string schedule)
    {
        string? data = RepositoryRoot.Data;
        Assert.SkipWhen(data is null, "no ../shared/data beside the checkout");
        foreach (string file in Directory.GetFiles(Path.Combine(data!, "schedules", "torch"), $"{torch}_*r_1s_*mb.csv"))
        {
            string[] parts = Path.GetFileNameWithoutExtension(file).Split('_');
            int devices = int.Parse(parts[1][..^1]), microBatches = int.Parse(parts[3][..^2]);
            var cuts = Enumerable.Range(0, devices - 1).Select(i => $"n{i}").ToArray();
            Assert.Equal(File.ReadAllText(file).ReplaceLineEndings("\n"), Export(CostGraphs.Chain(devices), cuts, PlanExportFormat.Csv, schedule, microBatches));
        }
    }

    private static CostGraph Line(IReadOnlyList<string> names) =>
        CostGraphs.Build([.. names.Select((n, i) => CostGraphs.Node(i, n, 10))], Enumerable.Range(0, names.Count - 1).Select(i => (i, i + 1)));

    private static List<string> Names(CostGraph graph) => [.. graph.Nodes.Select(n => n.Name)];

    private static CostGraph Transformer(int layers) => Line(
    [
        "/tok/Gather", "/Add",
        .. Enumerable.Range(0, layers).SelectMany(l => new[] { "ln1/LayerNormalization", "attn/MatMul", "attn/Softmax", "Add", "mlp/MatMul", "Add_1" }.Select(n => $"/layers.{l}/{n}")),
        "/norm/LayerNormalization", "/MatMul", "loss",
    ]);

    /// <summary>The last node of each stage of a layout in letters, but the last.</summary>
    private static string[] LayerCuts(string stages)
    {
        int layer = 0;
        return [.. stages.Split('|').SkipLast(1).Select(s => (layer += s.Count(c => c == 't')) == 0 ? "/Add" : $"/layers.{layer - 1}/Add_1")];
    }

    private static (string? Text, DiagnosticBag Diagnostics) Try(CostGraph graph, string[] cuts, PlanExportFormat format, string schedule, int microBatches)
    {
        var request = new PartitionRequest
        {
            Graph = graph,
            Topology = Topology.Parse($"{cuts.Length + 1}xv100", new DiagnosticBag())!,
            MiniBatch = microBatches,
            MicroBatch = MicroBatchChoice.Size(1),
            Schedule = schedule,
            Cuts = [.. cuts],
        };
        var bag = new DiagnosticBag();
        var plan = PartitionerTable.Find("manual", bag)!.Partition(request, bag);
        Assert.Empty(bag.All);
        Assert.Equal(cuts.Length + 1, plan!.Stages.Length);
        return (PlanExport.Write(plan, format, schedule, [.. request.Topology.Devices.Select(d => d.Name)], bag), bag);
    }

    private static string Export(CostGraph graph, string[] cuts, PlanExportFormat format, string schedule = "1f1b", int microBatches = 4)
    {
        var (text, diagnostics) = Try(graph, cuts, format, schedule, microBatches);
        Assert.Empty(diagnostics.All);
        return text!;
    }

    private static string Refusal(CostGraph graph, string[] cuts, PlanExportFormat format)
    {
        var (text, diagnostics) = Try(graph, cuts, format, "1f1b", 4);
        Assert.Null(text);
        Assert.All(diagnostics.All, d => Assert.Equal(Codes.PlanNotExportable, d.Code));
        return string.Join('\n', diagnostics.All);
    }
}
