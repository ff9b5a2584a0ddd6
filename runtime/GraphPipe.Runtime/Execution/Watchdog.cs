using System.Collections.Immutable;
using System.Diagnostics;
using GraphPipe.Bundle;

namespace GraphPipe.Runtime;

/// <summary>
/// Decides that a run will not come to its end: a device's thread has ended, all devices wait for each other, or nothing has moved for too long.
/// Used by the caller's thread while the devices work. Time is counted between looks, so that a process which was stopped as a whole has not stalled.
/// </summary>
/// <param name="plan">The plan in execution.</param>
/// <param name="programs">By stage.</param>
/// <param name="workers">By device.</param>
/// <param name="run">What they share.</param>
/// <param name="timeout">How long nothing may move; null: by the slowest action so far.</param>
internal sealed class Watchdog(ExecutionPlan plan, IReadOnlyList<StageProgram> programs, ImmutableArray<DeviceWorker> workers, RunState run, TimeSpan? timeout)
{
    /// <summary>The limit where actions are short: beyond what a busy machine keeps a thread waiting.</summary>
    private static readonly TimeSpan Least = TimeSpan.FromSeconds(3);

    /// <summary>A run in which every device waits for another can't go on: for so long it must be seen, look after look, since the looks at the devices are not of one moment.</summary>
    private static readonly TimeSpan Certain = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// The limit while a device with queues does an action for the first time: which of its kernels it is at, nobody knows. A STEP is one too: its thread waits there for the losses, behind all that has been queued.
    /// </summary>
    private static readonly TimeSpan Queued = TimeSpan.FromMinutes(2);

    private const int TimesSlowest = 8;

    private readonly KernelCall?[] _calls = new KernelCall?[workers.Length];
    private readonly ImmutableArray<CopyQueue> _copies = [.. workers.SelectMany(w => w.Copies?.Queues ?? [])];
    private long _finished;
    private long _looked;
    private TimeSpan _still;
    private TimeSpan _allWaiting;

    /// <summary>Time between two looks.</summary>
    public TimeSpan Pause { get; } = TimeSpan.FromMilliseconds(Math.Clamp((timeout ?? Least).TotalMilliseconds / 4, 1, 50));

    /// <summary>Takes up a run.</summary>
    public void Begin()
    {
        _looked = Stopwatch.GetTimestamp();
        _still = _allWaiting = TimeSpan.Zero;
    }

    /// <summary>To be called every <see cref="Pause"/> until the run has ended.</summary>
    /// <param name="isAborted">The devices have been told to stop, so none of them waits any more.</param>
    /// <returns>GP6003 or GP6004 if the run will not end by itself; else null.</returns>
    public DiagnosticException? Look(bool isAborted)
    {
        var passed = Stopwatch.GetElapsedTime(_looked);
        _looked = Stopwatch.GetTimestamp();
        if (workers.FirstOrDefault(w => !w.IsAlive) is { } dead)
            return RunFailure.Lost(plan, dead);
        bool moved = HasMoved();
        _still = moved ? TimeSpan.Zero : _still + Shorter(passed, 10 * Pause);
        _allWaiting = moved || isAborted || !AllWait() ? TimeSpan.Zero : _allWaiting + Shorter(passed, Pause);
        return _still > Limit() || _allWaiting > Certain ? StallReport.Of(plan, workers, _still) : null;
    }

    private bool AllWait() => workers.All(w => w.IsDone || (w.Waiting is not null && !w.IsSettling)) && !_copies.Any(c => c.IsMoving);

    private static TimeSpan Shorter(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private static TimeSpan Longer(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private bool HasMoved()
    {
        long finished = run.Confirmed;
        bool moved = false;
        for (int i = 0; i < workers.Length; i++)
        {
            finished += workers[i].Finished;
            var call = workers[i].Current?.Current;
            moved |= call is not null && call != _calls[i];
            _calls[i] = call;
        }

        foreach (var copies in _copies)
            finished += copies.Finished;
        moved |= finished != _finished;
        _finished = finished;
        return moved;
    }

    private TimeSpan Limit()
    {
        if (timeout is { } given)
            return given;
        var limit = TimesSlowest * Stopwatch.GetElapsedTime(0, Math.Max(workers.Max(w => w.Slowest), _copies.Select(c => c.Slowest).DefaultIfEmpty(0).Max()));
        limit = Longer(limit, Least);
        foreach (var worker in workers)
        {
            if (worker.Current is not { HasRun: false, Action: var action } current)
                continue;
            var first = current.Current is { } call ? FirstRunLimit.Of(programs[plan.StageOf(action).Id.Value], call, action.Range.Count)
                : current.Marks is not null ? Queued
                : limit;
            limit = Longer(first, limit);
        }

        return limit;
    }
}
