using System.Collections.Immutable;
using System.Diagnostics;
using GraphPipe.Bundle;

namespace GraphPipe.Planning.Peers;

/// <summary>Piper's optimiser on Piper's own inputs and its own model of cost.</summary>
public static class PiperOptimizer
{
    /// <returns>
    /// The best plan, or one without stages if none fits memory; null with GP3002 in <paramref name="diagnostics"/> if the graph has more
    /// down-sets than Piper's 40,000, or the table would be too large.
    /// </returns>
    public static PiperPlan? Solve(PiperInput input, PiperOptions options, DiagnosticBag diagnostics)
    {
        var problem = ToProblem(input, options);
        var watch = Stopwatch.StartNew();
        if (SequenceOptimizer.Enumerate(problem, SequenceOptimizer.MaxDownSets, diagnostics) is not { } sets)
            return null;
        var optimizer = new SequenceOptimizer(problem, sets);
        var stages = optimizer.Solve(diagnostics);
        var search = new PlanSearch(watch.Elapsed.TotalSeconds, optimizer.States);
        if (optimizer.IsTooLarge)
            return null;
        ImmutableArray<PiperStage> evaluated = stages is null ? [] : PiperModel.Evaluate(input, options, [.. stages.Select(s => Choose(optimizer, s))]);
        return new PiperPlan(evaluated, evaluated.Select(s => s.Time).DefaultIfEmpty(double.PositiveInfinity).Max(), search);

        PiperStageChoice Choose(SequenceOptimizer optimizer, SequenceStage stage)
        {
            var nodes = optimizer.NodesOf(stage);
            int degree = stage.Mode.Devices / stage.Mode.Replicas;
            var recomputed = options.Recompute == PiperRecompute.Forced ? nodes : optimizer.RecomputedOf(stage);
            return new PiperStageChoice(nodes, stage.Mode.Replicas, degree, [.. recomputed.Where(n => input.Nodes[n].Choices[degree].Recomputing is not null)]);
        }
    }

    private static SequenceProblem ToProblem(PiperInput input, PiperOptions options)
    {
        int[] degrees = [.. input.Nodes.SelectMany(n => n.Choices.Keys).Distinct().Where(t => t <= options.Devices && (t == 1 || options.TensorParallel)).Order()];
        int count = (int)Math.Min(options.MicroBatches, options.Devices);
        var modes = from t in Enumerable.Range(0, degrees.Length)
                    from d in Enumerable.Range(1, options.DataParallel ? count : 1)
                    where options.MicroBatches % d == 0 && (long)d * degrees[t] <= options.Devices
                    select new StageMode(d, d * degrees[t], d, d, t);
        return new SequenceProblem
        {
            Nodes = input.Nodes.Length,
            Edges = [.. input.Edges.Select(e => (e.From, e.To))],
            Costs = [.. degrees.Select(t => ToCosts(input, t, options.Recompute == PiperRecompute.Forced))],
            Modes = [.. modes],
            Devices = options.Devices,
            MaxCount = count,
            Memory = options.Memory,
            Bandwidth = options.Bandwidth,
            MicroBatches = options.MicroBatches,
            InFlight = [.. Enumerable.Range(0, count + 1).Select(y => (double)y)],
            Recompute = options.Recompute == PiperRecompute.Forced ? PiperRecompute.Off : options.Recompute,
        };
    }

    private static NodeCosts ToCosts(PiperInput input, int degree, bool forced)
    {
        var costs = new NodeCosts(input.Nodes.Length, input.Edges.Length);
        for (int v = 0; v < input.Nodes.Length; v++)
        {
            if (!input.Nodes[v].Choices.TryGetValue(degree, out var choice))
            {
                costs.Missing[v] = 1;
                continue;
            }

            var vanilla = forced ? choice.Recomputing ?? choice.Vanilla : choice.Vanilla;
            var recomputing = choice.Recomputing ?? choice.Vanilla;
            costs.Time[v] = vanilla.Time;
            costs.ExtraTime[v] = recomputing.Time - vanilla.Time;
            costs.ParameterBytes[v] = vanilla.ParameterBytes;
            (costs.PerUnit[v], costs.Fixed[v]) = (vanilla.BytesPerMicroBatch, vanilla.FixedBytes);
            (costs.PerUnitRecomputing[v], costs.FixedRecomputing[v]) = (recomputing.BytesPerMicroBatch, recomputing.FixedBytes);
        }

        for (int e = 0; e < input.Edges.Length; e++)
        {
            var edge = input.Edges[e];
            costs.Incoming[e] = 2 * (edge.Bytes + Sync(edge.To, c => c.SyncForward, edge.From));
            costs.Outgoing[e] = 2 * (edge.Bytes + Sync(edge.From, c => c.SyncBackward, edge.To));
        }

        return costs;

        // The same with and without recomputation in all known files.
        double Sync(int node, Func<PiperConfiguration, ImmutableDictionary<int, double>> bytes, int other) =>
            input.Nodes[node].Choices.TryGetValue(degree, out var choice) ? bytes(forced ? choice.Recomputing ?? choice.Vanilla : choice.Vanilla).GetValueOrDefault(other) : 0;
    }
}
