using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Runtime;

/// <summary>Looks up everything that the actions of a device need: stages, bound functions, channels, addresses, copies.</summary>
internal sealed class ActionBinder(
    ExecutionPlan plan, IReadOnlyList<StageInstance> stages, IReadOnlyList<MessageQueue> queues, IReadOnlyList<DeviceCopies?> copies, IReadOnlyDictionary<string, int> outputNumbers)
{
    /// <summary>A device's actions for a mini-batch of <paramref name="samples"/> samples.</summary>
    public BoundAction[] Bind(DeviceId device, ImmutableArray<PlanAction> full, long samples, RunMode mode, DiagnosticBag diagnostics)
    {
        var actions = ActionFilter.Shorten(full, samples);
        if (mode != RunMode.Train)
            actions = ActionFilter.ForwardOnly(actions, plan.Channels);
        foreach (var action in actions)
        {
            if (action.IsCompute)
                stages[action.Target].BindAt(action.Range.Count, diagnostics);
        }

        diagnostics.ThrowIfErrors();
        var begun = new HashSet<(StageId Stage, ActionKind Kind)>();
        var returned = new HashSet<(StageId, MicroBatch)>();
        var awaited = AwaitedCopies.Of(plan, device, actions);
        var idle = mode != RunMode.Train ? [] : full.Where(a => a.Kind == ActionKind.Step).Select(a => a.Stage).Distinct().Where(HasBackward).Except(actions.Where(a => a.IsBackward).Select(a => a.Stage));
        return [.. idle.Select(s => WithoutSamples(s, samples)), .. actions.Select((a, i) => Bind(a, samples, mode, begun, returned, copies[device.Value]?.After(awaited[i])))];
    }

    // A stage that trains nothing has none, and no sums.
    private bool HasBackward(StageId stage) =>
        stages[stage.Value].Program.Functions.Any(f => f.Kind is FunctionKind.Backward or FunctionKind.BackwardInput or FunctionKind.BackwardWeight);

    private NoSamplesAction WithoutSamples(StageId stage, long samples) =>
        new(PlanAction.Compute(ActionKind.Backward, stage, new MicroBatch(0), new SampleRange(samples, samples)), stages[stage.Value]);

    private BoundAction Bind(PlanAction action, long samples, RunMode mode, HashSet<(StageId Stage, ActionKind Kind)> begun, HashSet<(StageId, MicroBatch)> returned, CopyWait? after)
    {
        if (action.IsCopy)
            return BindCopy(action, returned, after);
        var bound = Bind(action, samples, mode, begun, !action.IsStep && returned.Contains((plan.StageOf(action).Id, action.MicroBatch)));
        bound.Awaited = after;
        return bound;
    }

    private BoundAction BindCopy(PlanAction action, HashSet<(StageId, MicroBatch)> returned, CopyWait? after)
    {
        var stage = stages[action.Target];
        bool isReturned = action.Kind == ActionKind.Reload;
        if (isReturned)
            returned.Add((action.Stage, action.MicroBatch));
        if (stage.Device.IsAsynchronous)
            return new QueuedCopyAction(action, stage.Device, stage.SavedBlocks(action.MicroBatch, isReturned));
        var own = copies[stage.Stage.Device.Value]!;
        return new CopyAction(action, isReturned ? own.In : own.Out, stage.Device, stage.SavedBlocks(action.MicroBatch, isReturned), after);
    }

    private BoundAction Bind(PlanAction action, long samples, RunMode mode, HashSet<(StageId Stage, ActionKind Kind)> begun, bool isReturned)
    {
        int generation = mode == RunMode.Train ? plan.GenerationOf(action) : 0;
        switch (action.Kind)
        {
            case ActionKind.Forward:
                return new ForwardAction(action, stages[action.Target], samples, mode, generation, begun.Add((action.Stage, action.Kind)), outputNumbers);
            case ActionKind.Backward:
                // A whole backward is both halves: where a schedule mixes them, sums begin with whichever comes first.
                bool first = begun.Add((action.Stage, ActionKind.BackwardWeight)) & begun.Add((action.Stage, ActionKind.BackwardInput));
                return new FunctionAction(action, stages[action.Target], generation, first, isReturned);
            case ActionKind.BackwardInput or ActionKind.BackwardWeight:
                return new FunctionAction(action, stages[action.Target], generation, begun.Add((action.Stage, action.Kind)), isReturned);
            case ActionKind.Step:
                begun.RemoveWhere(b => b.Stage == action.Stage);
                return new StepAction(action, stages[action.Target], generation);
            default:
                return BindMessage(action, samples, isReturned);
        }
    }

    private BoundAction BindMessage(PlanAction action, long samples, bool isReturned)
    {
        bool isSend = action.Kind == ActionKind.Send;
        var queue = queues[action.Target];
        var stage = stages[isSend ? queue.Channel.From.Value : queue.Channel.To.Value];
        var port = stage.Program.Ports.FirstOrDefault(p => p.Channel == action.Channel && p.IsSend == isSend)
            ?? throw new InvalidOperationException($"{stage.Program.Name} has no port for {action}");
        nint address = stage.AddressOf(port.Buffer, action.MicroBatch, isReturned);
        var buffer = stage.Program[port.Buffer];
        if (action.IsStep)
        {
            var whole = StridedCopy.Whole(buffer.Size(0).Value);
            return isSend ? new SendAction(action, queue, stage.Device, address, whole) : new RecvAction(action, queue, stage.Device, address, whole);
        }

        // The buffer holds the whole micro-batch, the message its samples in the action's range.
        var (start, end) = stage.Stage.Samples.RangeOf(action.MicroBatch);
        long held = Math.Min(end, samples) - start;
        long count = action.Range.Count, offset = action.Range.Start - start;
        return isSend
            ? new SendAction(action, queue, stage.Device, address, SampleLayout.Copy(buffer.Type, buffer.Shape, buffer.Batch, count, held, offset, count, 0))
            : new RecvAction(action, queue, stage.Device, address, SampleLayout.Copy(buffer.Type, buffer.Shape, buffer.Batch, count, count, 0, held, offset));
    }
}
