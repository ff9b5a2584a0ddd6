namespace GraphPipe.Planning;

/// <summary>
/// GIS (PipeOffload, Wan et al., arXiv 2503.01328): groups of p micro-batches; where p divides m and F = I = W the makespan is 3vm + 2(p − 1), and device r holds
/// p(v − 1) + p − r activations.
/// </summary>
[Schedule("gis")]
public sealed class Gis() : GroupedInterleaved(ScheduleSettings.Recompute)
{
    private protected override int Group(ScheduleProblem problem) => problem.Devices;
}
