using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>
/// Turns stages, channels and a schedule into lists of actions: a receive stands right before the work that needs it, a send right after the
/// work that makes it, both in order of the channels' numbers. Where the two ends of a channel take micro-batches in different orders, what comes
/// out of it before the message that is needed is received before it. OFFLOAD stands behind its forward's sends, for the queue of copies keeps them in order, and RELOAD where the
/// schedule begins the copy. An asynchronous schedule has the STEPs of <see cref="ComputeActions"/>. Any other has the step at the end of each list: gradients of shared parameters to their owners,
/// STEP of every stage, new values back; every device sends before it receives, so that none waits in a circle.
/// </summary>
public static class PlanLowering
{
    /// <param name="stages">
    /// Numbered by position, replicas one after the other; <see cref="PlannedStage.InFlight"/> is replaced by what the schedule holds.
    /// </param>
    /// <param name="channels">Numbered by position; <see cref="ChannelDecl.Depth"/> is replaced.</param>
    /// <param name="schedule">The order of work of the whole stages (<see cref="StageGraph.From"/>), on the first device of each.</param>
    /// <returns>A plan that <see cref="PlanProof"/> accepts; null with the reason (GP3003, GP3007, GP3008, GP3013, GP3031, GP3034) in <paramref name="diagnostics"/>.</returns>
    public static ExecutionPlan? Lower(
        long miniBatch,
        DeviceMesh mesh,
        ImmutableArray<PlannedStage> stages,
        ImmutableArray<ChannelDecl> channels,
        PipelineSchedule schedule,
        DiagnosticBag diagnostics)
    {
        var shape = StageGraph.From(miniBatch, stages, channels);
        foreach (var stage in stages.Where(s => s.MicroBatch < 1 || miniBatch % s.Samples.Stride != 0))
            diagnostics.Add(Diagnostic.Error(Codes.MicroBatchUneven, $"micro-batches of {stage.Samples.Stride} samples of {stage.Id} do not divide the mini-batch of {miniBatch}"));
        foreach (var task in schedule.Devices.SelectMany(d => d).Where(t => t.Stage.Value < 0 || t.Stage.Value >= shape.Stages.Length).Take(1))
            diagnostics.Add(Diagnostic.Error(Codes.ScheduleUnsuitable, $"the schedule '{schedule.Name}' runs {task.Stage}, but there are {shape.Stages.Length}"));
        foreach (var task in schedule.Devices.SelectMany(d => d).Where(t => !t.IsCompute && !t.IsCopy).Take(1))
            diagnostics.Add(Diagnostic.Error(Codes.ScheduleUnsuitable, $"the schedule '{schedule.Name}' says {task}, which is neither computation nor a copy to the host", advice: "leave it out: communication follows from the order of work"));
        foreach (var channel in channels.Where(c => c.Kind == ChannelKind.Gradient && c.Batch is null && stages[c.From.Value].Samples != stages[c.To.Value].Samples))
        {
            diagnostics.Add(Diagnostic.Error(
                Codes.MicroBatchUneven,
                $"'{channel.Name}' has no samples, so its gradient can't be cut for {Describe(stages[channel.From.Value])} and {Describe(stages[channel.To.Value])}",
                $"stages '{stages[channel.To.Value].Name}' and '{stages[channel.From.Value].Name}'",
                "give both stages the same micro-batch and as many replicas"));
        }

        bool training = schedule.Devices.Any(d => d.Any(t => !t.IsForward));
        var updates = training ? schedule.Updates : null;
        if (updates is not null)
            CheckUnshared(schedule.Name, stages, channels, diagnostics);
        if (diagnostics.HasErrors || SumOrder.Of(schedule, shape, diagnostics) is null)
            return null;
        schedule = SplitBackwards.Of(schedule);
        var inFlight = InFlight.PeakOf(schedule, shape);
        var whole = StageGraph.WholeOf(stages);
        var plan = new ExecutionPlan(
            miniBatch,
            schedule.Name,
            mesh,
            [.. stages.Select((s, i) => s with { InFlight = s.Replica.PartOf(inFlight[whole[i].Value]) })],
            [.. channels.Select(c => c with { Depth = 1 })],
            [])
        {
            Generation = updates is null ? null : updates.Every * stages[0].Samples.Stride,
        };
        if (Tasks(plan, schedule, diagnostics) is not { } tasks)
            return null;
        var arriving = new Arrivals(plan, tasks);
        var ends = new ChannelEnds(plan);
        plan = plan with { Devices = [.. Enumerable.Range(0, mesh.Count).Select(d => ListOf(plan, ends, tasks[d], new DeviceId(d), training, updates, arriving))] };
        plan = WithResident(plan, InFlight.ResidentOf(schedule, shape), whole);
        // Depths follow from a run, and a run makes sense only if every message is sent and received.
        var faults = PlanProof.Check(plan, training).Where(f => f.Code != Codes.PlanDeadlock).ToList();
        diagnostics.AddRange(faults);
        return faults.Count > 0 ? null : ChannelDepths.Set(plan, diagnostics);
    }

