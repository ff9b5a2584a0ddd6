using System.Collections.Immutable;

namespace GraphPipe.Planning;

/// <summary>
/// Chimera (Li and Hoefler, arXiv 2107.06925): two copies of the model in opposite directions, each with 1F1B. Micro-batches go in blocks of D, one for each of
/// the D devices: the first half of a block enters at device 0, the rest at the last, and with F = B the two fit between each other without a
/// conflict. Blocks follow one another directly. For one or two whole blocks and F = B the makespan is (2m + D − 2)·F; D/2 + 1 activations at
/// the ends to D in the middle, and the parameters twice. A block that is half full runs one way only.
/// </summary>
[Schedule("chimera")]
public sealed class Chimera() : PlacedSchedule(new(PlacementKind.Bidirectional))
{
    private protected override ImmutableArray<ImmutableArray<ScheduleTask>> Order(ScheduleProblem problem)
    {
        int d = problem.Devices;
        var table = new Timetable(d, problem.Request.Cancellation);
        for (int m = 0; m < problem.MicroBatches; m++)
        {
            // In slots of F = B: a forward of stage s in slot s of its micro-batch, a backward in slot 2D − 1 − s, two slots from one micro-batch to the next.
            int copy = m % d < d / 2 ? 0 : 1, start = m / d * 2 * d + m % (d / 2) * 2;
            for (int stage = 0; stage < d; stage++)
            {
                int device = problem.Placement[new(stage), copy].Value;
                table.Add(device, start + stage, TaskKind.Forward, stage, m);
                table.Add(device, start + 2 * d - 1 - stage, TaskKind.Backward, stage, m);
            }
        }

        return table.ToRows();
    }
}
