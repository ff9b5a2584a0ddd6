namespace GraphPipe.Planning;

/// <summary>
/// PO-H (PipeOffload, Wan et al., arXiv 2503.01328): the order of GIS-H, and the activations of the first half of each device's stages, which
/// wait longest, go to the host and come back in time for their backward.
/// </summary>
[Schedule("po-h")]
public sealed class PipeOffloadHalf() : GroupedInterleaved(ScheduleSettings.Offload)
{
    private protected override int Group(ScheduleProblem problem) => (problem.Devices + 1) / 2;

    private protected override int Offloaded(ScheduleProblem problem) => (problem.StagesPerDevice + 1) / 2;
}
