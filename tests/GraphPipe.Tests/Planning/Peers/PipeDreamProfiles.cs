using System.Globalization;
using CsCheck;
using GraphPipe.Bundle;
using GraphPipe.Planning.Peers;
using Xunit;

namespace GraphPipe.Tests.Planning.Peers;

/// <summary>Small profiles of PipeDream's.</summary>
internal static class PipeDreamProfiles
{
    /// <summary>An input, two branches of one and two nodes, their join, and what indexes a tuple and is not used.</summary>
    public const string Diamond =
        "node0 -- Input0 -- forward_compute_time=9.000, backward_compute_time=0.000, activation_size=5.0, parameter_size=0.000\n"
        + "node1 -- Conv2d(3, 64, kernel_size=(3, 3)) -- forward_compute_time=1.000, backward_compute_time=2.000, activation_size=10.0, parameter_size=100.000\n"
        + "node2 -- ReLU -- forward_compute_time=1.000, backward_compute_time=1.000, activation_size=[10.0; 2.5], parameter_size=0.000 -- stage_id=3\n"
        + "node3 -- Linear -- forward_compute_time=2.000, backward_compute_time=4.000, activation_size=30.0, parameter_size=300.000\n"
        + "node4 -- Linear -- forward_compute_time=2.000, backward_compute_time=3.000, activation_size=40.0, parameter_size=400.000\n"
        + "node5 -- Add -- forward_compute_time=1.000, backward_compute_time=1.000, activation_size=50.0, parameter_size=0.000\n"
        + "node6 -- __getitem__(1) -- forward_compute_time=1.000, backward_compute_time=1.000, activation_size=50.0, parameter_size=0.000\n"
        + "\tnode0 -- node1\n\tnode1 -- node2\n\tnode1 -- node3\n\tnode3 -- node4\n\tnode2 -- node5\n\tnode4 -- node5\n\tnode5 -- node6\n";

    public static PipeDreamProfile Read(string text)
    {
        var diagnostics = new DiagnosticBag();
        var profile = PipeDreamProfileText.Read(text, "x.graph.txt", diagnostics);
        Assert.True(profile is not null, string.Join('\n', diagnostics.All));
        return profile;
    }

    /// <summary>Up to six nodes in a line, whose states are its prefixes.</summary>
    public static Gen<PipeDreamProfile> RandomChain { get; } =
        from count in Gen.Int[1, 6]
        from numbers in Gen.Int[0, 30].Array[count * 4]
        select new PipeDreamProfile(
            [
                .. Enumerable.Range(0, count).Select(i => new PipeDreamNode(
                    string.Create(CultureInfo.InvariantCulture, $"node{i}"), "Linear", 1000 * numbers[4 * i], 1000 * numbers[4 * i + 1], numbers[4 * i + 2], numbers[4 * i + 3])),
            ],
            [.. Enumerable.Range(0, count - 1).Select(i => (i, i + 1))]);
}
