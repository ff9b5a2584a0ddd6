using System.Collections.Immutable;
using System.Globalization;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>
/// A list scheduler whose priorities are a program's: a device that is free does what its program says next, and where that is a choice, the first
/// that is ready. A forward is ready when those before it in the stage graph are done, a backward (or its part for inputs) when its own forward
/// and the backwards behind it are; messages between devices take their time. Where there is no choice, the order does not depend on times.
/// </summary>
internal sealed class ProgramScheduler
{
    // As many faults are told; the rest mostly follow from them.
    private const int MostFaults = 4;

    // Decisions between two looks at the cancellation.
    private const int Turns = 1 << 12;

    private readonly StageNeighbours _graph;
    private readonly ScheduleProblem _problem;
    private readonly ProgramDevice[] _devices;
    private readonly double[][] _forward;
    private readonly double[][] _backward;
    private readonly PriorityQueue<int, (double Time, int Device)> _events = new();

    private ProgramScheduler(ScheduleProblem problem, ProgramDevice[] devices)
    {
        _graph = StageNeighbours.Of(problem.Request.Graph);
        _problem = problem;
        _devices = devices;
        double[][] Table() => [.. Enumerable.Range(0, problem.Stages).Select(_ => Enumerable.Repeat(double.PositiveInfinity, problem.MicroBatches).ToArray())];
        _forward = Table();
        _backward = Table();
    }

    /// <param name="devices">By device of the problem's placement, each at the beginning of its program.</param>
    /// <param name="place">The program's, for diagnostics.</param>
    /// <returns>The order of each device; null with GP3033 if the program waits for ever or leaves work undone.</returns>
    public static ImmutableArray<ImmutableArray<ScheduleTask>>? Run(ScheduleProblem problem, ProgramDevice[] devices, string place, DiagnosticBag diagnostics)
    {
        var scheduler = new ProgramScheduler(problem, devices);
        for (int d = 0; d < devices.Length; d++)
            scheduler._events.Enqueue(d, (0, d));
        for (int turn = 0; scheduler._events.TryDequeue(out int device, out var at); turn++)
        {
            if (turn % Turns == 0)
                problem.Request.Cancellation.ThrowIfCancellationRequested();
            if (at.Time >= devices[device].Free)
                scheduler.Decide(device, at.Time);
        }

        var faults = devices.Select((_, d) => scheduler.FaultOf(d, place)).OfType<Diagnostic>().Take(MostFaults).ToList();
        diagnostics.AddRange(faults);
        return faults.Count == 0 ? [.. devices.Select(d => d.Done.ToImmutableArray())] : null;
    }

    private void Decide(int d, double now)
    {
        var device = _devices[d];
        double next = double.PositiveInfinity;
        foreach (var work in device.Choices())
        {
            if (device.Next(work) is not { } task || (task.IsForward && device.Held >= device.Limit))
                continue;
            double ready = Ready(d, task);
            if (ready <= now)
            {
                Start(d, work, now);
                return;
            }

            next = Math.Min(next, ready);
        }

        if (next < double.PositiveInfinity)
            _events.Enqueue(d, (next, d));
    }

    private void Start(int d, ProgramWork work, double now)
    {
        var task = _devices[d].Take(work);
        int stage = task.Stage.Value;
        double end = now + _problem.Costs.Stages[stage].Of(task.Kind);
        _devices[d].Free = end;
        _events.Enqueue(d, (end, d));
        if (task.Kind == TaskKind.BackwardWeight)
            return;
        (task.IsForward ? _forward : _backward)[stage][task.MicroBatch.Index] = end;
        // When it will be there is known from now on: whoever waits for it looks again.
        foreach (int reader in task.IsForward ? _graph.After[stage] : _graph.Before[stage])
        {
            if (DeviceOf(reader, task.MicroBatch) is var other && other != d)
                _events.Enqueue(other, (Math.Max(now, _devices[other].Free), other));
        }
    }

    private double Ready(int d, ScheduleTask task)
    {
        double ready = 0;
        foreach (var (other, isForward) in NeedsOf(task))
            ready = Math.Max(ready, (isForward ? _forward : _backward)[other][task.MicroBatch.Index] + (DeviceOf(other, task.MicroBatch) == d ? 0 : _problem.Costs.Message));
        return ready;
    }

    private IEnumerable<(int Stage, bool IsForward)> NeedsOf(ScheduleTask task)
    {
        // The part for weights comes into being when the part for inputs is done, on the same device.
        if (task.Kind == TaskKind.BackwardWeight)
            yield break;
        if (!task.IsForward)
            yield return (task.Stage.Value, true);
        foreach (int other in task.IsForward ? _graph.Before[task.Stage.Value] : _graph.After[task.Stage.Value])
            yield return (other, task.IsForward);
    }

    // Of two copies of a model the first half of the micro-batches has one, the rest the other.
    private int DeviceOf(int stage, MicroBatch m) => _problem.Placement[new(stage), m.Index / (_problem.MicroBatches / _problem.Placement.Copies)].Value;

    private Diagnostic? FaultOf(int d, string place)
    {
        var device = _devices[d];
        var choices = device.Choices();
        Diagnostic Fault(string message, string advice) =>
            Diagnostic.Error(Codes.ScheduleProgramFaulty, message, string.Create(CultureInfo.InvariantCulture, $"{place}, line {device.Step.Line}"), advice);
        if (choices.IsEmpty)
        {
            return device.Undone is { } undone
                ? Fault($"device {d} is through the steps, and '{undone}' is not done", "end with steps that do the rest of each kind of work, as in rest: F B")
                : null;
        }

        foreach (var work in choices)
        {
            if (device.Next(work) is not { } task)
                continue;
            if (task.IsForward && device.Held >= device.Limit)
                return Fault($"device {d} holds {device.Held} activations, and '{task}' would be beyond the limit", "raise the limit, or let backwards come before it");
            var missing = NeedsOf(task).First(n => double.IsPositiveInfinity((n.IsForward ? _forward : _backward)[n.Stage][task.MicroBatch.Index]));
            var awaited = task with { Kind = missing.IsForward ? TaskKind.Forward : TaskKind.Backward, Stage = new(missing.Stage), WithNext = false };
            return Fault($"on device {d} '{task}' waits for ever for '{awaited}'", "no order of work of the devices gets past this; change the steps, or the limit");
        }

        return null;
    }
}
