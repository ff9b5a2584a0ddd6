using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>
/// A device's work as actions, without messages and without OFFLOAD: of an asynchronous schedule with the weights that each sees (<see cref="WeightRule"/>), and with the STEP of a stage right behind the
/// last backward of a generation.
/// </summary>
public static class ComputeActions
{
    /// <param name="tasks">The device's work, in order.</param>
    /// <param name="updates">The schedule's; null if the only update comes after all.</param>
    /// <param name="samplesOf">The samples of a stage.</param>
    public static IEnumerable<PlanAction> Of(IEnumerable<ScheduleTask> tasks, AsynchronousUpdates? updates, Func<StageId, StageSamples> samplesOf)
    {
        var stages = new Dictionary<StageId, Progress>();
        foreach (var task in tasks)
        {
            var samples = samplesOf(task.Stage);
            if (task.IsCopy)
            {
                // What goes out is put into the queue behind its forward's sends. When copies end is no matter of the list.
                if (task.Kind == TaskKind.ReloadStart)
                    yield return PlanAction.Copy(ActionKind.Reload, task.Stage, task.MicroBatch, samples.RangeOf(task.MicroBatch));
                continue;
            }

            var action = PlanAction.Compute(task.Action, task.Stage, task.MicroBatch, samples.RangeOf(task.MicroBatch));
            if (updates is null)
            {
                yield return action;
                continue;
            }

            if (!stages.TryGetValue(task.Stage, out var progress))
                stages.Add(task.Stage, progress = new Progress(updates));
            yield return action with { Weights = progress.WeightsOf(task) };
            if (progress.Ends(task))
            {
                long generation = updates.Every * samples.Stride, start = updates.GenerationOf(task.MicroBatch) * generation;
                yield return PlanAction.Step(task.Stage, new SampleRange(start, start + generation));
            }
        }
    }

    /// <summary>How old the weights of every stage get by an order of work, and how many versions of them there are.</summary>
    /// <param name="stages">Number of stages.</param>
    /// <param name="microBatch">Samples of one forward, of every stage.</param>
    public static ImmutableArray<WeightStaleness> Staleness(PipelineSchedule schedule, int stages, long microBatch)
    {
        var lists = schedule.Devices.Select(d => Of(d, schedule.Updates, _ => new StageSamples(microBatch, Replica.Only)).ToImmutableArray()).ToList();
        long generation = schedule.Updates is { } updates ? updates.Every * microBatch : long.MaxValue;
        return
        [
            .. from s in Enumerable.Range(0, stages)
               let list = lists.Find(l => l.Any(a => a.Stage.Value == s))
               select WeightStaleness.Of(new StageId(s), list.IsDefault ? [] : list, generation),
        ];
    }

    /// <summary>How far a stage has come with the updates.</summary>
    private sealed class Progress(AsynchronousUpdates updates)
    {
        private readonly Dictionary<MicroBatch, WeightVersion> _seen = [];
        private readonly Dictionary<int, WeightVersion> _predicted = [];
        private int _updates;
        private int _backwards;

        public WeightVersion WeightsOf(ScheduleTask task)
        {
            if (!_seen.TryGetValue(task.MicroBatch, out var weights))
                _seen.Add(task.MicroBatch, weights = AtForward(updates.GenerationOf(task.MicroBatch)));
            return weights;
        }

        /// <summary>Whether a generation is complete with this task.</summary>
        public bool Ends(ScheduleTask task)
        {
            if (task.Kind is not (TaskKind.Backward or TaskKind.BackwardWeight) || ++_backwards % updates.Every != 0)
                return false;
            _updates++;
            return true;
        }

        private WeightVersion AtForward(int generation)
        {
            switch (updates.Weights)
            {
                case WeightRule.Newest:
                    return new(_updates);
                case WeightRule.Previous:
                    return new(Math.Max(0, generation - 1));
                default:
                    if (!_predicted.TryGetValue(generation, out var weights))
                        _predicted.Add(generation, weights = new(_updates, generation - _updates));
                    return weights;
            }
        }
    }
}
