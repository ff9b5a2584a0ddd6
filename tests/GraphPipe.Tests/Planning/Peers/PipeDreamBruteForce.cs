using GraphPipe.Planning.Peers;

namespace GraphPipe.Tests.Planning.Peers;

/// <summary>Every plan for a short chain in PipeDream's model, level by level, the rules written down once more.</summary>
internal static class PipeDreamBruteForce
{
    /// <returns>Seconds of a mini-batch; infinite if there is no plan.</returns>
    public static double Best(PipeDreamProfile profile, PipeDreamOptions options) => Level(profile, options, options.Levels.Length - 1, 0, profile.Nodes.Length - 1);

    // The nodes first..last on the machines of a level.
    private static double Level(PipeDreamProfile profile, PipeDreamOptions options, int level, int first, int last)
    {
        double best = double.PositiveInfinity;
        var (machines, bandwidth) = options.Levels[level];
        Extend(first, 0, 0);
        return best;

        void Extend(int start, int used, double slowest)
        {
            for (int end = start; end <= last; end++)
            {
                // A machine may be left idle behind any stages but those of the first node alone; all that stand before count as used.
                bool mayIdle = options.UseFewerMachines && end > first;
                for (int r = 1; r <= (options.Straight ? 1 : machines - used); r++)
                {
                    if (used + r > machines)
                        break;
                    double time = Math.Max(slowest, Stage(start, end, r, used));
                    if (end == last && (mayIdle || used + r == machines))
                        best = Math.Min(best, time);
                    for (int idle = 0; end < last && idle <= (mayIdle ? machines - used - r : 0); idle++)
                        Extend(end + 1, used + r + idle, time);
                }
            }
        }

        double Stage(int start, int end, int r, int used)
        {
            var nodes = profile.Nodes.AsSpan()[start..(end + 1)].ToArray();
            double weights = nodes.Sum(v => v.ParameterBytes);
            if (options.Memory is { } memory && (int)Math.Ceiling((machines - used - r) / (double)r) * nodes.Sum(v => v.ActivationBytes + v.ParameterBytes) > memory)
                return double.PositiveInfinity;
            double compute = level == 0 ? nodes.Sum(v => v.ForwardMs + v.BackwardMs) / 1000 : Level(profile, options, level - 1, start, end);
            double reduce = 4 * (r - 1) * weights / (bandwidth * r) / (start == first && level > 0 ? options.Levels[level - 1].Machines : 1);
            double time = (compute + reduce) / r;
            if (options.ActivationRatio is { } ratio && start > first)
            {
                time = Math.Max(time, 2 * profile.Nodes[start - 1].ActivationBytes / (bandwidth * r) / ratio);
                // Only the last state of all has nothing behind it; the last of an inner range still pays.
                if (end < profile.Nodes.Length - 1)
                    time = Math.Max(time, 2 * profile.Nodes[end].ActivationBytes / (bandwidth * r) / ratio);
            }

            return time;
        }
    }
}
