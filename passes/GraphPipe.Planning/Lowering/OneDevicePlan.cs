using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>
/// The stages of a plan on one device, one action after the other: the devices' lists merged, each going on as far as its messages let it. Every stage keeps its order of work and every action the weights
/// that it sees, so the numbers are those of the plan, with nothing left to overlap.
/// </summary>
public static class OneDevicePlan
{
    /// <param name="plan">A proved plan.</param>
    public static ExecutionPlan Of(ExecutionPlan plan)
    {
        var only = new DeviceId(0);
        var serial = plan with
        {
            Mesh = new DeviceMesh([plan.Mesh.Devices[0]]),
            Stages = [.. plan.Stages.Select(s => s with { Device = only })],
            Devices = [new DeviceActions(only, Merge(plan))],
        };
        return ChannelDepths.Set(serial, new DiagnosticBag()) ?? throw new InvalidOperationException("actions in an order of their messages wait for none");
    }

    private static ImmutableArray<PlanAction> Merge(ExecutionPlan plan)
    {
        var merged = ImmutableArray.CreateBuilder<PlanAction>(plan.Devices.Sum(d => d.Actions.Length));
        int[] next = new int[plan.Devices.Length], waiting = new int[plan.Channels.Length];
        for (int before = -1; before < merged.Count;)
        {
            before = merged.Count;
            for (int d = 0; d < next.Length; d++)
            {
                var actions = plan.Devices[d].Actions;
                for (; next[d] < actions.Length && (actions[next[d]].Kind != ActionKind.Recv || waiting[actions[next[d]].Target] > 0); next[d]++)
                {
                    var action = actions[next[d]];
                    if (action.Kind is ActionKind.Send or ActionKind.Recv)
                        waiting[action.Target] += action.Kind == ActionKind.Send ? 1 : -1;
                    merged.Add(action);
                }
            }
        }

        return merged.Count == merged.Capacity ? merged.MoveToImmutable() : throw new InvalidOperationException("the plan waits for ever");
    }
}
