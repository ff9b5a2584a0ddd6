namespace GraphPipe.Runtime.Cuda;

/// <summary>
/// A CUDA kernel: one class per op, marked <c>[Kernel("Name")]</c>, without state; functions of elements are not written here, but once for all devices
/// (<see cref="Elements"/>). docs/cuda.md shows how.
/// </summary>
public abstract class CudaKernel
{
    /// <summary>Fixes a call: chooses the code that runs on the GPU and its launch from shapes and attributes alone, so that sums keep their order.</summary>
    /// <returns>Null if the kernel does not do these element types, attributes or sizes.</returns>
    public abstract CudaCall? Bind(KernelBinding binding, LaunchBinder launches);
}

/// <summary>A bound call. Puts its launches into the device's queue, for every micro-batch of its size.</summary>
public abstract class CudaCall
{
    /// <summary>
    /// Whether runs with the same addresses and the same <see cref="FunctionRun.IsFirstMicroBatch"/> enqueue the same work. Only then the call's function may be replayed as a graph, in which numbers are frozen; so a call has to say it.
    /// </summary>
    public virtual bool IsRepeatable => false;

    /// <summary>Enqueues the work. Allocates nothing and does not wait.</summary>
    public abstract void Enqueue(in CallContext context);
}

/// <summary>A call that is the same launches every time.</summary>
/// <param name="launches">In order; a later one sees what an earlier one wrote.</param>
public sealed class LaunchCall(params KernelLaunch[] launches) : CudaCall
{
    public override bool IsRepeatable => true;

    public override void Enqueue(in CallContext context)
    {
        foreach (var launch in launches)
            launch.Enqueue(context);
    }
}
