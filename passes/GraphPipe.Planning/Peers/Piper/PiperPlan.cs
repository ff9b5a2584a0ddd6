using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Planning.Peers;

/// <summary>A stage of Piper's.</summary>
/// <param name="Nodes">Ids, ascending.</param>
/// <param name="DataDegree">d.</param>
/// <param name="TensorDegree">t.</param>
/// <param name="Recomputed">Ids of the nodes that make their activations again.</param>
/// <param name="InFlight">y, micro-batches that each device holds.</param>
/// <param name="Time">TPS: time per micro-batch, in the file's unit.</param>
/// <param name="MemoryBytes">Of each device.</param>
public sealed record PiperStage(
    ImmutableArray<int> Nodes, int DataDegree, int TensorDegree, ImmutableArray<int> Recomputed, long InFlight, double Time, double MemoryBytes);

/// <summary>Piper's answer, source side first.</summary>
/// <param name="Objective">The slowest stage's time; infinite if there is no plan.</param>
public sealed record PiperPlan(ImmutableArray<PiperStage> Stages, double Objective, PlanSearch Search)
{
    public bool IsFeasible => !Stages.IsEmpty;
}
