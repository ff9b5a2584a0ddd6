using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>
/// Copies of activations to the host and back, added to an order of work (PipeOffload, arXiv 2503.01328, section 3). Each device has one way out and one way
/// in, side by side, as a PCIe link has: an activation leaves as soon as it is there and the way is free, and comes back as late as its backward
/// allows. What could not be back in time stays. Which ones go, the schedule says (the first stages of each device), or an <see cref="OffloadChoice"/>.
/// </summary>
public static class Offloading
{
    /// <summary>The share of a stage's work that a copy is taken to last where nothing better is known, and at most where all or half are to go (PipeOffload, section 3).</summary>
    private const double Share = 0.5;

    /// <summary>Adds copies to any order of work.</summary>
    /// <param name="schedule">Without copies.</param>
    /// <param name="graph">Its stages.</param>
    public static PipelineSchedule Add(PipelineSchedule schedule, StageGraph graph, OffloadCosts costs, OffloadChoice choice)
    {
        if (choice == OffloadChoice.None)
            return schedule;
        var timeline = ScheduleSimulator.Run(schedule, StageNeighbours.Of(graph), costs.Work);
        double CopyTime(ScheduleTask task) => choice == OffloadChoice.Auto
            ? costs.Copies[task.Stage.Value]
            : Math.Min(costs.Copies[task.Stage.Value], Share * costs.Work.Stages[task.Stage.Value].Forward + Share * costs.Work.Stages[task.Stage.Value].Backward);
        return schedule with
        {
            Devices =
            [
                .. timeline.Devices.Select(device =>
                {
                    var goes = Chosen(device.Tasks, costs, choice, CopyTime);
                    if (choice == OffloadChoice.Auto)
                        LeaveOutIdle(device.Tasks, goes, CopyTime);
                    var going = goes.ToHashSet();
                    return Add(device.Tasks, task => going.Contains(Key(task)), CopyTime);
                }),
            ],
        };
    }

    /// <param name="stages">Those below it send their activations away.</param>
    internal static ImmutableArray<ImmutableArray<ScheduleTask>> Add(ScheduleProblem problem, ImmutableArray<ImmutableArray<ScheduleTask>> rows, int stages)
    {
        var timeline = ScheduleSimulator.Run(new PipelineSchedule("", rows), StageNeighbours.Of(problem.Request.Graph), problem.Costs, cancellation: problem.Request.Cancellation);
        double share = problem.Request.OffloadTime ?? Share;
        double CopyTime(ScheduleTask task) => share * (problem.Costs.Stages[task.Stage.Value].Forward + problem.Costs.Stages[task.Stage.Value].Backward);
        return [.. timeline.Devices.Select(device => Add(device.Tasks, task => task.Stage.Value < stages, CopyTime))];
    }

    /// <summary>
    /// Leaves out, the least worth first, every activation without whose copies its stage holds no more at a time: that number is what the stage's memory is made for. Fewer copies are out
    /// earlier and back later, so that no other stage holds more either.
    /// </summary>
    /// <param name="goes">The most worth first.</param>
    private static void LeaveOutIdle(ImmutableArray<TimedTask> tasks, List<(int Stage, int MicroBatch)> goes, Func<ScheduleTask, double> copyTime)
    {
        var left = goes.ToHashSet();
        Dictionary<int, int> Held() => MostHeld(Add(tasks, task => left.Contains(Key(task)), copyTime));
        var most = Held();
        for (int i = goes.Count - 1; i >= 0; i--)
        {
            left.Remove(goes[i]);
            if (Held()[goes[i].Stage] > most[goes[i].Stage])
                left.Add(goes[i]);
            else
                goes.RemoveAt(i);
        }
    }

    /// <summary>By stage, activations on the device at a time (<see cref="InFlight.ResidentOf"/>).</summary>
    private static Dictionary<int, int> MostHeld(ImmutableArray<ScheduleTask> row)
    {
        var held = new Dictionary<int, int>();
        var most = new Dictionary<int, int>();
        foreach (var task in row)
        {
            int stage = task.Stage.Value, now = held.GetValueOrDefault(stage) + InFlight.OnDevice(task.Kind);
            held[stage] = now;
            most[stage] = Math.Max(most.GetValueOrDefault(stage), now);
        }

        return most;
    }