    /// <summary>The stages of a partition, for <see cref="Lower"/>, one for each replica; devices by their position in the list.</summary>
    public static ImmutableArray<PlannedStage> StagesOf(PipelinePlan plan, IReadOnlyList<string> devices)
    {
        var replication = ReplicationOf(plan);
        var place = devices.Select((d, i) => (d, i)).ToDictionary(p => p.d, p => new DeviceId(p.i));
        return
        [
            .. from stage in plan.Stages
               from r in Enumerable.Range(0, stage.Devices.Length)
               let samples = replication.SamplesOf(stage.Id, r)
               select new PlannedStage(
                   replication.StageOf(stage.Id, r), replication.NameOf(stage.Name, stage.Id, r), place[stage.Devices[r]], samples.MicroBatch, samples.Replica.PartOf(stage.InFlight))
               {
                   Replica = samples.Replica,
               },
        ];
    }

    /// <summary>The replicas of a partition.</summary>
    public static Replication ReplicationOf(PipelinePlan plan) => new(plan.Stages.Select(s => (s.MicroBatch, s.Devices.Length, s.Turn)));

    /// <summary>Every replica takes the work of its whole stage that it has a part in, in its order. By device, with the numbers of the stages that run.</summary>
    private static List<ScheduleTask>[]? Tasks(ExecutionPlan plan, PipelineSchedule schedule, DiagnosticBag diagnostics)
    {
        var whole = StageGraph.WholeOf(plan.Stages);
        var replicas = plan.Stages.ToLookup(s => whole[s.Id.Value]);
        var tasks = Enumerable.Range(0, plan.Mesh.Count).Select(_ => new List<ScheduleTask>()).ToArray();
        var takenFrom = new Dictionary<DeviceId, int>();
        for (int list = 0; list < schedule.Devices.Length; list++)
        {
            foreach (var task in schedule.Devices[list])
            {
                foreach (var stage in replicas[task.Stage].Where(s => s.Samples.Has(task.MicroBatch)))
                {
                    if (stage.Replica.TakesTurns && stage.Device.Value != list)
                    {
                        diagnostics.Add(Diagnostic.Error(
                            Codes.ScheduleUnsuitable, $"the schedule '{schedule.Name}' runs {task.MicroBatch} of {task.Stage} on {plan.Mesh[new DeviceId(list)]}, but it is the turn of {plan.Mesh[stage.Device]}"));
                        return null;
                    }

                    if (takenFrom.TryAdd(stage.Device, list) || takenFrom[stage.Device] == list)
                    {
                        tasks[stage.Device.Value].Add(task with { Stage = stage.Id });
                        continue;
                    }

                    diagnostics.Add(Diagnostic.Error(
                        Codes.ScheduleUnsuitable, $"'{stage.Name}' shares {plan.Mesh[stage.Device]} with a stage that is not on the same devices, so the schedule '{schedule.Name}' does not say whose turn it is"));
                    return null;
                }
            }
        }

        return tasks;
    }

