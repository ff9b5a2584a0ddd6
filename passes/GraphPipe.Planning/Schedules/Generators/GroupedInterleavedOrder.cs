using System.Collections.Immutable;

namespace GraphPipe.Planning;

/// <summary>
/// Generalised interleaved schedules (PipeOffload, Wan et al., arXiv 2503.01328, section 3): on a loop placement of v stages a device, groups of g micro-batches
/// take turns among the stages of a device. With g = p it is interleaved 1F1B with less warm-up; a smaller group holds less and waits more; g = 1 repeats uniformly.
/// </summary>
internal static class GroupedInterleavedOrder
{
    /// <summary>
    /// The building block, in slots of F = I = W: a stage of a device follows the one before it after as many groups as half a round trip
    /// needs, each micro-batch takes three slots on each stage, and the backward's weight part follows its input part at once. A block is
    /// repeated every 3gv slots.
    /// </summary>
    public static ImmutableArray<ImmutableArray<ScheduleTask>> Of(ScheduleProblem problem, int group)
    {
        int p = problem.Devices, v = problem.StagesPerDevice;
        int lag = Math.Max((p + 1) / 2, 1);
        // Groups from one stage of a device to its next; if that has a divisor in common with v, slots would be taken twice without a shift by one.
        int groups = (lag + group - 1) / group, common = Divisor(v, groups);
        long Start(int chunk) => 3L * groups * group * chunk + 3L * group * (chunk / (v / common));
        var table = new Timetable(p, problem.Request.Cancellation);
        for (int m = 0; m < problem.MicroBatches; m++)
        {
            long block = 3L * group * v * (m / group) + 3L * (m % group);
            for (int device = 0; device < p; device++)
            {
                long turn = Start(v - 1) + device + 3 * (p - 1 - device) + 1;
                for (int chunk = 0; chunk < v; chunk++)
                {
                    table.Add(device, block + Start(chunk) + device, TaskKind.Forward, chunk * p + device, m);
                    long back = block + turn + Start(chunk);
                    table.Add(device, back, TaskKind.BackwardInput, (v - 1 - chunk) * p + device, m);
                    table.Add(device, back + 1, TaskKind.BackwardWeight, (v - 1 - chunk) * p + device, m);
                }
            }
        }

        return table.ToRows();
    }

    private static int Divisor(int a, int b) => b == 0 ? a : Divisor(b, a % b);
}
