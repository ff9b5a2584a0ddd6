using System.Collections.Immutable;

namespace GraphPipe.Planning.Peers;

/// <summary>A stage that Piper's model is asked about, in positions of nodes.</summary>
public sealed record PiperStageChoice(ImmutableArray<int> Nodes, int DataDegree, int TensorDegree, ImmutableArray<int> Recomputed);

/// <summary>
/// Piper's model of cost, formula by formula (section 3 of the paper, as its code has it). The search adds the same numbers in another order;
/// what is reported comes from here.
/// </summary>
public static class PiperModel
{
    /// <param name="stages">Source side first.</param>
    public static ImmutableArray<PiperStage> Evaluate(PiperInput input, PiperOptions options, IReadOnlyList<PiperStageChoice> stages)
    {
        var stageOf = new int[input.Nodes.Length];
        for (int s = 0; s < stages.Count; s++)
        {
            foreach (int node in stages[s].Nodes)
                stageOf[node] = s;
        }

        var result = new PiperStage[stages.Count];
        long replicas = 0;
        for (int s = stages.Count - 1; s >= 0; s--)
        {
            var stage = stages[s];
            double d = stage.DataDegree;
            replicas += stage.DataDegree;
            // ⌈(d_i + … + d_m) / d_i⌉ micro-batches in flight.
            long inFlight = (replicas + stage.DataDegree - 1) / stage.DataDegree;
            var recomputed = stage.Recomputed.ToHashSet();
            PiperConfiguration Of(int node) => input.Nodes[node].Choices[stage.TensorDegree] is var choice && recomputed.Contains(node) ? choice.Recomputing! : choice.Vanilla;
            double time = 0, parameters = 0, memory = 0, bytes = 0;
            foreach (int node in stage.Nodes)
            {
                var c = Of(node);
                time += c.Time;
                parameters += c.ParameterBytes;
                memory += c.BytesPerMicroBatch * inFlight + c.FixedBytes;
            }

            // Each edge at both of its ends, and twice: the gradient travels back.
            foreach (var edge in input.Edges)
            {
                bool from = stageOf[edge.From] == s, to = stageOf[edge.To] == s;
                if (to && !from)
                    bytes += 2 * (edge.Bytes + Of(edge.To).SyncForward.GetValueOrDefault(edge.From));
                else if (from && !to)
                    bytes += 2 * (edge.Bytes + Of(edge.From).SyncBackward.GetValueOrDefault(edge.To));
            }

            double tps = time / d + (bytes / d + 4 * (d - 1) / d * parameters / options.MicroBatches) / options.Bandwidth;
            result[s] = new PiperStage(
                [.. stage.Nodes.Select(n => input.Nodes[n].Id).Order()],
                stage.DataDegree,
                stage.TensorDegree,
                [.. stage.Recomputed.Select(n => input.Nodes[n].Id).Order()],
                inFlight,
                tps,
                memory);
        }

        return [.. result];
    }
}
