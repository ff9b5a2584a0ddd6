using GraphPipe.Bundle;

namespace GraphPipe.Report;

/// <summary>What a device can be seen doing on a time line.</summary>
public enum WorkKind
{
    Forward,
    Backward,
    BackwardInput,
    BackwardWeight,

    /// <summary>The forward again, before the backward.</summary>
    Recompute,

    /// <summary>The update of a stage's parameters.</summary>
    Step,

    Send,
    Receive,

    /// <summary>A copy of what a micro-batch saves to the host, in a queue beside the device.</summary>
    Offload,

    /// <summary>The copy back, likewise.</summary>
    Reload,
}

/// <summary>
/// One piece of work, whoever timed it: a prediction and a measurement of the same plan have the same works on each device, which is how they are compared.
/// </summary>
/// <param name="Target">The number of a stage; of a send or a receive that of a channel.</param>
/// <param name="MicroBatch"><see cref="PlanAction.NoMicroBatch"/> for what happens once per step.</param>
/// <param name="FirstSample">Of the mini-batch, which tells the messages of one micro-batch apart.</param>
public readonly record struct Work(WorkKind Kind, int Target, MicroBatch MicroBatch, long FirstSample)
{
    /// <summary>Whether it sends or receives.</summary>
    public bool IsMessage => Kind is WorkKind.Send or WorkKind.Receive;

    /// <summary>Whether it is a copy to the host or back, which occupies no device.</summary>
    public bool IsCopy => Kind is WorkKind.Offload or WorkKind.Reload;

    /// <summary>By how many micro-batches it changes what its stage has forwarded and not yet backwarded.</summary>
    public int InFlight => Kind switch
    {
        WorkKind.Forward => 1,
        WorkKind.Backward or WorkKind.BackwardWeight => -1,
        _ => 0,
    };
}

/// <summary>A work and when it ran.</summary>
/// <param name="Start">From when on it occupied its device, a copy its queue; waiting for it lies before.</param>
/// <param name="End">Not before <paramref name="Start"/>.</param>
/// <param name="Wait">How long a message was waited for right before <paramref name="Start"/>.</param>
public readonly record struct TimedWork(Work Work, double Start, double End, double Wait)
{
    public double Duration => End - Start;
}
