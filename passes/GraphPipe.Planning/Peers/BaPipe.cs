using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>
/// BaPipe's balanced partition (Zhao et al., arXiv 2012.12544, section 4): a chain cut over devices that may be unlike, so that none takes longer
/// than it must. For a target time every device in its order takes as many operators as it can; the least target that covers the chain is
/// found by bisection. Orders tried: as given, the fastest first, the fastest last. One device per stage; the stages run as a sequence.
/// </summary>
[Partitioner("bapipe")]
public sealed class BaPipe : IPartitioner
{
    private const int Bisections = 40;

    public PipelinePlan? Partition(PartitionRequest request, DiagnosticBag diagnostics)
    {
        if (PlanCandidates.Begin(request, PipelineKind.Sequential, "bapipe", diagnostics) is not { } candidates)
            return null;
        int count = Math.Min(request.Stages ?? request.Topology.Devices.Length, request.Graph.Nodes.Length);
        var given = Enumerable.Range(0, request.Topology.Devices.Length).Select(d => new DeviceId(d)).ToArray();
        DeviceId[][] orders = [given, [.. given.OrderByDescending(d => request.Topology[d].Speed)], [.. given.OrderByDescending(d => request.Topology[d].Speed).Take(count).Reverse()]];
        long states = 0;
        foreach (long size in candidates.Sizes)
        {
            foreach (var order in orders.DistinctBy(o => string.Join(' ', o.Select(d => d.Value))))
            {
                var chain = new Chain(request, size, [.. order.Take(count)]);
                foreach (bool mindsMemory in (bool[])[true, false])
                {
                    var stages = chain.Balance(mindsMemory);
                    if (stages is null)
                        continue;
                    candidates.Add(stages);
                    break;
                }

                states += chain.States;
            }
        }

        return candidates.Finish(states, diagnostics);
    }

    /// <summary>The operators in topological order, for one micro-batch size and one order of devices.</summary>
    private sealed class Chain(PartitionRequest request, long size, DeviceId[] devices)
    {
        private readonly StageMeasurer _measurer = new(request.Graph, size, 0);
        private readonly int[] _order = [.. request.Graph.TopologicalOrder.Select(n => n.Value)];

        public long States { get; private set; }

        public List<PlacedStage>? Balance(bool mindsMemory)
        {
            double high = request.Graph.Nodes.Sum(n => n.Compute(size).Value) / devices.Min(d => request.Topology[d].Speed), low = 0;
            // Links may be slower than all the arithmetic.
            high = Math.Max(high, 2.0 * size * request.Graph.Values.Sum(v => v.BytesPerSample.Value) / request.Topology.Slowest.BytesPerMicrosecond) + 1e-9;
            var best = Cut(high, mindsMemory);
            for (int i = 0; i < Bisections && best is not null && high - low > 1e-6 * high; i++)
            {
                double middle = (low + high) / 2;
                if (Cut(middle, mindsMemory) is { } cut)
                    (high, best) = (middle, cut);
                else
                    low = middle;
            }

            return best;
        }

        // Every device takes as much as it can in the target's time, but leaves an operator for each that must have one.
        private List<PlacedStage>? Cut(double target, bool mindsMemory)
        {
            var stages = new List<PlacedStage>();
            int start = 0;
            for (int d = 0; d < devices.Length && start < _order.Length; d++)
            {
                int last = request.Stages is null ? _order.Length : _order.Length - (devices.Length - d - 1), end = start;
                _measurer.Begin();
                for (int i = start; i < last; i++)
                {
                    States++;
                    _measurer.Add(_order[i]);
                    var sum = _measurer.Sum;
                    if (sum.Compute / request.Topology[devices[d]].Speed > target)
                        break;
                    if (Fits(sum, devices[d], devices.Length - d, target, mindsMemory))
                        end = i + 1;
                }

                if (end == start && request.Stages is not null)
                    return null;
                if (end > start)
                    stages.Add(new PlacedStage(_order[start..end], [devices[d]], size));
                start = end;
            }

            return start == _order.Length ? stages : null;
        }

        private bool Fits(in StageMeasure stage, DeviceId device, int level, double target, bool mindsMemory)
        {
            if (2.0 * stage.Traffic * size / request.Topology.Slowest.BytesPerMicrosecond > target)
                return false;
            long inFlight = request.Schedule.Name == "gpipe" ? request.MiniBatch : Math.Min(request.MiniBatch, level * size);
            return !mindsMemory || request.Recompute != RecomputeChoice.Off
                || Objective.State(request, 1) * stage.Trained + stage.Frozen + (double)inFlight * stage.Saved + stage.Workspace <= request.LimitOf(device).Value;
        }
    }
}
