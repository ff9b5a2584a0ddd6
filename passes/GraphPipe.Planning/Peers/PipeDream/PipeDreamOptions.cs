using System.Collections.Immutable;

namespace GraphPipe.Planning.Peers;

/// <summary>A level of the machines.</summary>
/// <param name="Machines">How many of the level below.</param>
/// <param name="Bandwidth">Bytes per second between them.</param>
public readonly record struct PipeDreamLevel(int Machines, double Bandwidth);

/// <summary>What PipeDream's optimiser is asked.</summary>
/// <param name="Levels">Innermost first.</param>
public sealed record PipeDreamOptions(ImmutableArray<PipeDreamLevel> Levels)
{
    /// <summary>Divides the time of transfers; null leaves transfers out.</summary>
    public double? ActivationRatio { get; init; }

    /// <summary>Exactly one stage for each machine, no replicas.</summary>
    public bool Straight { get; init; }

    /// <summary>Takes the answer for one machine less where that is better.</summary>
    public bool UseFewerMachines { get; init; }

    /// <summary>Bytes of a machine; null for no limit.</summary>
    public double? Memory { get; init; }
}
