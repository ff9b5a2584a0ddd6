using System.Collections.Immutable;
using System.Reflection;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>Schedules in which a device runs one stage, and each stage has an order of its own. They run on any DAG and with unlike micro-batches.</summary>
public abstract class OneStageSchedule : ISchedule
{
    private readonly string _name;

    private protected OneStageSchedule(ScheduleTraits? traits = null)
    {
        _name = GetType().GetCustomAttribute<ScheduleAttribute>()!.Name;
        Traits = traits ?? new(PlacementKind.OneStage) { TakesUnlikeMicroBatches = true };
    }

    public ScheduleTraits Traits { get; }

    public SchedulePlacement? Place(int stages, int devices, DiagnosticBag diagnostics) => PlacementCheck.Place(_name, PlacementKind.OneStage, stages, devices, diagnostics);

    public virtual PipelineSchedule? Generate(ScheduleRequest request, DiagnosticBag diagnostics)
    {
        var graph = request.Graph;
        bool suits = true;
        foreach (var shared in graph.Stages.GroupBy(s => s.Device).Where(g => g.Count() > 1))
        {
            suits = false;
            diagnostics.Add(Diagnostic.Error(
                Codes.ScheduleUnsuitable,
                $"the schedule '{_name}' runs one stage per device, but {string.Join(" and ", shared.Select(s => s.Id))} are on {shared.Key}",
                advice: "give every stage a device of its own, or choose a schedule for several stages per device"));
        }

        if (!(PlacementCheck.Uses(_name, Traits, request, diagnostics) & PlacementCheck.Divides(graph, diagnostics) & suits))
            return null;
        var inFlight = Resident(graph);
        var lists = Enumerable.Repeat(ImmutableArray<ScheduleTask>.Empty, request.Devices).ToArray();
        foreach (var stage in graph.Stages)
        {
            request.Cancellation.ThrowIfCancellationRequested();
            lists[stage.Device.Value] = Order(stage, graph.MicroBatches(stage.Id), (int)(inFlight[stage.Id.Value] / stage.MicroBatch));
        }

        return new PipelineSchedule(_name, [.. lists]);
    }

    public abstract ImmutableArray<long> Resident(StageGraph graph);

    /// <param name="inFlight">Micro-batches, from <see cref="InFlight"/>.</param>
    private protected abstract ImmutableArray<ScheduleTask> Order(StageShape stage, int microBatches, int inFlight);

    /// <summary><paramref name="first"/> forwards, then k backwards and k forwards in turn, then the remaining backwards.</summary>
    private protected static ImmutableArray<ScheduleTask> Alternate(StageShape stage, int microBatches, int first, int k)
    {
        var tasks = ImmutableArray.CreateBuilder<ScheduleTask>(2 * microBatches);
        int forward = 0, backward = 0;
        void Run(TaskKind kind, ref int next, int count)
        {
            for (; count > 0 && next < microBatches; count--)
                tasks.Add(new ScheduleTask(kind, stage.Id, new MicroBatch(next++)));
        }

        Run(TaskKind.Forward, ref forward, first);
        while (backward < microBatches)
        {
            Run(TaskKind.Backward, ref backward, k);
            Run(TaskKind.Forward, ref forward, k);
        }

        return tasks.ToImmutable();
    }
}
