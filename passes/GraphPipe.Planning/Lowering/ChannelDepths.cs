using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>
/// How many messages each channel must hold. Too few is a deadlock; just enough makes fast stages wait for slow ones without need.
/// </summary>
public static class ChannelDepths
{
    /// <summary>
    /// Gives every channel the larger of what it needs (<see cref="Minimal"/>) and what piles up in it when nothing ever waits for room, with
    /// forwards of one unit of time and backwards of two.
    /// </summary>
    /// <returns>Null with GP3008 in <paramref name="diagnostics"/> if no depth helps.</returns>
    public static ExecutionPlan? Set(ExecutionPlan plan, DiagnosticBag diagnostics)
    {
        if (Minimal(plan, diagnostics) is not { } minimal)
            return null;
        var piles = Piles(plan);
        return plan with { Channels = [.. plan.Channels.Select((c, i) => c with { Depth = Math.Max(minimal[i], piles[i]) })] };
    }

    /// <summary>
    /// Depths of which none can be one smaller without deadlock: all start at 1, and of each deadlock that a run comes upon the full channel
    /// with the smallest number grows, as the run goes on from there; what a choice between several full channels has made too large shrinks
    /// again at the end, in order of the numbers.
    /// </summary>
    /// <returns>Null with GP3008 in <paramref name="diagnostics"/> if no depth helps.</returns>
    public static ImmutableArray<int>? Minimal(ExecutionPlan plan, DiagnosticBag diagnostics)
    {
        int[] depths = [.. plan.Channels.Select(_ => 1)];
        var machine = new ActionMachine(plan, depths, UnitTiming.Instance);
        bool hadChoice = false;
        while (!machine.Run())
        {
            var full = machine.Circle().Where(lane => machine.WaitsFor(lane).Kind == WaitKind.Room).Select(lane => plan.Devices[lane].Actions[machine.Positions[lane]].Target).ToList();
            if (full.Count == 0)
            {
                diagnostics.Add(Diagnostic.Error(
                    Codes.PlanDeadlock, "the order of work waits for ever whatever the channels hold: " + PlanProof.DescribeCircle(plan, machine)));
                return null;
            }

            hadChoice |= full.Count > 1;
            depths[full.Min()]++;
        }

        for (int c = 0; c < depths.Length && hadChoice; c++)
        {
            while (depths[c] > 1)
            {
                depths[c]--;
                if (new ActionMachine(plan, depths, UnitTiming.Instance).Run())
                    continue;
                depths[c]++;
                break;
            }
        }

        return [.. depths];
    }

    /// <summary>The most messages in each channel at a time, if it holds any number.</summary>
    private static int[] Piles(ExecutionPlan plan)
    {
        var machine = new ActionMachine(plan, [.. plan.Channels.Select(_ => int.MaxValue)], UnitTiming.Instance);
        machine.Run();
        var piles = new int[plan.Channels.Length];
        for (int c = 0; c < piles.Length; c++)
        {
            int taken = 0;
            for (int k = 0; k < machine.Sent[c].Count; k++)
            {
                // A message taken out at the moment when the next comes in has made room for it.
                while (taken < k && machine.Received[c][taken] <= machine.Sent[c][k])
                    taken++;
                piles[c] = Math.Max(piles[c], k + 1 - taken);
            }
        }

        return piles;
    }
}