    /// <summary>The activations of a device that are to go, the most worth first.</summary>
    private static List<(int Stage, int MicroBatch)> Chosen(ImmutableArray<TimedTask> tasks, OffloadCosts costs, OffloadChoice choice, Func<ScheduleTask, double> copyTime)
    {
        var made = tasks.Where(t => t.Task.Kind == TaskKind.Forward).ToDictionary(t => Key(t.Task), t => t.End);
        var byWorth = tasks
            .Where(t => IsFirstBackward(t.Task) && costs.Saved[t.Task.Stage.Value] > Bytes.Zero)
            .OrderByDescending(t => (t.Start - made[Key(t.Task)]) / costs.Saved[t.Task.Stage.Value].Value)
            .ThenBy(t => t.Start)
            .Select(t => t.Task)
            .ToList();
        var chosen = new List<(int Stage, int MicroBatch)>();
        var goes = new HashSet<(int, int)>();
        long left = choice == OffloadChoice.Half ? byWorth.Sum(t => costs.Saved[t.Stage.Value].Value) / 2 : long.MaxValue;
        foreach (var task in byWorth.TakeWhile(_ => left > 0))
        {
            goes.Add(Key(task));
            left -= costs.Saved[task.Stage.Value].Value;
            if (choice == OffloadChoice.Auto && !TripsOf(tasks, t => goes.Contains(Key(t)), copyTime).All(t => t.Fits))
                goes.Remove(Key(task));
            else
                chosen.Add(Key(task));
        }

        return chosen;
    }

    /// <summary>The ways of those that go, in the order in which they leave. One that does not fit takes no time on the way out.</summary>
    private static List<Trip> TripsOf(ImmutableArray<TimedTask> tasks, Func<ScheduleTask, bool> goes, Func<ScheduleTask, double> copyTime)
    {
        // When each activation has to begin its way back, from the last one on.
        var returns = new Dictionary<(int Stage, int MicroBatch), double>();
        double free = double.PositiveInfinity;
        foreach (var (task, start, _) in tasks.Reverse())
        {
            if (IsFirstBackward(task) && goes(task))
                returns[Key(task)] = free = Math.Min(free, start) - copyTime(task);
        }

        var trips = new List<Trip>();
        double sent = 0;
        foreach (var (task, _, end) in tasks.Where(t => t.Task.Kind == TaskKind.Forward && goes(t.Task)))
        {
            var trip = new Trip(task, Math.Max(end, sent), Math.Max(end, sent) + copyTime(task), returns[Key(task)]);
            if (trip.Fits)
                sent = trip.Gone;
            trips.Add(trip);
        }

        return trips;
    }

    private static ImmutableArray<ScheduleTask> Add(ImmutableArray<TimedTask> tasks, Func<ScheduleTask, bool> goes, Func<ScheduleTask, double> copyTime)
    {
        var outward = new List<(double Time, ScheduleTask Task)>();
        var inward = new List<(double Time, ScheduleTask Task)>();
        var away = new HashSet<(int, int)>();
        foreach (var trip in TripsOf(tasks, goes, copyTime).Where(t => t.Fits))
        {
            away.Add(Key(trip.Task));
            outward.Add((trip.Leaves, trip.Task with { Kind = TaskKind.OffloadStart, WithNext = false }));
            outward.Add((trip.Gone, trip.Task with { Kind = TaskKind.OffloadEnd, WithNext = false }));
            inward.Add((trip.Returns, trip.Task with { Kind = TaskKind.ReloadPrepare, WithNext = false }));
            inward.Add((trip.Returns, trip.Task with { Kind = TaskKind.ReloadStart, WithNext = false }));
        }

        return Merge(tasks, [.. outward.OrderBy(c => c.Time)], [.. inward.OrderBy(c => c.Time)], away.Contains);
    }

    /// <summary>
    /// In the middle of other work, what goes out is written behind it, because only then is it certain; what comes in before it, to be there in time.
    /// </summary>
    private static ImmutableArray<ScheduleTask> Merge(
        ImmutableArray<TimedTask> tasks, List<(double Time, ScheduleTask Task)> outward, List<(double Time, ScheduleTask Task)> inward, Func<(int, int), bool> returns)
    {
        var row = new List<ScheduleTask>();
        int gone = 0, back = 0;
        foreach (var (task, start, end) in tasks)
        {
            // Between two works by time: a return that begins before another copy has left finds its place still taken.
            while (true)
            {
                bool goes = gone < outward.Count && outward[gone].Time <= start, comes = back < inward.Count && inward[back].Time < end;
                if (!goes && !comes)
                    break;
                row.Add(goes && !(comes && inward[back].Time < outward[gone].Time) ? outward[gone++].Task : inward[back++].Task);
            }

            row.Add(task);
            if (task.Kind is TaskKind.Backward or TaskKind.BackwardWeight && returns(Key(task)))
                row.Add(task with { Kind = TaskKind.ReloadEnd });
        }

        return [.. row];
    }

    private static bool IsFirstBackward(ScheduleTask task) => task.Kind is TaskKind.Backward or TaskKind.BackwardInput;

    private static (int Stage, int MicroBatch) Key(ScheduleTask task) => (task.Stage.Value, task.MicroBatch.Index);

    /// <summary>An activation's way to the host and back.</summary>
    /// <param name="Leaves">When its copy out begins.</param>
    /// <param name="Gone">When it has ended.</param>
    /// <param name="Returns">When the copy back begins, as late as the backward allows.</param>
    private readonly record struct Trip(ScheduleTask Task, double Leaves, double Gone, double Returns)
    {
        public bool Fits => Gone < Returns;
    }
}
