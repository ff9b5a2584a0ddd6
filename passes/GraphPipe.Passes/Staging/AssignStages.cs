using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Passes;

/// <summary>
/// Gives every op its stage.
/// <para>Needs level train (or core, for inference) with ordered sums; gives level staged. Nothing moves: ops of the backward and the update
/// go where the forward op they belong to is. Example: <c>%y = Relu(%x)</c> becomes <c>%y = Relu(%x) stage(2)</c>, and so does its gradient.</para>
/// </summary>
public sealed class AssignStages(StageAssignment assignment, DeviceMesh mesh, ImmutableArray<Stage> stages, Level from = Level.Train) : IPass
{
    public string Name => "assign-stages";

    public Level From => from;

    public Level To => Level.Staged;

    public Module Run(Module module, DiagnosticBag diagnostics) => module with
    {
        Level = Level.Staged,
        Mesh = mesh,
        Stages = stages,
        Graph = module.Graph with { Ops = [.. module.Graph.Ops.Select(op => op with { Stage = assignment.Of(op) })] },
    };
}
