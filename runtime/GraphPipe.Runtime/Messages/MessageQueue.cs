using GraphPipe.Bundle;

namespace GraphPipe.Runtime;

/// <summary>
/// A channel at work: a ring of <see cref="ChannelDecl.Depth"/> messages in memory of the receiving device, one sender and one receiver. The
/// sender copies in, the receiver copies out; each waits while the ring is full or empty. A message carries the samples it is about, so that a
/// plan whose sends and receives don't match is found out, not trained on.
/// </summary>
public sealed class MessageQueue
{
    private readonly nint _memory;
    private readonly long _messageBytes;
    private readonly SampleRange[] _ranges;
    private readonly Sequence _sent = new();
    private readonly Sequence _received = new();
    private readonly Sequence? _senderBell;
    private readonly Sequence? _receiverBell;
    private long _handedOver;

    /// <param name="memory">Depth × <paramref name="messageBytes"/> bytes.</param>
    /// <param name="messageBytes">Aligned size of the largest message.</param>
    /// <param name="senderBell">Raised when a place becomes free, for a sender that waits for several things at once.</param>
    /// <param name="receiverBell">Raised when a message comes in.</param>
    public MessageQueue(ChannelDecl channel, nint memory, Bytes messageBytes, Sequence? senderBell = null, Sequence? receiverBell = null)
    {
        _senderBell = senderBell;
        _receiverBell = receiverBell;
        Channel = channel;
        _memory = memory;
        _ranges = new SampleRange[channel.Depth];
        _messageBytes = messageBytes.Value;
    }

    public ChannelDecl Channel { get; }

    /// <summary>Messages sent and not yet received.</summary>
    public long Count => _sent.Value - _received.Value;

    /// <summary>Whether the next send would find a place.</summary>
    public bool HasRoom => Count < Channel.Depth;

    /// <summary>Whether the next receive would find a message.</summary>
    public bool HasMessage => Count > 0;

    /// <summary>Messages that the sender believes to have sent and that never arrived. Exact while nobody sends.</summary>
    public long Lost => Volatile.Read(ref _handedOver) - _sent.Value;

    /// <summary>Waits for a free place; the sender's next message goes to the address it gets.</summary>
    /// <returns>False if the run was aborted.</returns>
    public bool TryBeginSend(out nint place)
    {
        long next = _sent.Value;
        place = PlaceOf(next);
        return _received.WaitFor(next - Channel.Depth + 1);
    }

    /// <summary>Hands the message over.</summary>
    /// <param name="range">The samples it is about.</param>
    /// <param name="isDelivered">False: it gets lost on the way (<see cref="Interference"/>).</param>
    public void EndSend(SampleRange range, bool isDelivered = true)
    {
        if (isDelivered)
        {
            _ranges[_sent.Value % Channel.Depth] = range;
            _sent.Advance();
            _receiverBell?.Advance();
        }

        // After the message itself, so that none is taken for lost that is on its way.
        Volatile.Write(ref _handedOver, _handedOver + 1);
    }

    /// <summary>Waits for a message.</summary>
    /// <param name="range">The samples it must be about.</param>
    /// <param name="place">Where it lies.</param>
    /// <returns>False if the run was aborted.</returns>
    /// <exception cref="DiagnosticException">GP3007: the message is about other samples.</exception>
    public bool TryBeginReceive(SampleRange range, out nint place)
    {
        long next = _received.Value;
        place = PlaceOf(next);
        if (!_sent.WaitFor(next + 1))
            return false;
        var sent = _ranges[next % Channel.Depth];
        return sent == range
            ? true
            : throw new DiagnosticException(Diagnostic.Error(
                Codes.PlanMalformed, $"channel '{Channel.Name}' delivers samples {sent}, the plan receives {range}", advice: "compile the bundle again"));
    }

    /// <summary>Frees the message's place.</summary>
    public void EndReceive()
    {
        _received.Advance();
        _senderBell?.Advance();
    }

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
        _handedOver = 0;
    }

    private nint PlaceOf(long message) => _memory + (nint)(message % Channel.Depth * _messageBytes);
}
