using GraphPipe.Bundle;

namespace GraphPipe.Runtime.Cuda;

/// <summary>Asked before every wait of a stream for an event: where a test leaves one out, to see that it was needed.</summary>
internal interface IStreamWaits
{
    /// <param name="device">The device whose stream would wait; it asks in the order of its actions.</param>
    /// <returns>False to leave the wait out.</returns>
    bool IsMade(DeviceName device);
}
