using System.Diagnostics;
using GraphPipe.Bundle;

namespace GraphPipe.Runtime;

/// <summary>SEND: waits for a free place in the channel and copies a range of samples of a buffer to it.</summary>
internal sealed class SendAction(PlanAction action, MessageQueue queue, IDevice device, nint source, StridedCopy copy) : BoundAction(action)
{
    private nint _place;

    public MessageQueue Queue => queue;

    public override DeviceQueue DeviceQueue => DeviceQueue.Send;

    protected override bool IsReady => queue.HasRoom;

    public override void Touch(Footprint footprint) => footprint.ReadRows(source, copy.Rows, copy.RowBytes, copy.SourceOffset, copy.SourceStride);

    protected override void Prepare(RunState run)
    {
        long start = Stopwatch.GetTimestamp();
        if (!queue.TryBeginSend(out _place))
            throw new RunAbortedException();
        WaitTicks += Stopwatch.GetTimestamp() - start;
    }

    protected override void Execute(RunState run) => device.Copy(DeviceQueue.Send, source, _place, copy);

    protected override void Complete(RunState run) => queue.EndSend(Action.Range, isDelivered: run.Interference?.Delivers(Action) ?? true);
}

/// <summary>RECV: waits for a message and copies it to its samples of a buffer.</summary>
internal sealed class RecvAction(PlanAction action, MessageQueue queue, IDevice device, nint target, StridedCopy copy) : BoundAction(action)
{
    private nint _place;

    public MessageQueue Queue => queue;

    public override DeviceQueue DeviceQueue => DeviceQueue.Receive;

    protected override bool IsReady => queue.HasMessage;

    public override void Touch(Footprint footprint) => footprint.WriteRows(target, copy.Rows, copy.RowBytes, copy.TargetOffset, copy.TargetStride);

    protected override void Prepare(RunState run)
    {
        long start = Stopwatch.GetTimestamp();
        if (!queue.TryBeginReceive(Action.Range, out _place))
            throw new RunAbortedException();
        WaitTicks += Stopwatch.GetTimestamp() - start;
        run.Interference?.Receiving(Action);
    }

    protected override void Execute(RunState run) => device.Copy(DeviceQueue.Receive, _place, target, copy);

    protected override void Complete(RunState run) => queue.EndReceive();
}
