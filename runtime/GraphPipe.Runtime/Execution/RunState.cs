using GraphPipe.Bundle;

namespace GraphPipe.Runtime;

internal enum RunMode
{
    /// <summary>Forward, loss, backward, update.</summary>
    Train,

    /// <summary>Forward and loss.</summary>
    Evaluate,

    /// <summary>Forward; no targets.</summary>
    Infer,
}

/// <summary>What the device threads share about the run in progress. Written by the caller before it starts them.</summary>
/// <param name="generation">Samples between two updates of an asynchronous plan.</param>
internal sealed class RunState(LossScale? lossScale, long? generation, double[][] losses, Interference? interference)
{
    private volatile bool _aborted;
    private volatile bool _stepped;
    private readonly ForwardAction?[] _late = new ForwardAction?[losses.Sum(l => l.Length)];
    private int _lateCount;
    private long _confirmed;

    public MiniBatch Batch { get; private set; } = null!;

    /// <summary>Number of the run's first step, from 1; 0 outside training.</summary>
    public long Step { get; private set; }

    /// <summary>By stage and micro-batch.</summary>
    public double[][] Losses { get; } = losses;

    public LossScale? LossScale { get; } = lossScale;

    public Interference? Interference { get; } = interference;

    /// <summary>Memory of the whole mini-batch's outputs, by number of the output; null if they are not wanted.</summary>
    public byte[][]? Outputs { get; private set; }

    public bool IsAborted => _aborted;

    /// <summary>True once an update has begun: from then on the parameters are not those of the step before.</summary>
    public bool HasStepped => _stepped;

    public void Begin(MiniBatch batch, long step, byte[][]? outputs, bool withTargets)
    {
        Batch = batch;
        Step = step;
        Outputs = outputs;
        _stepped = false;
        Array.Clear(_late);
        _lateCount = 0;
        foreach (double[] losses in Losses)
            Array.Clear(losses);
        if (withTargets)
            LossScale?.Prepare(batch, step > 0 && generation is { } samples ? samples : batch.Samples);
    }

    /// <summary>How often a forward has been confirmed since the executor exists: what the watchdog looks at.</summary>
    public long Confirmed => Volatile.Read(ref _confirmed);

    /// <summary>A forward is in its device's queue, with a read behind it.</summary>
    public void AddLate(ForwardAction forward) => Volatile.Write(ref _late[Interlocked.Increment(ref _lateCount) - 1], forward);

    /// <summary>
    /// Waits for the forwards of all devices and all generations up to one. Those that lead to a loss are all queued when a device of the pipeline comes to the generation's update: its gradients are
    /// messages that were sent after them.
    /// </summary>
    /// <exception cref="LateFailureException">GP6002: a loss is not finite; GP7007: a kernel has reported a value that can't be.</exception>
    public void ConfirmForwards(int generation)
    {
        for (int i = 0; i < Volatile.Read(ref _lateCount); i++)
        {
            if (Volatile.Read(ref _late[i]) is not { } forward || forward.Generation > generation)
                continue;
            forward.Confirm(this);
            Interlocked.Increment(ref _confirmed);
        }
    }

    public void Abort() => _aborted = true;

    public void Clear() => _aborted = false;

    public void MarkStepped() => _stepped = true;
}

/// <summary>Ends a device's list because the run has been aborted elsewhere.</summary>
internal sealed class RunAbortedException : Exception;

/// <summary>A thread found out what an action, perhaps of another device, has come to after it was queued.</summary>
internal sealed class LateFailureException(DeviceName device, BoundAction action, Exception cause) : Exception(cause.Message, cause)
{
    public DeviceName Device => device;

    public BoundAction Action => action;

    public Exception Cause => InnerException!;
}

/// <summary>A device that works behind its callers was found to have failed when it was asked for a call: the fault is in that call or in one before it.</summary>
/// <param name="call">The call that was asked for.</param>
/// <param name="cause">What the device said.</param>
public sealed class DeviceLostException(KernelCall call, Exception cause) : Exception(cause.Message, cause)
{
    public KernelCall Call { get; } = call;
}

/// <summary>A kernel threw.</summary>
/// <param name="cause">What it threw.</param>
public sealed class KernelException(KernelCall call, Exception cause) : Exception($"kernel {call.Kernel} failed: {cause.Message}", cause)
{
    public KernelCall Call { get; } = call;
}
