using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>
/// Turns stages, channels and a schedule into lists of actions: a receive stands right before the work that needs it, a send right after the
/// work that makes it, both in order of the channels' numbers. At the end of each list the step: gradients of shared parameters to their owners,
/// STEP of every stage, new values back; every device sends before it receives, so that none waits in a circle.
/// </summary>
public static class PlanLowering
{
    /// <param name="stages">Numbered by position; <see cref="PlannedStage.InFlight"/> is replaced by what the schedule holds.</param>
    /// <param name="channels">Numbered by position; <see cref="ChannelDecl.Depth"/> is replaced.</param>
    /// <returns>A plan that <see cref="PlanProof"/> accepts; null with the reason (GP3003, GP3007, GP3008, GP3013) in <paramref name="diagnostics"/>.</returns>
    public static ExecutionPlan? Lower(
        long miniBatch,
        DeviceMesh mesh,
        ImmutableArray<PlannedStage> stages,
        ImmutableArray<ChannelDecl> channels,
        PipelineSchedule schedule,
        DiagnosticBag diagnostics)
    {
        var shape = StageGraph.From(miniBatch, stages, channels);
        foreach (var stage in stages.Where(s => s.MicroBatch < 1 || miniBatch % s.MicroBatch != 0))
            diagnostics.Add(Diagnostic.Error(Codes.MicroBatchUneven, $"micro-batches of {stage.MicroBatch} samples of {stage.Id} do not divide the mini-batch of {miniBatch}"));
        foreach (var task in schedule.Devices.SelectMany(d => d).Where(t => t.Stage.Value < 0 || t.Stage.Value >= stages.Length).Take(1))
            diagnostics.Add(Diagnostic.Error(Codes.ScheduleUnsuitable, $"the schedule '{schedule.Name}' runs {task.Stage}, but there are {stages.Length}"));
        foreach (var channel in channels.Where(c => c.Kind == ChannelKind.Gradient && c.Batch is null && stages[c.From.Value].MicroBatch != stages[c.To.Value].MicroBatch))
        {
            diagnostics.Add(Diagnostic.Error(
                Codes.MicroBatchUneven,
                $"'{channel.Name}' has no samples, so its gradient can't be cut for micro-batches of {stages[channel.From.Value].MicroBatch} and {stages[channel.To.Value].MicroBatch} samples",
                $"stages '{stages[channel.To.Value].Name}' and '{stages[channel.From.Value].Name}'",
                "give both stages the same micro-batch"));
        }

        if (diagnostics.HasErrors)
            return null;
        var inFlight = InFlight.PeakOf(schedule, shape);
        bool training = schedule.Devices.Any(d => d.Any(t => t.Kind != ActionKind.Forward));
        var plan = new ExecutionPlan(
            miniBatch,
            schedule.Name,
            mesh,
            [.. stages.Select((s, i) => s with { InFlight = inFlight[i] })],
            [.. channels.Select(c => c with { Depth = 1 })],
            []);
        plan = plan with { Devices = [.. Enumerable.Range(0, mesh.Count).Select(d => ListOf(plan, schedule, new DeviceId(d), training))] };
        // Depths follow from a run, and a run makes sense only if every message is sent and received.
        var faults = PlanProof.Check(plan, training).Where(f => f.Code != Codes.PlanDeadlock).ToList();
        diagnostics.AddRange(faults);
        return faults.Count > 0 ? null : ChannelDepths.Set(plan, diagnostics);
    }

    /// <summary>The stages of a partition without replicas, for <see cref="Lower"/>; devices by their position in the topology.</summary>
    public static ImmutableArray<PlannedStage> StagesOf(PipelinePlan plan, Topology topology)
    {
        var devices = topology.Devices.Select((d, i) => (d.Name, i)).ToDictionary(p => p.Name, p => new DeviceId(p.i));
        return [.. plan.Stages.Select(s => new PlannedStage(s.Id, s.Name, devices[s.Devices[0]], s.MicroBatch, s.InFlight))];
    }

    private static DeviceActions ListOf(ExecutionPlan plan, PipelineSchedule schedule, DeviceId device, bool training)
    {
        var actions = ImmutableArray.CreateBuilder<PlanAction>();
        foreach (var task in device.Value < schedule.Devices.Length ? schedule[device] : [])
        {
            var stage = plan[task.Stage];
            var range = new SampleRange(task.MicroBatch.Index * stage.MicroBatch, (task.MicroBatch.Index + 1) * stage.MicroBatch);
            if (task.Kind == ActionKind.BackwardWeight)
            {
                actions.Add(PlanAction.Compute(task.Kind, stage.Id, task.MicroBatch, range));
                continue;
            }

            var kind = task.Kind == ActionKind.Forward ? ChannelKind.Activation : ChannelKind.Gradient;
            foreach (var channel in plan.Channels.Where(c => c.Kind == kind && c.To == stage.Id))
                actions.AddRange(Messages(plan, channel, range).Select(part => PlanAction.Recv(channel.Id, task.MicroBatch, part)));
            actions.Add(PlanAction.Compute(task.Kind, stage.Id, task.MicroBatch, range));
            foreach (var channel in plan.Channels.Where(c => c.Kind == kind && c.From == stage.Id))
                actions.AddRange(Messages(plan, channel, range).Select(part => PlanAction.Send(channel.Id, task.MicroBatch, part)));
        }

        if (training)
            AddStep(plan, device, actions);
        return new DeviceActions(device, actions.ToImmutable());
    }

    private static void AddStep(ExecutionPlan plan, DeviceId device, ImmutableArray<PlanAction>.Builder actions)
    {
        IEnumerable<ChannelId> Ends(ChannelKind kind, bool sends) =>
            plan.Channels.Where(c => c.Kind == kind && plan.DeviceOf(sends ? c.From : c.To) == device).Select(c => c.Id);
        actions.AddRange(Ends(ChannelKind.ParameterGradient, sends: true).Select(c => PlanAction.Send(c, PlanAction.NoMicroBatch, default)));
        actions.AddRange(Ends(ChannelKind.ParameterGradient, sends: false).Select(c => PlanAction.Recv(c, PlanAction.NoMicroBatch, default)));
        actions.AddRange(plan.StagesOn(device).Select(s => PlanAction.Step(s.Id)));
        actions.AddRange(Ends(ChannelKind.ParameterValue, sends: true).Select(c => PlanAction.Send(c, PlanAction.NoMicroBatch, default)));
        actions.AddRange(Ends(ChannelKind.ParameterValue, sends: false).Select(c => PlanAction.Recv(c, PlanAction.NoMicroBatch, default)));
    }

    private static IEnumerable<SampleRange> Messages(ExecutionPlan plan, ChannelDecl channel, SampleRange range)
    {
        long size = MessageSize.Of(plan, channel);
        for (long start = range.Start; start < range.End; start += size)
            yield return new SampleRange(start, start + size);
    }
}
