using System.Globalization;

namespace GraphPipe.Bundle;

/// <summary>
/// Which weights a forward and its backward see where updates come between them: those after <see cref="Updates"/> updates of the list, or what these would be
/// <see cref="Ahead"/> updates later if the optimizer went on in the direction that it has (predicted weights).
/// </summary>
/// <param name="Updates">Updates of the stage since the list's beginning that the weights have seen.</param>
/// <param name="Ahead">Updates that are predicted; 0: the weights are as they were.</param>
public readonly record struct WeightVersion(int Updates, int Ahead = 0)
{
    /// <summary>E.g. <c>weights 2</c>, <c>weights 2 ahead 1</c>, as in plan text.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"weights {Updates}{(Ahead > 0 ? $" ahead {Ahead}" : "")}");
}
