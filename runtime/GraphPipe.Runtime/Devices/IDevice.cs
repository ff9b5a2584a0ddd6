using GraphPipe.Bundle;

namespace GraphPipe.Runtime;

/// <summary>
/// What executes stage functions: memory, bound functions and copies. One thread at a time uses a device: its owner thread during a run,
/// the caller between runs; but <see cref="Offload"/> and <see cref="Reload"/> run beside it (unless it <see cref="IsAsynchronous"/>). Addresses mean something to the device that gave them (and to <see cref="Copy"/> of every device of its kind).
/// </summary>
public interface IDevice : IDisposable
{
    DeviceName Name { get; }

    /// <summary>Threads (or streams) that share the work of a kernel, each with its own scratch memory.</summary>
    int Threads { get; }

    /// <summary>Most bytes held at a time so far, scratch included.</summary>
    Bytes Peak { get; }

    /// <summary>Most bytes of host memory held for what is offloaded so far; no part of <see cref="Peak"/>.</summary>
    Bytes HostPeak { get; }

    /// <summary>Called once on the owner thread before its first run: from then on the thread is the device's. Any other finds what is its own (a GPU's context, say) as it was when a call returns.</summary>
    void Enter();

    /// <summary>Zeroed memory that starts on a multiple of <see cref="Bytes.Alignment"/>, until the device is disposed.</summary>
    nint Allocate(Bytes size);

    /// <summary>
    /// Zeroed memory of the host that starts on a multiple of <see cref="Bytes.Alignment"/>, for what is offloaded from the device, until the device is disposed. What is a copy apart
    /// from the device's memory is up to the kind of device: page-locked memory for an accelerator, an arena of its own for a CPU.
    /// </summary>
    nint AllocateHost(Bytes size);

    /// <summary>
    /// Chooses kernels for a function at a fixed number of samples. What can't be bound is reported, all of it at once.
    /// </summary>
    /// <param name="binding">The function, its sizes and places.</param>
    /// <param name="diagnostics">Receives GP6001 for each kernel that nobody has, GP6009 for each call that a fallback takes.</param>
    /// <returns>The function, ready to run; only usable if no error was added.</returns>
    IBoundFunction Bind(FunctionBinding binding, DiagnosticBag diagnostics);

    /// <summary>Host to device; the source is free again when the call returns.</summary>
    void Write(ReadOnlySpan<byte> source, nint target, in StridedCopy copy);

    /// <summary>Device to host, after everything the device was asked before.</summary>
    void Read(nint source, Span<byte> target, in StridedCopy copy);

    /// <summary>As <see cref="Read"/>, for what nobody looks at before the run ends: a device that <see cref="IsAsynchronous"/> does not wait, and fills the target by the end of <see cref="Settle"/> at the latest.</summary>
    void BeginRead(nint source, Memory<byte> target, in StridedCopy copy) => Read(source, target.Span, copy);

    /// <summary>Within the device, or to and from message memory of a neighbour.</summary>
    void Copy(DeviceQueue queue, nint source, nint target, in StridedCopy copy);

    /// <summary>Device to host memory of the device. Called by a thread of the device's own, while the owner thread runs functions; by the owner thread of an asynchronous device.</summary>
    void Offload(nint source, nint host, Bytes size);

    /// <summary>Host memory of the device to the device; by another such thread.</summary>
    void Reload(nint host, nint target, Bytes size);

    /// <summary>
    /// True for a device that works behind its callers: calls return when the work is in one of its queues. It offers fences, and the executor orders its queues, and those of
    /// several devices, with them. The members below are for such devices alone.
    /// </summary>
    bool IsAsynchronous => false;

    /// <summary>A mark that this device sets, and queues and threads wait for.</summary>
    IFence CreateFence() => throw new NotSupportedException($"{Name} has no fences");

    /// <summary>Sets the mark behind everything that the queue was given so far. Does not wait for it.</summary>
    /// <param name="queue">Of this device.</param>
    /// <param name="fence">One of its own.</param>
    void Signal(DeviceQueue queue, IFence fence) => throw new NotSupportedException($"{Name} has no fences");

    /// <summary>Lets the queue begin what it is given from now on when the mark, as it was last set, has been reached. Does not wait for it.</summary>
    /// <param name="queue">Of this device.</param>
    /// <param name="fence">One of a device of its kind, itself included.</param>
    void Await(DeviceQueue queue, IFence fence) => throw new NotSupportedException($"{Name} has no fences");

    /// <summary>Memory of the host for a result of so many bytes that is read later; of none for what kernels report alone.</summary>
    ILateRead CreateLateRead(int bytes) => throw new NotSupportedException($"{Name} reads at once");

    /// <summary>Waits for all queues at the end of a run, and ends what <see cref="BeginRead"/> began.</summary>
    /// <exception cref="DiagnosticException">GP7007: a kernel has reported a value that can't be.</exception>
    void Settle()
    {
    }

    /// <summary>Waits for all queues after a failure, whatever comes of it, and forgets what kernels have reported and what was to be read.</summary>
    void Abandon()
    {
    }
}

/// <summary>Opens devices of the kinds it knows.</summary>
public interface IDeviceProvider
{
    /// <summary>True for a device that <see cref="Open"/> can open on this machine.</summary>
    bool Provides(DeviceName name);

    /// <summary>Threads that each of <paramref name="count"/> devices gets: what a memory plan needs to know.</summary>
    int ThreadsPerDevice(int count);

    /// <param name="name">One device of the mesh.</param>
    /// <param name="count">Devices of the mesh, which share the machine.</param>
    IDevice Open(DeviceName name, int count);
}
