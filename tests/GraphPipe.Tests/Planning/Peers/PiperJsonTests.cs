using GraphPipe.Bundle;
using GraphPipe.Planning.Peers;
using Xunit;

namespace GraphPipe.Tests.Planning.Peers;

public class PiperJsonTests
{
    [Fact]
    public void A_file_is_read()
    {
        var input = PiperInputs.Read(PiperInputs.Pair);
        Assert.Equal((4, 1000.0, 100.0, 8L), (input.Devices, input.MemoryPerDevice, input.Bandwidth, input.MicroBatches));
        Assert.Equal([7, 9], input.Nodes.Select(n => n.Id));
        Assert.Equal(new PiperEdge(0, 1, 50), Assert.Single(input.Edges));
        Assert.Equal(30, input.Nodes[0].Choices[2].Vanilla.SyncBackward[1]);
        Assert.Equal(6, input.Nodes[0].Choices[1].Recomputing!.Time);
        Assert.Null(input.Nodes[1].Choices[1].Recomputing);
    }

    [Fact]
    public void Which_configuration_recomputes_is_told_by_name()
    {
        string swapped = PiperInputs.Pair.Replace("\"activation recomp\"", "\"x\"").Replace("\"vanilla\", \"timePerSample\": 4", "\"activation recomp\", \"timePerSample\": 4").Replace("\"x\"", "\"vanilla\"");
        Assert.Equal((6.0, 4.0), (PiperInputs.Read(swapped).Nodes[0].Choices[1].Vanilla.Time, PiperInputs.Read(swapped).Nodes[0].Choices[1].Recomputing!.Time));
    }

    [Theory]
    [InlineData("\"id\": 9", "\"id\": 7", "2 nodes with the id 7")]
    [InlineData("\"maxDevices\": 4", "\"maxDevices\": 0", "'maxDevices' 0")]
    [InlineData("\"maxDevices\": 4,", "", "no number 'maxDevices'")]
    [InlineData("\"bandwidth\": 100", "\"bandwidth\": 0", "'bandwidth' 0")]
    [InlineData("\"mbsInBatch\": 8", "\"mbsInBatch\": 0", "'mbsInBatch' 0")]
    [InlineData("\"timePerSample\": 4", "\"timePerSample\": -4", "node 7 at tensor degree 1 has 'timePerSample' -4")]
    [InlineData("\"timePerSample\": 4,", "", "node 7 at tensor degree 1 has no number 'timePerSample'")]
    [InlineData("\"memoryUsageA\": 6", "\"memoryUsageA\": \"much\"", "node 9 at tensor degree 1 has 'memoryUsageA'")]
    [InlineData("\"2\": [", "\"two\": [", "node 7 has costs for 'two'")]
    [InlineData("\"2\": [", "\"1\": [", "no JSON")]
    [InlineData("\"TMPCs\"", "\"costs\"", "node 7 has no 'TMPCs'")]
    [InlineData("{\"9\": 30}", "{\"8\": 30}", "for node '8', which does not exist")]
    [InlineData("\"destId\": 9", "\"destId\": 8", "edge 0 names node 8, which does not exist")]
    [InlineData("\"destId\": 9", "\"destId\": 7", "edge 0 joins node 7 with itself")]
    [InlineData("\"communicationCost\": 50", "\"communicationCost\": -1", "edge 0 has 'communicationCost' -1")]
    [InlineData("\"communicationCost\": 50 }", "\"communicationCost\": 50 }, { \"sourceId\": 9, \"destId\": 7, \"communicationCost\": 1 }", "has a cycle, in or before node")]
    [InlineData("\"edges\"", "\"arcs\"", "has no list 'edges'")]
    [InlineData("{ \"maxMemory", "[ \"maxMemory", "is no JSON")]
    public void Faults_are_told_with_their_place(string old, string changed, string message)
    {
        Assert.Contains(old, PiperInputs.Pair);
        var diagnostics = new DiagnosticBag();
        Assert.Null(PiperJson.Read(PiperInputs.Pair.Replace(old, changed), "input.json", diagnostics));
        Assert.All(diagnostics.All, d => Assert.Equal(Codes.CostGraphMalformed, d.Code));
        Assert.Contains(diagnostics.All, d => d.Message.Contains(message, StringComparison.Ordinal) && d.Message.Length < 200);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("{ \"nodes\": 3, \"edges\": [] }")]
    [InlineData("{ \"maxMemoryPerDevice\": 1, \"maxDevices\": 1, \"bandwidth\": 1, \"mbsInBatch\": 1, \"nodes\": [], \"edges\": [] }")]
    [InlineData("{ \"maxMemoryPerDevice\": 1, \"maxDevices\": 1, \"bandwidth\": 1, \"mbsInBatch\": 1, \"nodes\": [1, null], \"edges\": [4] }")]
    public void What_is_no_input_is_refused(string text)
    {
        var diagnostics = new DiagnosticBag();
        Assert.Null(PiperJson.Read(text, "input.json", diagnostics));
        Assert.NotEmpty(diagnostics.All);
    }
}
