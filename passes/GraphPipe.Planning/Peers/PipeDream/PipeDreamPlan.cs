using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Planning.Peers;

/// <summary>A stage of one level; at the outer levels it has stages of its own.</summary>
/// <param name="Replication">Machines of this level that run it side by side.</param>
/// <param name="StartState">Position in the order of states.</param>
/// <param name="EndState">Inclusive.</param>
/// <param name="Nodes">Names of the profile.</param>
/// <param name="Inner">Stages of the level below; empty at the innermost.</param>
public sealed record PipeDreamStage(int Replication, int StartState, int EndState, ImmutableArray<string> Nodes, ImmutableArray<PipeDreamStage> Inner);

/// <summary>PipeDream's answer.</summary>
/// <param name="Stages">Of the outermost level; empty if there is no plan.</param>
/// <param name="Objective">Seconds of a mini-batch; infinite if there is no plan.</param>
/// <param name="StateCount">Antichains.</param>
public sealed record PipeDreamPlan(ImmutableArray<PipeDreamStage> Stages, double Objective, int StateCount, PlanSearch Search)
{
    public bool IsFeasible => !Stages.IsEmpty;
}
