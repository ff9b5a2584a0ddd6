namespace GraphPipe.Runtime;

/// <summary>
/// A queue of a device that works behind its callers: what is put into one is done in order, what is in two of them in any, unless a fence says otherwise. A device whose calls
/// return when the work is done has one thread of control and takes no notice.
/// </summary>
public enum DeviceQueue
{
    /// <summary>Functions, feeds, and reads of results.</summary>
    Compute,

    /// <summary>Messages to other devices.</summary>
    Send,

    /// <summary>Messages from other devices.</summary>
    Receive,

    /// <summary>Copies to the host's memory.</summary>
    Offload,

    /// <summary>Copies from it.</summary>
    Reload,
}
