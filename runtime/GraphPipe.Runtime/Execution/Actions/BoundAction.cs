using System.Diagnostics;
using GraphPipe.Bundle;

namespace GraphPipe.Runtime;

/// <summary>An action of a device's list with everything looked up: it runs without allocating or searching.</summary>
internal abstract class BoundAction(PlanAction action)
{
    private volatile IBoundFunction? _function;
    private volatile bool _hasRun;

    public PlanAction Action => action;

    /// <summary>The kernel call in execution; null outside kernels.</summary>
    public KernelCall? Current => _function?.Current;

    /// <summary>Whether it has come to its end before: from then on it is known how long it takes.</summary>
    public bool HasRun => _hasRun;

    /// <summary>The queue that its work goes into, on a device that works behind its callers.</summary>
    public virtual DeviceQueue DeviceQueue => DeviceQueue.Compute;

    /// <summary>Its place in that queue; null on other devices.</summary>
    public QueueMarks? Marks { get; set; }

    /// <summary>The copies of its device that it waits for; null for none.</summary>
    public CopyWait? Awaited { get; set; }

    /// <summary>False while it would wait for a neighbour, or for a copy.</summary>
    public bool CanRun => Awaited?.IsOver != false && IsReady;

    /// <summary>False while it would wait for a neighbour.</summary>
    protected virtual bool IsReady => true;

    /// <summary>Time of the last run spent waiting for a neighbour or a copy, in <see cref="Stopwatch"/> ticks.</summary>
    public long WaitTicks { get; protected set; }

    /// <summary>Time of the last run spent in bound functions, in <see cref="Stopwatch"/> ticks.</summary>
    public long KernelTicks { get; private set; }

    /// <exception cref="RunAbortedException">Another device failed.</exception>
    public void Run(RunState run)
    {
        KernelTicks = 0;
        WaitTicks = 0;
        _function = null;
        if (Awaited is { IsOver: false } copies)
        {
            long start = Stopwatch.GetTimestamp();
            if (!copies.Wait())
                throw new RunAbortedException();
            WaitTicks = Stopwatch.GetTimestamp() - start;
        }

        Prepare(run);
        Marks?.Begin();
        Execute(run);
        Marks?.End();
        Complete(run);
        _hasRun |= Marks is null;
    }

    /// <summary>Says which memory of its device the action reads and writes: what orders the queues of a device that works behind its callers.</summary>
    public abstract void Touch(Footprint footprint);

    /// <summary>Keeps the time of the run from the device's own clock, after its end.</summary>
    public void Settle(long ticks)
    {
        WaitTicks = 0;
        KernelTicks = Action.IsCompute || Action.Kind == ActionKind.Step ? ticks : 0;
        _hasRun = true;
    }

    /// <summary>What must be true before the work begins or is queued: waits for the threads of neighbours.</summary>
    protected virtual void Prepare(RunState run)
    {
    }

    protected abstract void Execute(RunState run);

    /// <summary>Tells others that the work is done or queued.</summary>
    protected virtual void Complete(RunState run)
    {
    }

    protected void Run(IBoundFunction function, nint[] bases, in FunctionRun run)
    {
        long start = Stopwatch.GetTimestamp();
        _function = function;
        function.Run(bases, run);
        _function = null;
        KernelTicks += Stopwatch.GetTimestamp() - start;
    }
}
