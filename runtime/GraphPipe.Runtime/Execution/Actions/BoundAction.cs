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

    /// <summary>False while it would wait for a neighbour.</summary>
    public virtual bool CanRun => true;

    /// <summary>Time of the last run spent waiting for a neighbour, in <see cref="Stopwatch"/> ticks.</summary>
    public long WaitTicks { get; protected set; }

    /// <summary>Time of the last run spent in bound functions, in <see cref="Stopwatch"/> ticks.</summary>
    public long KernelTicks { get; private set; }

    /// <exception cref="RunAbortedException">Another device failed.</exception>
    public void Run(RunState run)
    {
        KernelTicks = 0;
        WaitTicks = 0;
        _function = null;
        Execute(run);
        _hasRun = true;
    }

    protected abstract void Execute(RunState run);

    protected void Run(IBoundFunction function, nint[] bases, in FunctionRun run)
    {
        long start = Stopwatch.GetTimestamp();
        _function = function;
        function.Run(bases, run);
        _function = null;
        KernelTicks += Stopwatch.GetTimestamp() - start;
    }
}
