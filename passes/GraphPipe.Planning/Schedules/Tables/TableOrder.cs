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
        // The table is held to what flows between stages, not to the order of a list of them.
        var neighbours = StageNeighbours.Of(graph with { Pipeline = PipelineKind.Graph });
        var blocked = ScheduleSimulator.Run(table, neighbours, ScheduleCosts.Unit(neighbours.Stages)).Blocked;
        foreach (var line in blocked)
        {
            diagnostics.Add(Diagnostic.Error(
                Codes.ScheduleTableFaulty, $"'{line.Task}' waits for ever for '{line.WaitsFor}'", string.Create(CultureInfo.InvariantCulture, $"{place}, line {line.Device.Value + 1}"), "no order of work of these lines gets past these cells; change one of them"));
        }

        return blocked.IsEmpty;
    }
}
