using System.Diagnostics;
using GraphPipe.Bundle;

namespace GraphPipe.Runtime;

/// <summary>SEND: waits for a free place in the channel and copies a range of samples of a buffer to it.</summary>
internal sealed class SendAction(PlanAction action, MessageQueue queue, IDevice device, nint source, StridedCopy copy) : BoundAction(action)
{
    public MessageQueue Queue => queue;

    protected override bool IsReady => queue.HasRoom;

    protected override void Execute(RunState run)
    {
        long start = Stopwatch.GetTimestamp();
        if (!queue.TryBeginSend(out _))
            throw new RunAbortedException();
        WaitTicks += Stopwatch.GetTimestamp() - start;
        queue.Fill(device, source, copy);
        queue.EndSend(Action.Range, isDelivered: run.Interference?.Delivers(Action) ?? true);
    }
}

/// <summary>RECV: waits for a message and copies it to its samples of a buffer.</summary>
internal sealed class RecvAction(PlanAction action, MessageQueue queue, IDevice device, nint target, StridedCopy copy) : BoundAction(action)
{
    public MessageQueue Queue => queue;

    protected override bool IsReady => queue.HasMessage;

    protected override void Execute(RunState run)
    {
        long start = Stopwatch.GetTimestamp();
        if (!queue.TryBeginReceive(Action.Range, out _))
            throw new RunAbortedException();
        WaitTicks += Stopwatch.GetTimestamp() - start;
        run.Interference?.Receiving(Action);
        queue.Empty(device, target, copy);
        queue.EndReceive();
    }
}
