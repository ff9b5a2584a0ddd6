using System.Collections.Immutable;
using GraphPipe.Planning.Peers;

namespace GraphPipe.Tests.Planning.Peers;

/// <summary>Every sequence of stages of a tiny graph in Piper's model, the rules written down once more.</summary>
internal static class PiperBruteForce
{
    /// <returns>The least time of the slowest stage; infinite if nothing fits.</returns>
    public static double Best(PiperInput input, PiperOptions options)
    {
        double best = double.PositiveInfinity;
        Extend(input, options, 0, [], ref best);
        return best;
    }

    // From the last stage to the first; covered are the nodes of later stages.
    private static void Extend(PiperInput input, PiperOptions options, int covered, List<PiperStageChoice> later, ref double best)
    {
        int all = (1 << input.Nodes.Length) - 1;
        if (covered == all)
        {
            var stages = PiperModel.Evaluate(input, options, [.. Enumerable.Reverse(later)]);
            if (stages.All(s => s.MemoryBytes <= options.Memory))
                best = Math.Min(best, stages.Max(s => s.Time));
            return;
        }

        for (int set = covered + 1; set <= all; set++)
        {
            if ((set & covered) != covered || input.Edges.Any(e => Has(set, e.From) && !Has(set, e.To)))
                continue;
            ImmutableArray<int> nodes = [.. Enumerable.Range(0, input.Nodes.Length).Where(n => Has(set & ~covered, n))];
            foreach (int t in new[] { 1, 2 })
            {
                if ((t > 1 && !options.TensorParallel) || nodes.Any(n => !input.Nodes[n].Choices.ContainsKey(t)))
                    continue;
                for (int d = 1; d <= (options.DataParallel ? options.Devices : 1); d++)
                {
                    if (options.MicroBatches % d != 0 || later.Sum(s => s.DataDegree * s.TensorDegree) + d * t > options.Devices
                        || later.Sum(s => s.DataDegree) + d > options.MicroBatches)
                    {
                        continue;
                    }

                    long inFlight = (later.Sum(s => s.DataDegree) + d + d - 1) / d;
                    later.Add(new PiperStageChoice(nodes, d, t, Recomputed(input, options, nodes, t, inFlight)));
                    Extend(input, options, set, later, ref best);
                    later.RemoveAt(later.Count - 1);
                }
            }
        }
    }

    private static ImmutableArray<int> Recomputed(PiperInput input, PiperOptions options, ImmutableArray<int> nodes, int t, long inFlight)
    {
        double Memory(PiperConfiguration c) => c.BytesPerMicroBatch * inFlight + c.FixedBytes;
        PiperChoice Of(int node) => input.Nodes[node].Choices[t];
        double need = nodes.Sum(n => Memory(Of(n).Vanilla));
        if (options.Recompute == PiperRecompute.Forced)
            return nodes;
        if (options.Recompute == PiperRecompute.Off || need <= options.Memory)
            return [];
        if (options.Recompute == PiperRecompute.PerStage)
            return nodes;
        var taken = ImmutableArray.CreateBuilder<int>();
        foreach (int node in nodes.Where(n => Saved(n) > 0).OrderBy(n => (Of(n).Recomputing!.Time - Of(n).Vanilla.Time) / Saved(n)))
        {
            if (need <= options.Memory)
                break;
            need -= Saved(node);
            taken.Add(node);
        }

        return taken.ToImmutable();
        double Saved(int node) => Memory(Of(node).Vanilla) - Memory(Of(node).Recomputing!);
    }

    private static bool Has(int set, int node) => (set >> node & 1) != 0;
}
