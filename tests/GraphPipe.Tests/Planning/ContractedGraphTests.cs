using CsCheck;
using GraphPipe.Bundle;
using GraphPipe.Planning;
using Xunit;

namespace GraphPipe.Tests.Planning;

/// <summary>Graphs of layers cost what the graphs of their operators cost.</summary>
public sealed class ContractedGraphTests
{
    [Fact]
    public void Stages_of_whole_groups_have_the_same_figures() => (
        from graph in CostGraphs.RandomOf(4, 24)
        from size in Gen.Int[2, 5]
        select (graph, size)).Sample(sample =>
    {
        // Runs of the topological order never close a circle.
        var place = sample.graph.TopologicalOrder.Select((id, i) => (sample.graph[id].Name, i)).ToDictionary(p => p.Name, p => p.i);
        var diagnostics = new DiagnosticBag();
        var contracted = ContractedGraph.Of(sample.graph, n => $"g{place[n.Name] / sample.size}", diagnostics)!;
        var plan = CostGraphs.Plan("uniform", CostGraphs.Request(contracted, Math.Min(3, contracted.Nodes.Length)));
        var request = CostGraphs.Request(sample.graph, plan.Stages.Length);
        var groups = sample.graph.Nodes.ToLookup(n => contracted.Nodes.Single(g => g.Name == $"g{place[n.Name] / sample.size}").Id);
        var whole = plan with
        {
            Stages = [.. plan.Stages.Select(s => s with { Nodes = [.. s.Nodes.SelectMany(g => groups[g]).Select(n => n.Id)], NodeNames = [.. s.Nodes.SelectMany(g => groups[g]).Select(n => n.Name)] })],
        };
        Assert.Empty(Objective.Validate(request, whole));
    });

    [Fact]
    public void Groups_in_a_circle_are_refused()
    {
        var diagnostics = new DiagnosticBag();
        Assert.Null(ContractedGraph.Of(CostGraphs.Chain(3), n => n.Id == 1 ? "middle" : "ends", diagnostics));
        Assert.Contains(diagnostics.All, d => d.Code == Codes.CostGraphMalformed);
    }
}
