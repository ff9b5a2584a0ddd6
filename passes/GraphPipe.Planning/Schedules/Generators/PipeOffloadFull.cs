namespace GraphPipe.Planning;

/// <summary>
/// PO-F (PipeOffload, Wan et al., arXiv 2503.01328): the order of PO-H, and all activations go to the host and come back in time for their backward. If a copy takes no
/// longer than a sixth or so of a stage's work, what a device holds does not grow with the number of devices.
/// </summary>
[Schedule("po-f")]
public sealed class PipeOffloadFull() : GroupedInterleaved(ScheduleSettings.Offload)
{
    private protected override int Group(ScheduleProblem problem) => 1;

    private protected override int Offloaded(ScheduleProblem problem) => problem.StagesPerDevice;
}
