using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>
/// The order in which a schedule adds up gradients over micro-batches: that of the backwards (for weights, where they are in two parts). It is a
/// part of the plan, and the same on all stages, so that one stage can be run with the same sums and gives the same bits. Where a stage has copies on two
/// devices, each adds up its own micro-batches; their orders stand one behind the other.
/// </summary>
public static class SumOrder
{
    /// <returns>
    /// Null with GP3031 in <paramref name="diagnostics"/> if two stages have different orders. Where stages have micro-batches of unlike sizes no
    /// bits are promised, and the answer is the ascending order of the first one's.
    /// </returns>
    public static ImmutableArray<MicroBatch>? Of(PipelineSchedule schedule, StageGraph graph, DiagnosticBag diagnostics)
    {
        ImmutableArray<MicroBatch> ascending = [.. Enumerable.Range(0, graph.MicroBatches(new(0))).Select(m => new MicroBatch(m))];
        if (graph.Stages.Any(s => s.MicroBatch != graph.Stages[0].MicroBatch))
            return ascending;
        var orders = schedule.Devices.SelectMany((tasks, device) => tasks.Select(task => (Device: device, Task: task)))
            .Where(t => t.Task.Kind is TaskKind.Backward or TaskKind.BackwardWeight)
            .GroupBy(t => t.Task.Stage)
            .OrderBy(g => g.Key)
            .Select(g => (Stage: g.Key, MicroBatches: g.GroupBy(t => t.Device, t => t.Task.MicroBatch).OrderBy(copy => copy.Min()).SelectMany(copy => copy).ToImmutableArray()))
            .ToList();
        if (orders.Count == 0)
            return ascending;
        foreach (var (stage, own) in orders)
        {
            int differs = own.Zip(orders[0].MicroBatches).TakeWhile(p => p.First == p.Second).Count();
            if (differs == own.Length && differs == orders[0].MicroBatches.Length)
                continue;
            diagnostics.Add(Diagnostic.Error(
                Codes.SumOrderDiffers,
                $"the schedule '{schedule.Name}' adds up the gradients of {orders[0].Stage} in the order {Text(orders[0].MicroBatches)} of micro-batches, those of {stage} in the order {Text(own)}",
                advice: "run the backwards of all stages in one order of micro-batches, so that their sums are those of one device"));
            return null;
        }

        return orders[0].MicroBatches;
    }

    private static string Text(ImmutableArray<MicroBatch> order) =>
        string.Join(' ', order.Take(8).Select(m => m.Index)) + (order.Length > 8 ? " …" : "");
}
