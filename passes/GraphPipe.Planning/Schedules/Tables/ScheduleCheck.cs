using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>
/// Whether a table of whatever origin is an order that devices can run: every micro-batch has on every stage one forward and one backward, whole or in
/// its two parts, on one device and in that order; what is computed elsewhere is received before it is read, where the table has messages at
/// all; and run from the beginning, with sends that never wait, it comes to its end.
/// </summary>
public static class ScheduleCheck
{
    /// <param name="graph">Which stages need which; the table may name others, which is a fault.</param>
    /// <returns>Empty if the table is right; GP3015 with device and position of each fault, GP3008 with what each device waits for.</returns>
    public static IReadOnlyList<Diagnostic> Check(PipelineSchedule table, StageNeighbours graph)
    {
        var faults = new DiagnosticBag();
        var places = Places(table, graph, faults);
        int microBatches = 1 + table.Devices.SelectMany(d => d).Select(t => t.MicroBatch.Index).DefaultIfEmpty(-1).Max();
        for (int stage = 0; stage < graph.Stages; stage++)
        {
            for (int m = 0; m < microBatches; m++)
                CheckWork(places, stage, m, faults);
        }

        if (table.Devices.Any(d => d.Any(t => t.IsMessage)))
            CheckReceives(table, graph, places, faults);
        if (faults.HasErrors)
            return faults.All;
        foreach (var blocked in ScheduleSimulator.Run(table, graph, ScheduleCosts.Unit(graph.Stages)).Blocked)
        {
            faults.Add(Diagnostic.Error(
                Codes.PlanDeadlock, $"{blocked.Task} waits for ever for {blocked.WaitsFor}", Place(blocked.Device.Value, blocked.Position), "put it behind what it waits for, on every device of the circle"));
        }

        return faults.All;
    }

    private static string Place(int device, int position) => $"device {device}, position {position}";

    private static Dictionary<(int Stage, int MicroBatch, TaskKind Kind), List<(int Device, int Position)>> Places(PipelineSchedule table, StageNeighbours graph, DiagnosticBag faults)
    {
        var places = new Dictionary<(int, int, TaskKind), List<(int, int)>>();
        for (int device = 0; device < table.Devices.Length; device++)
        {
            for (int i = 0; i < table.Devices[device].Length; i++)
            {
                var task = table.Devices[device][i];
                if (task.Stage.Value >= graph.Stages)
                {
                    faults.Add(Diagnostic.Error(Codes.ScheduleInvalid, $"{task} is of {task.Stage}, but there are {graph.Stages}", Place(device, i)));
                    continue;
                }

                var key = (task.Stage.Value, task.MicroBatch.Index, task.Kind);
                if (!places.TryGetValue(key, out var list))
                    places[key] = list = [];
                list.Add((device, i));
            }
        }

        return places;
    }

    private static void CheckWork(Dictionary<(int Stage, int MicroBatch, TaskKind Kind), List<(int Device, int Position)>> places, int stage, int m, DiagnosticBag faults)
    {
        List<(int Device, int Position)> Of(TaskKind kind) => places.GetValueOrDefault((stage, m, kind)) ?? [];
        string Name(TaskKind kind) => new ScheduleTask(kind, new(stage), new(m)).ToString();
        void Fault(string message, (int Device, int Position)? at) => faults.Add(Diagnostic.Error(Codes.ScheduleInvalid, message, at is { } place ? Place(place.Device, place.Position) : ""));

        TaskKind[] kinds = [TaskKind.Forward, TaskKind.Backward, TaskKind.BackwardInput, TaskKind.BackwardWeight];
        bool isDouble = false;
        foreach (var kind in kinds.Where(k => Of(k).Count > 1))
        {
            isDouble = true;
            Fault($"{Name(kind)} is there {Of(kind).Count} times", Of(kind)[1]);
        }

        var all = kinds.SelectMany(Of).ToList();
        (int Device, int Position)? first = all.Count > 0 ? all[0] : null;
        var (f, b, i, w) = (Of(TaskKind.Forward), Of(TaskKind.Backward), Of(TaskKind.BackwardInput), Of(TaskKind.BackwardWeight));
        if (f.Count == 0)
            Fault($"{Name(TaskKind.Forward)} is missing", first);
        if (b.Count == 0 && i.Count == 0 && w.Count == 0)
            Fault($"{Name(TaskKind.Backward)} is missing, whole or in two parts", first);
        else if (b.Count > 0 && i.Count + w.Count > 0)
            Fault($"micro-batch {m} of stage {stage} has a whole backward and a part of one", (i.Count > 0 ? i : w)[0]);
        else if (b.Count == 0 && (i.Count == 0 || w.Count == 0))
            Fault($"{Name(i.Count == 0 ? TaskKind.BackwardInput : TaskKind.BackwardWeight)} is missing", first);
        if (isDouble || f.Count == 0)
            return;
        foreach (var place in all.Where(p => p.Device != f[0].Device).Take(1))
            Fault($"the backward of micro-batch {m} of stage {stage} is on device {place.Device}, its forward on device {f[0].Device}", place);
        void InOrder(TaskKind early, TaskKind late)
        {
            if (Of(early) is [var a, ..] && Of(late) is [var z, ..] && a.Device == z.Device && a.Position > z.Position)
                Fault($"{Name(late)} stands before {Name(early)}", z);
        }

        InOrder(TaskKind.Forward, TaskKind.Backward);
        InOrder(TaskKind.Forward, TaskKind.BackwardInput);
        InOrder(TaskKind.BackwardInput, TaskKind.BackwardWeight);
        InOrder(TaskKind.Forward, TaskKind.Recompute);
        InOrder(TaskKind.Recompute, TaskKind.BackwardInput);
        InOrder(TaskKind.Recompute, TaskKind.Backward);
    }

    private static void CheckReceives(
        PipelineSchedule table, StageNeighbours graph, Dictionary<(int Stage, int MicroBatch, TaskKind Kind), List<(int Device, int Position)>> places, DiagnosticBag faults)
    {
        foreach (var ((stage, m, kind), at) in places.OrderBy(p => p.Value[0]))
        {
            bool isForward = kind == TaskKind.Forward;
            if (!isForward && kind is not (TaskKind.Backward or TaskKind.BackwardInput))
                continue;
            bool isFar = (isForward ? graph.Before : graph.After)[stage].Any(s =>
                (isForward ? new[] { TaskKind.Forward } : [TaskKind.Backward, TaskKind.BackwardInput])
                    .Any(k => places.GetValueOrDefault((s, m, k)) is { } source && source[0].Device != at[0].Device));
            var receive = isForward ? TaskKind.ReceiveForward : TaskKind.ReceiveBackward;
            if (isFar && !(places.GetValueOrDefault((stage, m, receive)) is { } received && received.Any(r => r.Device == at[0].Device && r.Position < at[0].Position)))
            {
                faults.Add(Diagnostic.Error(
                    Codes.ScheduleInvalid, $"{table.Devices[at[0].Device][at[0].Position]} reads what comes from another device without {new ScheduleTask(receive, new(stage), new(m))} before it", Place(at[0].Device, at[0].Position)));
            }
        }
    }
}
