using System.Globalization;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>
/// Whether the lines of a user's table come to their ends on a stage graph: a forward waits for those of the stages before it, a backward for
/// those of the stages behind it (for inputs, where they are in two parts).
/// </summary>
internal static class TableOrder
{
    /// <returns>False with GP3032 for every line that waits for ever, with the cell at which it does and the one that it waits for.</returns>
    public static bool Ends(string place, PipelineSchedule table, StageGraph graph, DiagnosticBag diagnostics)
    {
        var before = graph.Stages.Select(s => graph.Edges.Where(e => e.To == s.Id).Select(e => e.From).Distinct().ToArray()).ToArray();
        var behind = graph.Stages.Select(s => graph.Edges.Where(e => e.From == s.Id).Select(e => e.To).Distinct().ToArray()).ToArray();
        var done = new HashSet<(bool IsForward, StageId Stage, MicroBatch MicroBatch)>();
        var at = new int[table.Devices.Length];
        StageId? Awaited(ScheduleTask task)
        {
            if (task.Kind == TaskKind.BackwardWeight)
                return null;
            foreach (var other in (task.IsForward ? before : behind)[task.Stage.Value])
            {
                if (!done.Contains((task.IsForward, other, task.MicroBatch)))
                    return other;
            }

            return null;
        }

        for (bool moved = true; moved;)
        {
            moved = false;
            for (int line = 0; line < at.Length; line++)
            {
                while (at[line] < table.Devices[line].Length && Awaited(table.Devices[line][at[line]]) is null)
                {
                    var task = table.Devices[line][at[line]++];
                    if (task.Kind != TaskKind.BackwardWeight)
                        done.Add((task.IsForward, task.Stage, task.MicroBatch));
                    moved = true;
                }
            }
        }

        bool ends = true;
        for (int line = 0; line < at.Length; line++)
        {
            if (at[line] == table.Devices[line].Length)
                continue;
            ends = false;
            var task = table.Devices[line][at[line]];
            var wanted = task with { Stage = Awaited(task)!.Value, Kind = task.IsForward ? TaskKind.Forward : TaskKind.Backward };
            diagnostics.Add(Diagnostic.Error(
                Codes.ScheduleTableFaulty, $"'{task}' waits for ever for '{wanted}'", string.Create(CultureInfo.InvariantCulture, $"{place}, line {line + 1}"), "no order of work of these lines gets past these cells; change one of them"));
        }

        return ends;
    }
}