    private static DeviceActions ListOf(ExecutionPlan plan, ChannelEnds ends, List<ScheduleTask> tasks, DeviceId device, bool training, AsynchronousUpdates? updates, Arrivals arriving)
    {
        var actions = ImmutableArray.CreateBuilder<PlanAction>();
        var leaving = tasks.Where(t => t.Kind == TaskKind.OffloadStart).Select(t => (t.Stage, t.MicroBatch)).ToHashSet();
        foreach (var action in ComputeActions.Of(tasks, updates, s => plan[s].Samples))
        {
            if (action.Kind is ActionKind.BackwardWeight or ActionKind.Step or ActionKind.Reload)
            {
                actions.Add(action);
                continue;
            }

            var stage = plan[action.Stage];
            var range = action.Range;
            var kind = action.Kind == ActionKind.Forward ? ChannelKind.Activation : ChannelKind.Gradient;
            foreach (var channel in ends.Into(stage.Id, kind))
                actions.AddRange(plan[channel.From].Samples.Within(range).SelectMany(part => arriving.Until(channel, part)).Select(part => PlanAction.Recv(channel.Id, stage.Samples.MicroBatchAt(part.Start), part)));
            actions.Add(action);
            foreach (var channel in ends.OutOf(stage.Id, kind))
                actions.AddRange(plan[channel.To].Samples.Within(range).Select(part => PlanAction.Send(channel.Id, action.MicroBatch, part)));
            if (action.Kind == ActionKind.Forward && leaving.Contains((action.Stage, action.MicroBatch)))
                actions.Add(PlanAction.Copy(ActionKind.Offload, stage.Id, action.MicroBatch, range));
        }

        if (training && updates is null)
            AddStep(plan, ends, device, actions);
        return new DeviceActions(device, actions.ToImmutable());
    }

    /// <summary>
    /// Says of every stage with copies how many samples stay: what the schedule holds until its copies have left, and no less than what the list holds
    /// with early messages.
    /// </summary>
    private static ExecutionPlan WithResident(ExecutionPlan plan, ImmutableArray<long> resident, ImmutableArray<StageId> whole)
    {
        var lists = plan.Devices.ToDictionary(d => d.Device, d => d.Actions);
        PlannedStage Limit(PlannedStage stage)
        {
            var actions = lists[stage.Device];
            if (!actions.Any(a => a.IsCopy && a.Stage == stage.Id))
                return stage;
            long listed = SlotStay.Peak(SlotStay.Of(BufferLife.Activation, stage.Id, actions, plan.Channels)) * stage.MicroBatch;
            return stage with { Resident = Math.Max(listed, resident[whole[stage.Id.Value].Value] / stage.Replica.Count) };
        }

        return plan.Devices.Any(d => d.Actions.Any(a => a.IsCopy)) ? plan with { Stages = [.. plan.Stages.Select(Limit)] } : plan;
    }

    private static void AddStep(ExecutionPlan plan, ChannelEnds ends, DeviceId device, ImmutableArray<PlanAction>.Builder actions)
    {
        ImmutableArray<PlannedStage> stages = [.. plan.StagesOn(device)];
        foreach (var kind in new[] { ChannelKind.ParameterGradient, ChannelKind.ParameterValue })
        {
            // In the order of the channels, whichever stage of the device they belong to.
            actions.AddRange(stages.SelectMany(s => ends.OutOf(s.Id, kind)).OrderBy(c => c.Id).Select(c => PlanAction.Send(c.Id, PlanAction.NoMicroBatch, default)));
            actions.AddRange(stages.SelectMany(s => ends.Into(s.Id, kind)).OrderBy(c => c.Id).Select(c => PlanAction.Recv(c.Id, PlanAction.NoMicroBatch, default)));
            if (kind == ChannelKind.ParameterGradient)
                actions.AddRange(stages.Select(s => PlanAction.Step(s.Id)));
        }
    }

    // Stages update at different times, so copies of one parameter on several of them would come apart.
    private static void CheckUnshared(string schedule, ImmutableArray<PlannedStage> stages, ImmutableArray<ChannelDecl> channels, DiagnosticBag diagnostics)
    {
        foreach (var channel in channels.Where(c => c.Kind == ChannelKind.ParameterValue))
        {
            diagnostics.Add(Diagnostic.Error(
                Codes.SharedAsynchronously,
                $"stages '{stages[channel.From.Value].Name}' and '{stages[channel.To.Value].Name}' share the parameter '{channel.Name}', but the schedule '{schedule}' has every stage update its weights by itself",
                channel.Name,
                "put both uses into one stage (--cut), freeze the parameter, or choose a synchronous schedule"));
        }
    }

    private static string Describe(PlannedStage stage) =>
        $"micro-batches of {stage.Samples.Stride} samples{(stage.Replica.Count > 1 ? $" on {stage.Replica.Count} replicas" : "")}";
}
