using System.Globalization;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>
/// What must hold of a user's table that is to run, beyond what <see cref="TableFaults"/> asks of any: every line has work, all of it is work that devices execute, copies to the
/// host are whole, and each stage lives on one line, or every stage on two. Every fault is GP3032 with its line and cell.
/// </summary>
/// <param name="place">What to call the table.</param>
internal sealed class TableCheck(string place, PipelineSchedule table, DiagnosticBag diagnostics)
{
    private bool _isRight = true;

    public PipelineSchedule Table => table;

    public int MicroBatches => 1 + table.Devices.SelectMany(d => d).Max(t => t.MicroBatch.Index);

    /// <returns>Where the stages are; null if the table is faulty.</returns>
    public SchedulePlacement? Check()
    {
        for (int line = 0; line < table.Devices.Length; line++)
        {
            if (table.Devices[line].IsEmpty)
                Tell(line, "there is no work on the line", "leave the line out: there is one for each device that works");
            foreach (var task in table.Devices[line].Where(t => !t.IsCompute && !t.IsCopy))
                Tell(line, $"'{task}' is not executed", task.Kind == TaskKind.Recompute ? "leave it out, and ask for --recompute" : "write forwards (F), backwards (B, or I and W) and copies to the host only");
        }

        if (!_isRight)
            return null;
        // Where stages live first: a stage on two lines mostly has everything twice.
        var placement = TablePlacement.Of(table, out var homeless);
        Tell(homeless);
        if (_isRight)
            Tell(TableFaults.Of(table));
        if (_isRight)
            Tell(TableCopies.FaultsOf(table));
        return _isRight ? placement : null;
    }

    /// <summary>Whether the lines come to their ends on a stage graph.</summary>
    /// <returns>False with GP3032 for every line that waits for ever, with the cell at which it does and the one that it waits for.</returns>
    public bool Ends(StageGraph graph, CancellationToken cancellation)
    {
        // The table is held to what flows between stages, not to the order of a list of them.
        Tell(TableFaults.Waits(table, StageNeighbours.Of(graph with { Pipeline = PipelineKind.Graph }), cancellation));
        return _isRight;
    }

    private void Tell(IEnumerable<TableFault> faults)
    {
        foreach (var fault in faults)
            Tell(fault.Device, fault.Message, fault.Advice);
    }

    private void Tell(int line, string message, string advice)
    {
        _isRight = false;
        diagnostics.Add(Diagnostic.Error(Codes.ScheduleTableFaulty, message, line < 0 ? place : string.Create(CultureInfo.InvariantCulture, $"{place}, line {line + 1}"), advice));
    }
}
