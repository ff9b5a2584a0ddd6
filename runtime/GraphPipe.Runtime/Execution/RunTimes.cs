using System.Collections.Immutable;
using System.Diagnostics;
using GraphPipe.Bundle;

namespace GraphPipe.Runtime;

/// <summary>What the devices of a run did, and how long it took: read of their workers between two runs.</summary>
internal static class RunTimes
{
    /// <summary>Device by device.</summary>
    public static ImmutableArray<DeviceReport> Report(ImmutableArray<DeviceWorker> workers, MemoryPlan memory) =>
    [
        .. from worker in workers
           let kernels = worker.Actions.Sum(a => a.KernelTicks)
           select new DeviceReport(
               worker.Device.Name, worker.Device.Threads, memory[worker.Id].Total, worker.Device.Peak, worker.Actions.Length, Time(BusyTicks(worker)), Time(kernels), new Bytes(worker.AllocatedBytes))
           {
               PredictedHost = memory[worker.Id].Host,
               MeasuredHost = worker.Device.HostPeak,
           },
    ];

    /// <summary>Every action, device by device, in the order in which they ran; counted from the first of any device.</summary>
    public static ImmutableArray<ActionTiming> Timeline(ImmutableArray<DeviceWorker> workers)
    {
        var busy = workers.Where(w => w.Actions.Length > 0).ToList();
        long zero = busy.Count == 0 ? 0 : busy.Min(w => w.Started.Take(w.Actions.Length).Min());
        ActionTiming Timing(DeviceWorker worker, int i) => worker.Actions[i] is CopyAction copy
            ? new(worker.Id, copy.Action, Time(copy.Started - zero), Time(copy.Ended - zero), default, default)
            : new(worker.Id, worker.Actions[i].Action, Time(worker.Started[i] - zero), Time(worker.Ended[i] - zero), Time(worker.Actions[i].WaitTicks), Time(worker.Actions[i].KernelTicks));
        return [.. busy.SelectMany(worker => Enumerable.Range(0, worker.Actions.Length).Select(i => Timing(worker, i)).OrderBy(t => t.Start))];
    }

    /// <summary>Time in actions without waiting, in <see cref="Stopwatch"/> ticks.</summary>
    public static long BusyTicks(DeviceWorker worker)
    {
        long busy = 0;
        for (int i = 0; i < worker.Actions.Length; i++)
        {
            // Copies in queues of their own go on beside the work.
            if (worker.Actions[i].Marks is null || worker.Actions[i].DeviceQueue == DeviceQueue.Compute)
                busy += worker.Ended[i] - worker.Started[i] - worker.Actions[i].WaitTicks;
        }

        return busy;
    }

    private static Microseconds Time(long ticks) => new(ticks * 1e6 / Stopwatch.Frequency);
}
