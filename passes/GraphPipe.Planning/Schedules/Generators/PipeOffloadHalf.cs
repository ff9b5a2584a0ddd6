namespace GraphPipe.Planning;

/// <summary>
/// PO-H (PipeOffload, Wan et al., arXiv 2503.01328, section 3.2): the building block of GIS-H, repeated for one micro-batch after the other instead of in groups, so that
/// what a stage holds is in proportion to how long it waits. The activations of the first half of each device's stages, which wait longest, go to the host and
/// come back in time for their backward: (v + 2)/(8v) of 1F1B's memory stays, beside what is being made or copied.
/// </summary>
[Schedule("po-h")]
public sealed class PipeOffloadHalf() : GroupedInterleaved(ScheduleSettings.Offload)
{
    private protected override int Group(ScheduleProblem problem) => 1;

    private protected override int Offloaded(ScheduleProblem problem) => (problem.StagesPerDevice + 1) / 2;
}
