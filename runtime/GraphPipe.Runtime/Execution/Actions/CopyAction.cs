using System.Diagnostics;
using GraphPipe.Bundle;

namespace GraphPipe.Runtime;

/// <summary>OFFLOAD, RELOAD: puts a copy of a micro-batch's saved values into the device's queue of that direction, and is done.</summary>
/// <param name="blocks">What is copied.</param>
/// <param name="after">The copies that the copy itself waits for; null for none.</param>
internal sealed class CopyAction(PlanAction action, CopyQueue queue, IDevice device, SavedBlock[] blocks, CopyWait? after) : BoundAction(action)
{
    public CopyQueue Queue => queue;

    /// <summary>The copies that the copy itself waits for, on the queue's thread; null for none.</summary>
    public CopyWait? After => after;

    /// <summary>When the last <see cref="Move"/> began, in <see cref="Stopwatch"/> ticks; read once the queue has nothing to do.</summary>
    public long Started { get; private set; }

    /// <summary>When it ended.</summary>
    public long Ended { get; private set; }

    /// <summary>Copies; on the queue's thread.</summary>
    public void Move()
    {
        Started = Stopwatch.GetTimestamp();
        SavedBlock.Move(Action, device, blocks);
        Ended = Stopwatch.GetTimestamp();
    }

    public override void Touch(Footprint footprint) => SavedBlock.Touch(Action, footprint, blocks);

    protected override void Execute(RunState run) => queue.Issue(this, run);
}

/// <summary>OFFLOAD, RELOAD on a device that has queues of its own: puts the copies into the one of that direction.</summary>
internal sealed class QueuedCopyAction(PlanAction action, IDevice device, SavedBlock[] blocks) : BoundAction(action)
{
    public override DeviceQueue DeviceQueue => Action.Kind == ActionKind.Offload ? DeviceQueue.Offload : DeviceQueue.Reload;

    public override void Touch(Footprint footprint) => SavedBlock.Touch(Action, footprint, blocks);

    protected override void Execute(RunState run) => SavedBlock.Move(Action, device, blocks);
}
