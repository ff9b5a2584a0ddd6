using System.Globalization;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>
/// What must hold of a user's table that is to run, beyond what <see cref="TableFaults"/> asks of any: each stage lives on one line, every line has work, and all of it
/// is work that devices execute. Every fault is GP3032 with its line and cell.
/// </summary>
/// <param name="place">What to call the table.</param>
internal sealed class TableCheck(string place, PipelineSchedule table, DiagnosticBag diagnostics)
{
    public PipelineSchedule Table => table;

    public int MicroBatches => 1 + table.Devices.SelectMany(d => d).Max(t => t.MicroBatch.Index);

    /// <returns>Where the stages are; null if the table is faulty.</returns>
    public SchedulePlacement? Check()
    {
        bool isRight = true;
        void Fault(int line, string message, string advice)
        {
            isRight = false;
            Tell(line, message, advice);
        }

        for (int line = 0; line < table.Devices.Length; line++)
        {
            if (table.Devices[line].IsEmpty)
                Fault(line, "there is no work on the line", "leave the line out: there is one for each device that works");
            foreach (var task in table.Devices[line].Where(t => !t.IsCompute))
                Fault(line, $"'{task}' is not executed", "write forwards (F) and backwards (B, or I and W) only");
        }

        var lineOf = new SortedDictionary<int, (int Line, ScheduleTask Task)>();
        for (int line = 0; line < table.Devices.Length; line++)
        {
            foreach (var task in table.Devices[line])
            {
                if (lineOf.TryAdd(task.Stage.Value, (line, task)) || lineOf[task.Stage.Value].Line == line)
                    continue;
                var (other, known) = lineOf[task.Stage.Value];
                Fault(line, $"'{task}' is of {task.Stage}, which is on line {other + 1} already ('{known}')", "a stage lives on one device");
                break;
            }
        }

        if (!isRight || !Tell(TableFaults.Of(table)))
            return null;
        return SchedulePlacement.At(table.Devices.Length, [.. lineOf.Values.Select(v => new DeviceId(v.Line))]);
    }

    /// <summary>Whether the lines come to their ends on a stage graph.</summary>
    /// <returns>False with GP3032 for every line that waits for ever, with the cell at which it does and the one that it waits for.</returns>
    public bool Ends(StageGraph graph, CancellationToken cancellation)
    {
        // The table is held to what flows between stages, not to the order of a list of them.
        return Tell(TableFaults.Waits(table, StageNeighbours.Of(graph with { Pipeline = PipelineKind.Graph }), cancellation));
    }

    private bool Tell(IEnumerable<TableFault> faults)
    {
        bool any = false;
        foreach (var fault in faults)
        {
            any = true;
            Tell(fault.Device, fault.Message, fault.Advice);
        }

        return !any;
    }

    private void Tell(int line, string message, string advice) =>
        diagnostics.Add(Diagnostic.Error(Codes.ScheduleTableFaulty, message, string.Create(CultureInfo.InvariantCulture, $"{place}, line {line + 1}"), advice));
}
