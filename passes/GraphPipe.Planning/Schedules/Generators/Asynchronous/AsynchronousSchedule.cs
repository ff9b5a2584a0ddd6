using System.Collections.Immutable;
using System.Globalization;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>
/// Schedules that update while micro-batches are under way. The order of work is that of 1F1B over the whole mini-batch, which never drains at an update; a stage's STEP
/// comes right behind the last backward of a generation. At the mini-batch's end the pipeline is empty and all updates are done: so training, validation and checkpoints
/// see one set of weights between two mini-batches, and a plan stays one finite list per device, proved like any other. They run on any DAG of stages, one on each device.
/// </summary>
public abstract class AsynchronousSchedule : OneStageSchedule
{
    private readonly string _name;
    private readonly WeightRule _weights;
    private readonly int? _every;

    /// <param name="every">Micro-batches between two updates; null for the schedule's own number.</param>
    private protected AsynchronousSchedule(string name, WeightRule weights, int? every)
        : base(new(PlacementKind.OneStage) { IsAsynchronous = true, PredictsWeights = weights == WeightRule.Predicted })
    {
        _name = name;
        _weights = weights;
        _every = every;
    }

    /// <summary>The same schedule with another number of micro-batches between two updates: what <c>NAME:COUNT</c> asks for.</summary>
    public abstract AsynchronousSchedule With(int every);

    public sealed override ImmutableArray<long> Resident(StageGraph graph) => InFlight.Of(graph with { Stages = [.. graph.Stages.Select(s => s with { K = 1 })] });

    public sealed override PipelineSchedule? Generate(ScheduleRequest request, DiagnosticBag diagnostics)
    {
        var graph = request.Graph;
        if (base.Generate(request, diagnostics) is not { } order)
            return null;
        int microBatches = graph.MicroBatches(new(0)), depth = graph.Depth();
        int every = _every ?? Every(microBatches, depth);
        string? need = graph.Stages.Any(s => s.MicroBatch != graph.Stages[0].MicroBatch) ? "one size of micro-batches for all stages"
            : every < 1 || microBatches % every != 0 ? "whole generations in a mini-batch"
            : Need(every, depth);
        if (need is null)
            return order with { Name = _every is null ? _name : string.Create(CultureInfo.InvariantCulture, $"{_name}:{every}"), Updates = new(every, _weights) };
        diagnostics.Add(Diagnostic.Error(
            Codes.ScheduleUnsuitable,
            $"the schedule '{_name}' needs {need}; there are {microBatches} micro-batches with an update after every {every}, and {depth} stages on the longest path",
            advice: $"choose another number of micro-batches, or of those between two updates with {_name}:COUNT"));
        return null;
    }

    private protected sealed override ImmutableArray<ScheduleTask> Order(StageShape stage, int microBatches, int inFlight) => Alternate(stage, microBatches, inFlight, 1);

    /// <summary>Micro-batches between two updates, if nobody says how many.</summary>
    /// <param name="microBatches">Of a mini-batch.</param>
    /// <param name="depth">Stages on the longest path.</param>
    private protected abstract int Every(int microBatches, int depth);

    /// <summary>What the schedule needs and does not have, in words that go after "needs"; null if it suits.</summary>
    private protected virtual string? Need(int every, int depth) => null;

    /// <summary>The least number that divides <paramref name="microBatches"/> and is at least <paramref name="least"/>; all of them if there is none.</summary>
    private protected static int DivisorFrom(int least, int microBatches)
    {
        int every = Math.Min(least, microBatches);
        while (microBatches % every != 0)
            every++;
        return every;
    }
}
