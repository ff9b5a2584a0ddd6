using GraphPipe.Bundle;

namespace GraphPipe.Runtime;

/// <summary>A device's two queues of copies, so that one can leave while another comes back.</summary>
internal sealed class DeviceCopies(DeviceId id, IDevice device, Sequence bell, int most)
{
    public CopyQueue Out { get; } = new(id, $"{device.Name} out", bell, most);

    public CopyQueue In { get; } = new(id, $"{device.Name} in", bell, most);

    /// <summary>Both.</summary>
    public IEnumerable<CopyQueue> Queues => [Out, In];

    /// <summary>The wait for so many copies of a run; null for none.</summary>
    public CopyWait? After(AwaitedCopies awaited) => awaited == default ? null : new CopyWait(this, awaited);

    /// <summary>Waits until neither has anything to do.</summary>
    public void Drain()
    {
        Out.Drain();
        In.Drain();
    }
}

/// <summary>A wait for the first so many copies of a run in either direction.</summary>
internal sealed class CopyWait(DeviceCopies copies, AwaitedCopies awaited)
{
    /// <summary>Whether they have all ended.</summary>
    public bool IsOver => copies.Out.Ended.Value >= awaited.Offloads && copies.In.Ended.Value >= awaited.Reloads;

    /// <summary>The queue that has not come so far; null once the wait is over.</summary>
    public CopyQueue? Missing =>
        copies.Out.Ended.Value < awaited.Offloads ? copies.Out
        : copies.In.Ended.Value < awaited.Reloads ? copies.In
        : null;

    /// <returns>False if the run was aborted.</returns>
    public bool Wait() => copies.Out.Ended.WaitFor(awaited.Offloads) && copies.In.Ended.WaitFor(awaited.Reloads);
}
