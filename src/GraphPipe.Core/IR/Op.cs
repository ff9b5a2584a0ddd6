using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Core;

/// <summary>The ONNX nodes an op comes from, by their names (or, for unnamed nodes, their first output).</summary>
public sealed record Location(ImmutableArray<string> Nodes)
{
    public static Location None { get; } = new([]);

    public static Location Of(string node) => new([node]);

    public Location Merge(Location other) => new([.. Nodes.Union(other.Nodes)]);

    public bool Equals(Location? other) => other is not null && Nodes.AsSpan().SequenceEqual(other.Nodes.AsSpan());

    public override int GetHashCode() => Nodes.Length;

    /// <summary>For diagnostics: <c>node "/encoder/foo"</c>.</summary>
    public override string ToString() => Nodes.Length switch
    {
        0 => "",
        1 => $"node \"{Nodes[0]}\"",
        _ => $"nodes \"{Nodes[0]}\" to \"{Nodes[^1]}\"",
    };
}

/// <summary>A list of ops with inputs and outputs: a graph, a stage's function, or the body of If, Loop or Scan (then named after the attribute, and free to
/// read values of the regions around it).</summary>
public sealed record Region(string Name, ImmutableArray<ValueId> Inputs, ImmutableArray<Op> Ops, ImmutableArray<ValueId> Outputs)
{
    public static Region Empty { get; } = new("", [], [], []);

    /// <summary>All ops, those of nested regions behind the op that has them.</summary>
    public IEnumerable<Op> AllOps()
    {
        foreach (var op in Ops)
        {
            yield return op;
            foreach (var region in op.Regions)
            {
                foreach (var inner in region.AllOps())
                    yield return inner;
            }
        }
    }
}

/// <summary>One operation. Immutable; changed copies are made with <c>with</c>.</summary>
public sealed record Op(OpId Id, OperatorName Name, ImmutableArray<ValueId> Operands, ImmutableArray<ValueId> Results)
{
    public Attributes Attributes { get; init; } = Attributes.Empty;

    public ImmutableArray<Region> Regions { get; init; } = [];

    public Location Location { get; init; } = Location.None;

    public Phase Phase { get; init; } = Phase.Forward;

    /// <summary>For ops of the backward: the forward op whose gradient they compute, so that both get the same stage.</summary>
    public OpId Origin { get; init; } = OpId.None;

    /// <summary>The stage, from level staged on.</summary>
    public StageId? Stage { get; init; }

    public ValueId Result => Results[0];

    /// <summary>The operand, or none where there are fewer.</summary>
    public ValueId Operand(int index) => index < Operands.Length ? Operands[index] : ValueId.None;

    public bool Is(string standardType) => Name.Domain.Length == 0 && Name.Type == standardType;

    public bool Is(string domain, string type) => Name.Domain == domain && Name.Type == type;
}
