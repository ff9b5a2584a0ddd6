using GraphPipe.Bundle;

namespace GraphPipe.Runtime;

/// <summary>
/// What executes stage functions: memory, bound functions and copies. One thread at a time uses a device: its owner thread during a run,
/// the caller between runs; but <see cref="Offload"/> and <see cref="Reload"/> run beside it. Addresses mean something to the device that gave them (and to <see cref="Copy"/> of every device of its kind).
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

    /// <summary>Called once on the owner thread before its first run.</summary>
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

    /// <summary>Within the device, or to and from message memory of a neighbour.</summary>
    void Copy(nint source, nint target, in StridedCopy copy);

    /// <summary>Device to host memory of the device. Called by a thread of the device's own, while the owner thread runs functions.</summary>
    void Offload(nint source, nint host, Bytes size);

    /// <summary>Host memory of the device to the device; by another such thread.</summary>
    void Reload(nint host, nint target, Bytes size);

    /// <summary>A mark that this device sets and a neighbour waits for; null for a device whose calls return when the work is done.</summary>
    IFence? CreateFence() => null;

    /// <summary>Sets the mark behind everything that the device was asked so far. Does not wait for it.</summary>
    /// <param name="fence">One of its own.</param>
    void Signal(IFence fence) => throw new NotSupportedException($"{Name} has no fences");

    /// <summary>Lets the device begin what it is asked from now on when the mark, as it was last set, has been reached. Does not wait for it.</summary>
    /// <param name="fence">One of a device of its kind.</param>
    void Await(IFence fence) => throw new NotSupportedException($"{Name} has no fences");
}

/// <summary>A point in a device's queue of work.</summary>
public interface IFence : IDisposable;

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
