namespace GraphPipe.Runtime.Cpu;

/// <summary>
/// A CPU kernel: one class per op, marked <c>[Kernel("Name")]</c>, without state; functions of elements are not written here, but once for all devices
/// (<see cref="Elements"/>). docs/runtime.md shows how.
/// </summary>
public abstract class CpuKernel
{
    /// <summary>
    /// Fixes a call: reads shapes and attributes, precomputes what depends on them alone. Called once per call and number of samples.
    /// </summary>
    /// <returns>Null if the kernel does not do these element types or attributes; a fallback may.</returns>
    public abstract CpuCall? Bind(KernelBinding binding);
}

/// <summary>A bound call. Runs on the device's thread, for every micro-batch of its size; keeps no state between runs.</summary>
public abstract class CpuCall
{
    /// <summary>Computes the outputs. Allocates nothing; reports values that can't be with <see cref="KernelContext.Fault"/>.</summary>
    public abstract void Run(in KernelContext context);
}
