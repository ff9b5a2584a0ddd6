using GraphPipe.Bundle;
using GraphPipe.Planning.Peers;
using Xunit;

namespace GraphPipe.Tests.Planning.Peers;

public class PipeDreamProfileTextTests
{
    [Theory]
    [InlineData("node3 --", "node2 --", "line 4, has node 'node2' for the second time")]
    [InlineData("forward_compute_time=2.000, backward_compute_time=4.000", "forward_compute_time=-2.000, backward_compute_time=4.000", "line 4, node 'node3', has 'forward_compute_time' -2.000")]
    [InlineData("forward_compute_time=2.000, backward_compute_time=4.000", "backward_compute_time=4.000", "line 4, node 'node3', has no 'forward_compute_time'")]
    [InlineData("activation_size=30.0", "activation_size=many", "line 4, node 'node3', has 'activation_size' many")]
    [InlineData("activation_size=30.0", "activation_size=NaN", "line 4, node 'node3', has 'activation_size' NaN")]
    [InlineData("[10.0; 2.5]", "[10.0; -2.5]", "line 3, node 'node2', has 'activation_size' [10.0; -2.5]")]
    [InlineData("parameter_size=300.000", "parameter_size=300.000, parameter_size=1", "line 4, node 'node3', has 'parameter_size' twice")]
    [InlineData("\tnode3 -- node4", "\tnode3 -- node9", "line 11, names node 'node9', which does not exist")]
    [InlineData("\tnode3 -- node4", "\tnode3 -- node3", "line 11, joins node 'node3' with itself")]
    [InlineData("\tnode3 -- node4", "\tnode3 node4", "line 11, is no edge")]
    [InlineData("\tnode3 -- node4", "\tnode4 -- node3", "", false)]
    [InlineData("\tnode3 -- node4", "\tnode3 -- node4\n\tnode5 -- node1", "has a cycle, in or before node 'node")]
    [InlineData("node4 -- Linear --", "node4 Linear --", "line 5, is no node")]
    public void Faults_are_told_with_their_line(string old, string changed, string message, bool isFault = true)
    {
        Assert.Contains(old, PipeDreamProfiles.Diamond);
        var diagnostics = new DiagnosticBag();
        Assert.Equal(isFault, PipeDreamProfileText.Read(PipeDreamProfiles.Diamond.Replace(old, changed), "x.graph.txt", diagnostics) is null);
        Assert.All(diagnostics.All, d => Assert.Equal(Codes.CostGraphMalformed, d.Code));
        if (isFault)
            Assert.Contains(diagnostics.All, d => d.Message.Contains(message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n\n")]
    [InlineData("{ \"nodes\": [] }")]
    [InlineData("node1 -- Input0 -- forward_compute_time=0, backward_compute_time=0, activation_size=0, parameter_size=0\n")]
    public void What_is_no_profile_is_refused(string text)
    {
        var diagnostics = new DiagnosticBag();
        Assert.Null(PipeDreamProfileText.Read(text, "x.graph.txt", diagnostics));
        Assert.NotEmpty(diagnostics.All);
    }

    [Fact]
    public void Lines_may_end_as_on_Windows() =>
        Assert.Equal(7, PipeDreamProfiles.Read(PipeDreamProfiles.Diamond.Replace("\n", "\r\n")).Nodes.Length);
}
