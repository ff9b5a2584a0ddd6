using System.Diagnostics;
using GraphPipe.Bundle;

namespace GraphPipe.Runtime;

/// <summary>An action of a device's list with everything looked up: it runs without allocating or searching.</summary>
internal abstract class BoundAction(PlanAction action)
{
    public PlanAction Action => action;

    /// <summary>The kernel call in execution; null outside kernels.</summary>
    public virtual KernelCall? Current => null;

    /// <summary>Time of the last run spent waiting for a neighbour, in <see cref="Stopwatch"/> ticks.</summary>
    public long WaitTicks { get; protected set; }

    /// <summary>Time of the last run spent in bound functions, in <see cref="Stopwatch"/> ticks.</summary>
    public long KernelTicks { get; private set; }

    /// <exception cref="RunAbortedException">Another device failed.</exception>
    public void Run(RunState run)
    {
        KernelTicks = 0;
        WaitTicks = 0;
        Execute(run);
    }

    protected abstract void Execute(RunState run);

    protected void Run(IBoundFunction function, nint[] bases, in FunctionRun run)
    {
        long start = Stopwatch.GetTimestamp();
        function.Run(bases, run);
        KernelTicks += Stopwatch.GetTimestamp() - start;
    }
}
