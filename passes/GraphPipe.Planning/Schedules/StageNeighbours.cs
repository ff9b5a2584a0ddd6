using System.Collections.Immutable;

namespace GraphPipe.Planning;

/// <summary>For each stage those whose forwards it needs, and those whose backwards it needs.</summary>
/// <param name="Before">Distinct numbers of stages, ascending.</param>
/// <param name="After">The same edges the other way round.</param>
public sealed record StageNeighbours(ImmutableArray<ImmutableArray<int>> Before, ImmutableArray<ImmutableArray<int>> After)
{
    public int Stages => Before.Length;

    /// <summary>A stage graph as its pipeline says: with <see cref="Bundle.PipelineKind.Sequential"/> also along the list.</summary>
    public static StageNeighbours Of(StageGraph graph)
    {
        var after = graph.Successors();
        var before = Enumerable.Range(0, after.Length).Select(_ => ImmutableArray.CreateBuilder<int>()).ToArray();
        for (int s = 0; s < after.Length; s++)
        {
            foreach (int n in after[s])
                before[n].Add(s);
        }

        return new([.. before.Select(b => b.ToImmutable())], after);
    }

    /// <summary>Each stage needs the one before it.</summary>
    public static StageNeighbours Chain(int stages) => new(
        [.. Enumerable.Range(0, stages).Select(s => s > 0 ? ImmutableArray.Create(s - 1) : [])],
        [.. Enumerable.Range(0, stages).Select(s => s + 1 < stages ? ImmutableArray.Create(s + 1) : [])]);
}
