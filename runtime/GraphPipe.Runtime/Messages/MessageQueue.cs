using GraphPipe.Bundle;

namespace GraphPipe.Runtime;

/// <summary>
/// A channel at work: a ring of <see cref="ChannelDecl.Depth"/> messages in memory of the receiving device, one sender and one receiver. The
/// sender copies in, the receiver copies out; each waits while the ring is full or empty.
/// </summary>
public sealed class MessageQueue
{
    private readonly nint _memory;
    private readonly long _messageBytes;
    private readonly Sequence _sent = new();
    private readonly Sequence _received = new();

    /// <param name="channel">The channel.</param>
    /// <param name="memory">Depth × <paramref name="messageBytes"/> bytes.</param>
    /// <param name="messageBytes">Aligned size of the largest message.</param>
    public MessageQueue(ChannelDecl channel, nint memory, Bytes messageBytes)
    {
        Channel = channel;
        _memory = memory;
        _messageBytes = messageBytes.Value;
    }

    public ChannelDecl Channel { get; }

    /// <summary>Messages sent and not yet received.</summary>
    public long Count => _sent.Value - _received.Value;

    /// <summary>Waits for a free place; the sender's next message goes to the address it gets.</summary>
    /// <returns>False if the run was aborted.</returns>
    public bool TryBeginSend(out nint place)
    {
        long next = _sent.Value;
        place = PlaceOf(next);
        return _received.WaitFor(next - Channel.Depth + 1);
    }

    /// <summary>Hands the message over.</summary>
    public void EndSend() => _sent.Advance();

    /// <summary>Waits for a message.</summary>
    /// <returns>False if the run was aborted.</returns>
    public bool TryBeginReceive(out nint place)
    {
        long next = _received.Value;
        place = PlaceOf(next);
        return _sent.WaitFor(next + 1);
    }

    /// <summary>Frees the message's place.</summary>
    public void EndReceive() => _received.Advance();

    /// <summary>Wakes and fails both sides.</summary>
    public void Abort()
    {
        _sent.Abort();
        _received.Abort();
    }

    /// <summary>Empties the queue; only between runs.</summary>
    public void Reset()
    {
        _sent.Reset();
        _received.Reset();
    }

    private nint PlaceOf(long message) => _memory + (nint)(message % Channel.Depth * _messageBytes);
}
