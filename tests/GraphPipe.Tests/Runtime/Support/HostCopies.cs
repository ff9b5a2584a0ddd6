using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Tests.Runtime;

/// <summary>Puts copies to the host into a plan that has none, without any cleverness.</summary>
internal static class HostCopies
{
    /// <summary>
    /// Every micro-batch of every stage leaves right behind its forward's sends and comes back right before its backward, its messages included, but for those
    /// whose backward is next.
    /// </summary>
    /// <param name="resident">Micro-batches of a stage on the device, at most; null for no limit.</param>
    public static ExecutionPlan Add(ExecutionPlan plan, int? resident) => plan with
    {
        Stages = [.. plan.Stages.Select(s => s with { Resident = resident * s.MicroBatch })],
        Devices = [.. plan.Devices.Select(d => d with { Actions = Add(plan, d.Actions) })],
    };

    private static ImmutableArray<PlanAction> Add(ExecutionPlan plan, ImmutableArray<PlanAction> actions)
    {
        var list = ImmutableArray.CreateBuilder<PlanAction>();
        for (int i = 0; i < actions.Length; i++)
        {
            var action = actions[i];
            if (!action.IsStep && IsFirstOfBackward(plan, actions, i) && list.Any(a => a.Kind == ActionKind.Offload && a.Stage == plan.StageOf(action).Id && a.MicroBatch == action.MicroBatch))
                list.Add(PlanAction.Copy(ActionKind.Reload, plan.StageOf(action).Id, action.MicroBatch, RangeOf(plan, action)));
            list.Add(action);
            if (!action.IsStep && IsLastOfForward(plan, actions, i))
                list.Add(PlanAction.Copy(ActionKind.Offload, plan.StageOf(action).Id, action.MicroBatch, RangeOf(plan, action)));
        }

        return list.ToImmutable();
    }

    private static bool IsOf(ExecutionPlan plan, PlanAction a, PlanAction b) => !b.IsStep && plan.StageOf(a).Id == plan.StageOf(b).Id && a.MicroBatch == b.MicroBatch;

    private static bool IsForward(ExecutionPlan plan, PlanAction a) => a.IsCompute ? a.Kind == ActionKind.Forward : plan[a.Channel].Kind == ChannelKind.Activation;

    private static bool IsFirstOfBackward(ExecutionPlan plan, ImmutableArray<PlanAction> actions, int i) =>
        !IsForward(plan, actions[i]) && !actions.Take(i).Any(a => IsOf(plan, actions[i], a) && !IsForward(plan, a));

    private static bool IsLastOfForward(ExecutionPlan plan, ImmutableArray<PlanAction> actions, int i) =>
        IsForward(plan, actions[i])
        && !actions.Skip(i + 1).Any(a => IsOf(plan, actions[i], a) && IsForward(plan, a))
        && !(i + 1 < actions.Length && IsOf(plan, actions[i], actions[i + 1]));

    private static SampleRange RangeOf(ExecutionPlan plan, PlanAction action)
    {
        var range = plan.StageOf(action).Samples.RangeOf(action.MicroBatch);
        return range with { End = Math.Min(range.End, plan.MiniBatch) };
    }
}
