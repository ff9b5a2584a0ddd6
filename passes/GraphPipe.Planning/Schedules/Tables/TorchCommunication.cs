using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>
/// Sends and receives added to an order of work as torch.distributed.pipelining does it, for users who run the table there: devices take turns
/// in order of their numbers, one task each; a send stands right behind the task that makes the message, and the receive at the end of what the
/// other device has by then, so that both ends list the messages between two devices in one order. The stages are a chain.
/// </summary>
public static class TorchCommunication
{
    /// <param name="schedule">A valid order without messages; a task may stand with another that it overlaps.</param>
    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    /// <returns>The same with messages; what can never run stands at the end of its row without any.</returns>
    public static PipelineSchedule Add(PipelineSchedule schedule, CancellationToken cancellation = default)
    {
        var device = new Dictionary<(int Stage, int MicroBatch), int>();
        int stages = 0;
        for (int d = 0; d < schedule.Devices.Length; d++)
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (var task in schedule.Devices[d].Where(t => t.IsCompute))
            {
                device[(task.Stage.Value, task.MicroBatch.Index)] = d;
                stages = Math.Max(stages, task.Stage.Value + 1);
            }
        }

        var rows = schedule.Devices.Select(_ => new List<ScheduleTask>()).ToArray();
        var there = new HashSet<(int Stage, int MicroBatch, bool IsForward, int Device)>();
        int[] next = new int[rows.Length];

        // What a forward makes goes to the stage behind it, what a backward makes to the one before. Weights' gradients, recomputation and copies to the host and back
        // need and make nothing of other stages.
        bool HasMessage(ScheduleTask task) => task.Kind is TaskKind.Forward or TaskKind.Backward or TaskKind.BackwardInput;

        bool IsReady(ScheduleTask task, int d) =>
            !HasMessage(task)
            || (task.IsForward ? task.Stage.Value == 0 : task.Stage.Value == stages - 1)
            || there.Contains((task.Stage.Value, task.MicroBatch.Index, task.IsForward, d));

        void Deliver(ScheduleTask task, int d)
        {
            int to = task.Stage.Value + (task.IsForward ? 1 : -1);
            if (!HasMessage(task) || to < 0 || to >= stages || !device.TryGetValue((to, task.MicroBatch.Index), out int other))
                return;
            if (other != d)
            {
                rows[d].Add(task with { Kind = task.IsForward ? TaskKind.SendForward : TaskKind.SendBackward, WithNext = false });
                rows[other].Add(new(task.IsForward ? TaskKind.ReceiveForward : TaskKind.ReceiveBackward, new StageId(to), task.MicroBatch));
            }

            there.Add((to, task.MicroBatch.Index, task.IsForward, other));
        }

        for (bool goesOn = true; goesOn;)
        {
            goesOn = false;
            for (int d = 0; d < rows.Length; d++)
            {
                cancellation.ThrowIfCancellationRequested();
                var row = schedule.Devices[d];
                if (next[d] >= row.Length)
                    continue;
                int count = row[next[d]].WithNext && next[d] + 1 < row.Length ? 2 : 1;
                var tasks = row.Slice(next[d], count);
                if (!tasks.All(t => IsReady(t, d)))
                    continue;
                rows[d].AddRange(tasks);
                foreach (var task in tasks)
                    Deliver(task, d);
                next[d] += count;
                goesOn = true;
            }
        }

        for (int d = 0; d < rows.Length; d++)
            rows[d].AddRange(schedule.Devices[d].Skip(next[d]));
        return schedule with { Devices = [.. rows.Select(r => r.ToImmutableArray())] };
    }
}
