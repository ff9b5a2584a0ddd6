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

/// <summary>A few bytes on their way from a device to the host, in memory taken once.</summary>
public interface ILateRead : IDisposable
{
    /// <summary>Puts the copy into the device's compute queue.</summary>
    void Begin(nint source);

    /// <summary>Waits for the last copy begun. Any thread may.</summary>
    ReadOnlySpan<byte> Wait();
}
