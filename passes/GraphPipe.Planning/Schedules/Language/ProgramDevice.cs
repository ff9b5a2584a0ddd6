using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>A stage of a device as its program counts it, with the part of the micro-batches that the device's copy of the stage has.</summary>
internal readonly record struct ProgramStage(StageId Stage, int FirstMicroBatch);

/// <summary>One device on its way through a program: where in the steps it is, and what of each kind of work comes next.</summary>
internal sealed class ProgramDevice
{
    private readonly ImmutableArray<ProgramStep> _steps;
    private readonly ImmutableArray<ProgramStage> _stages;
    private readonly long?[] _counts;
    private readonly ProgramWalk _forwards;
    private readonly ProgramWalk _backwards;
    private readonly Queue<(long Order, int MicroBatch)>[] _weights;
    private long _weightsPutOff;
    private int _step;
    private int _item;
    private long _repeated;
    private bool _isSecond;

    /// <param name="counts">Of the steps; null where it is the rest.</param>
    /// <param name="stages">Of the device; a step names no others.</param>
    /// <param name="microBatches">Of each stage.</param>
    /// <param name="turn">At least 1.</param>
    /// <param name="limit">Activations that it may hold.</param>
    public ProgramDevice(ImmutableArray<ProgramStep> steps, long?[] counts, ImmutableArray<ProgramStage> stages, int microBatches, long turn, long limit)
    {
        _steps = steps;
        _counts = counts;
        _stages = stages;
        _forwards = new(stages.Length, microBatches, turn, isBackward: false);
        _backwards = new(stages.Length, microBatches, turn, isBackward: true);
        _weights = [.. stages.Select(_ => new Queue<(long, int)>())];
        Limit = limit;
        Done = new(2 * stages.Length * microBatches);
    }

    public long Limit { get; }

    /// <summary>Activations, one per stage and micro-batch.</summary>
    public long Held { get; private set; }

    /// <summary>When its last work so far ends.</summary>
    public double Free { get; set; }

    public List<ScheduleTask> Done { get; }

    /// <summary>The step that it is at, or the last.</summary>
    public ProgramStep Step => _steps[Math.Min(_step, _steps.Length - 1)];

    /// <summary>Work that is not done; null if all is.</summary>
    public ScheduleTask? Undone =>
        Next(new(TaskKind.Forward, null)) ?? Next(new(TaskKind.Backward, null)) ?? Next(new(TaskKind.BackwardWeight, null));

    /// <summary>Passes over items without work.</summary>
    /// <returns>What it may do now, in order of priority, some of it perhaps without work; empty at the end of the program.</returns>
    public ImmutableArray<ProgramWork> Choices()
    {
        for (; _step < _steps.Length; _step++, _repeated = 0)
        {
            var items = _steps[_step].Items;
            while (_item > 0 || (!(_repeated >= _counts[_step]) && items.Any(HasWork)))
            {
                for (; _item < items.Length; _item++)
                {
                    if (HasWork(items[_item]))
                        return ChoicesOf(items[_item]);
                }

                _item = 0;
                _repeated++;
            }
        }

        return [];
    }

    /// <summary>The task that a work stands for now; null if there is none left.</summary>
    public ScheduleTask? Next(ProgramWork work)
    {
        bool isWeight = work.Kind == TaskKind.BackwardWeight;
        var walk = work.Kind == TaskKind.Forward ? _forwards : _backwards;
        if ((work.Stage ?? (isWeight ? Oldest() : walk.Head()?.Stage)) is not { } stage)
            return null;
        int? microBatch = !isWeight ? walk.HeadOf(stage) : _weights[stage].TryPeek(out var weight) ? weight.MicroBatch : null;
        return microBatch is { } m ? new(work.Kind, _stages[stage].Stage, new(_stages[stage].FirstMicroBatch + m)) : null;
    }

    /// <summary>Does one of <see cref="Choices"/> that has work.</summary>
    public ScheduleTask Take(ProgramWork work)
    {
        var task = Next(work)!.Value;
        int stage = 0;
        while (_stages[stage].Stage != task.Stage)
            stage++;
        switch (work.Kind)
        {
            case TaskKind.Forward:
                _forwards.Take(stage);
                Held++;
                break;
            case TaskKind.BackwardInput:
                _weights[stage].Enqueue((_weightsPutOff++, task.MicroBatch.Index - _stages[stage].FirstMicroBatch));
                _backwards.Take(stage);
                break;
            case TaskKind.Backward:
                _backwards.Take(stage);
                Held--;
                break;
            default:
                _weights[stage].Dequeue();
                Held--;
                break;
        }

        // The second of a pair may be of the same micro-batch; then it needs the first, and is not issued together with it.
        _isSecond = !_isSecond && _steps[_step].Items[_item].With is { } with && work.Kind == TaskKind.Forward && Next(with) is not null;
        if (_isSecond)
            task = task with { WithNext = Next(_steps[_step].Items[_item].With!.Value) is { } second && (second.Stage, second.MicroBatch) != (task.Stage, task.MicroBatch) };
        else
            _item++;
        Done.Add(task);
        return task;
    }

    private bool HasWork(ProgramItem item) => item.Choices.Any(w => Next(w) is not null) || (item.With is { } with && Next(with) is not null);

    private ImmutableArray<ProgramWork> ChoicesOf(ProgramItem item) =>
        item.With is { } with && (_isSecond || Next(item.Choices[0]) is null) ? [with] : item.Choices;

    private int? Oldest()
    {
        int? oldest = null;
        for (int s = 0; s < _weights.Length; s++)
        {
            if (_weights[s].TryPeek(out var weight) && (oldest is not { } known || weight.Order < _weights[known].Peek().Order))
                oldest = s;
        }

        return oldest;
    }
}
