using System.Collections.Immutable;

namespace GraphPipe.Planning;

/// <summary>
/// Interleaved 1F1B on a loop placement (Narayanan et al., Megatron-LM, arXiv 2104.04473, section 2.2). Micro-batches go in rounds of k; in a
/// round, each stage of a device forwards k micro-batches before the next stage does, and backwards run the stages in the opposite order. A
/// device begins with as many forwards as the first backward needs to come round, then forwards and backwards alternate.
/// </summary>
internal static class InterleavedOrder
{
    /// <summary>Micro-batches to a round: about one for each device.</summary>
    public static int Round(ScheduleProblem problem) => problem.MicroBatches / Rounds(problem);

    /// <summary>What the order needs beside its placement; null if it is there.</summary>
    public static string? Need(ScheduleProblem problem) =>
        problem.MicroBatches % Rounds(problem) == 0 ? null : $"a number of micro-batches that {Rounds(problem)} rounds of equal length make up";

    /// <param name="lead">
    /// Forwards that a device has more of than the next one before backwards begin: 2 where a backward is one piece of work, 1 where its weight
    /// part is put off.
    /// </param>
    /// <param name="splits">Backwards in two parts; device r puts the weight part off by r backwards (zero bubble, arXiv 2401.10241, section 2.2).</param>
    public static ImmutableArray<ImmutableArray<ScheduleTask>> Of(ScheduleProblem problem, int lead, bool splits)
    {
        int p = problem.Devices, v = problem.StagesPerDevice, round = Round(problem), count = v * problem.MicroBatches;
        return problem.PerDevice((device, tasks) =>
        {
            // The n-th forward (or backward) of a device, over all its stages.
            void Add(TaskKind kind, int n)
            {
                int chunk = n / round % v;
                int stage = (kind == TaskKind.Forward ? chunk : v - 1 - chunk) * p + device;
                tasks.Add(kind, stage, n / (round * v) * round + n % round);
            }

            int first = Math.Min(count, (v - 1) * round + lead * (p - 1 - device));
            int forward = 0, backward = 0, weight = 0;
            while (forward < first)
                Add(TaskKind.Forward, forward++);
            while (backward < count)
            {
                if (forward < count)
                    Add(TaskKind.Forward, forward++);
                Add(splits ? TaskKind.BackwardInput : TaskKind.Backward, backward++);
                if (splits && backward > device)
                    Add(TaskKind.BackwardWeight, weight++);
            }

            while (splits && weight < count)
                Add(TaskKind.BackwardWeight, weight++);
        });
    }

    private static int Rounds(ScheduleProblem problem) => Math.Max(1, problem.MicroBatches / problem.Devices);
}
