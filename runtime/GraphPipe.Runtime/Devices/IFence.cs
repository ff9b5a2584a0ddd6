using GraphPipe.Bundle;

namespace GraphPipe.Runtime;

/// <summary>A point in a device's queue of work, set anew in every run. Any thread may wait for it.</summary>
public interface IFence : IDisposable
{
    /// <summary>Waits until the point has been reached; at once if it was never set.</summary>
    void Wait();

    /// <summary>Time of the device from another point to this one; both have been reached.</summary>
    /// <param name="earlier">A fence of the same device.</param>
    Microseconds Since(IFence earlier);
}

/// <summary>A few bytes on their way from a device to the host, in memory taken once; with them comes what kernels before them have reported.</summary>
public interface ILateRead : IDisposable
{
    /// <summary>Puts the copy into the device's compute queue.</summary>
    /// <param name="source">Looked at only if there are bytes to read.</param>
    void Begin(nint source);

    /// <summary>Waits for the last copy begun. Any thread may.</summary>
    /// <exception cref="DiagnosticException">GP7007: a kernel queued before it has reported a value that can't be.</exception>
    ReadOnlySpan<byte> Wait();
}
