namespace GraphPipe.Runtime;

/// <summary>An action's place in a queue of its device: where it begins and ends, and the ends of others that it waits for.</summary>
internal sealed class QueueMarks(IDevice device, DeviceQueue queue) : IDisposable
{
    /// <summary>Reached when all that the action waits for has ended.</summary>
    public IFence Began { get; } = device.CreateFence();

    public IFence Ended { get; } = device.CreateFence();

    /// <summary>The ends of actions in other queues and on other devices.</summary>
    public IFence[] Awaited { get; set; } = [];

    /// <summary>Before the action's work is queued.</summary>
    public void Begin()
    {
        foreach (var fence in Awaited)
            device.Await(queue, fence);
        device.Signal(queue, Began);
    }

    /// <summary>Behind its work.</summary>
    public void End() => device.Signal(queue, Ended);

    public void Dispose()
    {
        Began.Dispose();
        Ended.Dispose();
    }
}
