using System.Collections.Immutable;

namespace GraphPipe.Planning;

/// <summary>
/// Schedules on a V from a repeated block (Qi et al., Pipeline Parallelism with Controllable Memory, arXiv 2405.15362, section 4): when each device runs the
/// forward of its stage on the way down, that of the one on the way up, and the two backwards, in slots of F = I = W. A block begins every six slots,
/// which is the work of one micro-batch on a device; weight parts go where six slots leave room. How long a block lasts decides what is held.
/// </summary>
internal static class ControllableMemory
{
    private const int Interval = 6;

    /// <summary>Slots of a device's four pieces of work, each different from the others modulo six.</summary>
    private readonly record struct Slots(int Down, int Up, int UpBackward, int DownBackward);

    /// <summary>V-Half: forwards down wait two slots for each other, so that blocks interlock at half of 1F1B's memory.</summary>
    public static ImmutableArray<ImmutableArray<ScheduleTask>> Half(ScheduleProblem problem)
    {
        // Backwards would fall on the slots of forwards if the number of devices were even.
        int p = problem.Devices, shift = p % 2 == 0 ? 3 : 0;
        return Repeat(problem, i => new(2 * i, 3 * p - i - 2, 3 * p + shift + 2 * i - 1, 6 * p + shift - i - 2));
    }

    /// <summary>V-Min: the shortest block, each piece right behind the one before it; a third of 1F1B's memory.</summary>
    public static ImmutableArray<ImmutableArray<ScheduleTask>> Min(ScheduleProblem problem)
    {
        int p = problem.Devices, shift = p % 3 == 0 ? 2 : 0;
        return Repeat(problem, i => new(i, 2 * p - i - 1, 2 * p + shift + i, 4 * p + shift - i - 1));
    }

    /// <summary>
    /// V with whole backwards: forwards as in V-Min, then backwards of two slots each, which leave three slots to the forwards of other blocks after
    /// every third.
    /// </summary>
    public static ImmutableArray<ImmutableArray<ScheduleTask>> WholeBackwards(ScheduleProblem problem)
    {
        int p = problem.Devices, turn = 2 * p + (p % 3 == 0 ? 3 : 0), phase = (3 - (p + 2) % 3) % 3;
        int BackwardSlot(int position) => turn + 2 * position + 3 * ((phase + position) / 3);
        var table = new Timetable(p, problem.Request.Cancellation);
        for (int m = 0; m < problem.MicroBatches; m++)
        {
            for (int i = 0; i < p; i++)
            {
                int up = problem.Stages - 1 - i, start = Interval * m;
                table.Add(i, start + i, TaskKind.Forward, i, m);
                table.Add(i, start + up, TaskKind.Forward, up, m);
                table.Add(i, start + BackwardSlot(i), TaskKind.Backward, up, m);
                table.Add(i, start + BackwardSlot(up), TaskKind.Backward, i, m);
            }
        }

        return table.ToRows();
    }

    /// <summary>The most activations that an order holds on a device.</summary>
    public static int Peak(ImmutableArray<ImmutableArray<ScheduleTask>> rows)
    {
        int peak = 0;
        foreach (var row in rows)
        {
            int held = 0;
            foreach (var task in row)
                peak = Math.Max(peak, held += InFlight.OnDevice(task.Kind));
        }

        return peak;
    }

    /// <summary>An order made for the block's own costs: where costs are like these it needs little change, and where they are not it may still be best.</summary>
    public static ImmutableArray<ImmutableArray<ScheduleTask>> AtUnitCosts(ScheduleProblem problem, ImmutableArray<ImmutableArray<ScheduleTask>> block, int limit) =>
        CostAwareOrder.Of(problem with { Costs = ScheduleCosts.Unit(problem.Stages) }, [block], limit);

    private static ImmutableArray<ImmutableArray<ScheduleTask>> Repeat(ScheduleProblem problem, Func<int, Slots> slotsOf) => problem.PerDevice((device, tasks) =>
    {
        int up = problem.Stages - 1 - device;
        var slots = slotsOf(device);
        var work = new SortedDictionary<int, (TaskKind Kind, int Stage, int MicroBatch)>();
        for (int m = 0; m < problem.MicroBatches; m++)
        {
            work.Add(slots.Down + Interval * m, (TaskKind.Forward, device, m));
            work.Add(slots.Up + Interval * m, (TaskKind.Forward, up, m));
            work.Add(slots.UpBackward + Interval * m, (TaskKind.BackwardInput, up, m));
            work.Add(slots.DownBackward + Interval * m, (TaskKind.BackwardInput, device, m));
        }

        var weights = new Queue<(int Stage, int MicroBatch)>();
        int free = 0;
        foreach (var (slot, (kind, stage, m)) in work)
        {
            for (; free < slot && weights.TryDequeue(out var weight); free++)
                tasks.Add(TaskKind.BackwardWeight, weight.Stage, weight.MicroBatch);
            tasks.Add(kind, stage, m);
            if (kind == TaskKind.BackwardInput)
                weights.Enqueue((stage, m));
            free = slot + 1;
        }

        while (weights.TryDequeue(out var weight))
            tasks.Add(TaskKind.BackwardWeight, weight.Stage, weight.MicroBatch);
    });
}
