using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>
/// What must hold of a table's copies to the host: what leaves comes back, on its own line, in five cells: behind the forward OFF_SEND_START and OFF_SEND_END; then
/// OFF_RECV_PREP and OFF_RECV_START before the backward begins, and OFF_RECV_END where it has ended.
/// </summary>
internal static class TableCopies
{
    /// <param name="table">Without other faults.</param>
    public static IEnumerable<TableFault> FaultsOf(PipelineSchedule table)
    {
        for (int line = 0; line < table.Devices.Length; line++)
        {
            var row = table.Devices[line];
            var cells = row.Index().ToLookup(c => (c.Item.Stage, c.Item.MicroBatch));
            foreach (var trip in row.Index().Where(c => c.Item.IsCopy).GroupBy(c => (c.Item.Stage, c.Item.MicroBatch)))
            {
                var (at, first) = trip.First();
                if (FaultOf(trip.Key.Stage, trip.Key.MicroBatch, [.. cells[trip.Key].Select(c => c.Item.Kind)]) is { } message)
                    yield return new(line, at, $"'{first}': {message}", "write OFF_SEND_START and OFF_SEND_END behind the forward, OFF_RECV_PREP and OFF_RECV_START before the backward, OFF_RECV_END behind it");
            }
        }
    }

    // The kinds of all cells of one stage and micro-batch, in their order on the line.
    private static string? FaultOf(StageId stage, MicroBatch microBatch, List<TaskKind> kinds)
    {
        string Name(TaskKind kind) => new ScheduleTask(kind, stage, microBatch).ToString();
        int begins = kinds.FindIndex(k => k is TaskKind.Backward or TaskKind.BackwardInput), ends = kinds.FindLastIndex(k => k is TaskKind.Backward or TaskKind.BackwardWeight);
        int last = kinds.IndexOf(TaskKind.Forward);
        if (last < 0)
            return "the forward is on another line";
        for (var kind = TaskKind.OffloadStart; kind <= TaskKind.ReloadEnd; kind++)
        {
            int at = kinds.IndexOf(kind);
            if (at < 0)
                return $"'{Name(kind)}' is missing";
            if (kinds.LastIndexOf(kind) != at)
                return $"'{Name(kind)}' is there twice";
            if (at < last || (kind == TaskKind.ReloadEnd ? at < ends : at > begins))
                return $"'{Name(kind)}' is not in its place";
            last = at;
        }

        return null;
    }
}
