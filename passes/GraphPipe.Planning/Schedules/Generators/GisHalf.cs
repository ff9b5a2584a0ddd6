namespace GraphPipe.Planning;

/// <summary>
/// GIS-H (PipeOffload, Wan et al., arXiv 2503.01328): groups of p/2 micro-batches, so that device r holds only (v − 1)·p/2 + p − r activations; where p divides m and
/// F = I = W the makespan is 3vm + 2(p − 1) + (v − 1)·p/2.
/// </summary>
[Schedule("gis-h")]
public sealed class GisHalf() : GroupedInterleaved(ScheduleSettings.Recompute)
{
    private protected override int Group(ScheduleProblem problem) => (problem.Devices + 1) / 2;
}
