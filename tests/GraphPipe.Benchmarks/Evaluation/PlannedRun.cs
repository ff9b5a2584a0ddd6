using GraphPipe.Bundle;
using GraphPipe.Planning;

namespace GraphPipe.Benchmarks.Evaluation;

/// <summary>What is planned: a model, a cluster, a mini-batch, and who plans.</summary>
/// <param name="PerDevice">Samples of a mini-batch for each device.</param>
internal sealed record PlannedRun(EvaluationModel Model, int Devices, long PerDevice, int MaxReplicas, string Partitioner)
{
    // Piper's cap on down-sets rules out whole models, operator by operator; its authors' inputs are layers, too.
    private bool IsByLayer => Partitioner == "piper";

    /// <summary>Stages may have micro-batches of unlike sizes, by the schedule for them.</summary>
    public bool PerStage { get; init; }

    /// <returns>Null if the partitioner has no plan.</returns>
    public PipelinePlan? Plan()
    {
        var bag = new DiagnosticBag();
        var request = Model.Request(Devices, PerDevice * Devices, MaxReplicas);
        if (IsByLayer)
            request = request with { Graph = Model.ByLayer(request.Graph) };
        if (PerStage)
            request = request with { MicroBatch = MicroBatchChoice.PerStage, Schedule = "kfkb" };
        return PartitionerTable.Find(Partitioner, bag)!.Partition(request, bag);
    }
}

/// <summary>Plans that several tables look at are made once, one after the other: search times are those of one thread.</summary>
internal sealed class PlannedRuns
{
    private readonly Dictionary<PlannedRun, PipelinePlan?> _plans = [];

    public PipelinePlan? this[PlannedRun run]
    {
        get
        {
            if (!_plans.TryGetValue(run, out var plan))
            {
                Console.Error.WriteLine($"{run.Model.Title}, {run.Devices} devices, {run.PerDevice} samples each: {run.Partitioner}{(run.PerStage ? ", sizes per stage" : "")}");
                _plans.Add(run, plan = run.Plan());
            }

            return plan;
        }
    }
}
