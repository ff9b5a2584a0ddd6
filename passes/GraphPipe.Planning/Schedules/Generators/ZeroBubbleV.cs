using System.Collections.Immutable;

namespace GraphPipe.Planning;

/// <summary>
/// ZB-V (Qi et al., Zero Bubble Pipeline Parallelism, arXiv 2401.10241, section 6): a V whose devices are never idle between their first and last
/// work if F = I = W and m ≥ 2p − 1, with 1F1B's memory, 2p half-size activations on every device. Makespan 6m + p − 1. Without costs or a limit the order is
/// the published one, that of torch.distributed.pipelining.ScheduleZBVZeroBubble; with either, that one reordered for them if it gets any shorter.
/// </summary>
[Schedule("zb-v")]
public sealed class ZeroBubbleV() : PlacedSchedule(new(PlacementKind.V) { Settings = ScheduleSettings.InFlightLimit })
{
    private protected override string? Need(ScheduleProblem problem) => LimitNeed.Of(problem, 2 * problem.Devices);

    private protected override ImmutableArray<ImmutableArray<ScheduleTask>> Order(ScheduleProblem problem)
    {
        var published = Published(problem);
        if (problem.Request.Costs is null && problem.Request.InFlightLimit is null)
            return published;
        int limit = problem.Request.InFlightLimit ?? 2 * problem.Devices;
        var half = ControllableMemory.Half(problem);
        return CostAwareOrder.Of(problem, [published, half, ControllableMemory.Min(problem), ControllableMemory.AtUnitCosts(problem, half, limit)], limit);
    }

    private static ImmutableArray<ImmutableArray<ScheduleTask>> Published(ScheduleProblem problem)
    {
        // Of fewer micro-batches than the warm-up takes, the order of so many with the surplus left out.
        int p = problem.Devices, count = Math.Max(problem.MicroBatches, 2 * p - 1);
        return problem.PerDevice((device, tasks) =>
        {
            var down = new Way(device, problem.MicroBatches, tasks);
            var up = new Way(2 * p - 1 - device, problem.MicroBatches, tasks);
            for (int i = 0; i < 2 * (p - device) - 1; i++)
                down.Forward();
            for (int i = 0; i < device; i++)
            {
                up.Forward();
                down.Forward();
            }

            for (int i = 0; i < p - device; i++)
            {
                up.Forward();
                up.WholeBackward();
            }

            while (up.Forwards < down.Forwards || down.Forwards < count)
            {
                if (down.Forwards < count)
                    down.Forward();
                down.WholeBackward();
                up.Forward();
                up.WholeBackward();
            }

            // From here on inputs first, so that the devices before can drain.
            for (int i = 0; i < device; i++)
            {
                down.InputBackward();
                up.InputBackward();
            }

            for (int i = 0; i < p - device; i++)
                down.WholeBackward();
            up.RemainingWeights();
            down.RemainingWeights();
        });
    }

    /// <summary>One of the two stages of a device, with the next micro-batch of each kind of work.</summary>
    private sealed class Way(int stage, int microBatches, List<ScheduleTask> tasks)
    {
        private int _inputs;
        private int _weights;

        public int Forwards { get; private set; }

        public void Forward() => Add(TaskKind.Forward, Forwards++);

        public void InputBackward() => Add(TaskKind.BackwardInput, _inputs++);

        public void WholeBackward()
        {
            InputBackward();
            Add(TaskKind.BackwardWeight, _weights++);
        }

        public void RemainingWeights()
        {
            while (_weights < _inputs)
                Add(TaskKind.BackwardWeight, _weights++);
        }

        private void Add(TaskKind kind, int microBatch)
        {
            if (microBatch < microBatches)
                tasks.Add(kind, stage, microBatch);
        }
    }
}
