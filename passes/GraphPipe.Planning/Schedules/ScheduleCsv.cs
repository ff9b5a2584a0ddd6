using System.Collections.Immutable;
using System.Globalization;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>
/// Schedule tables as text: one line per device, its work in order, comma-separated: stage, kind (<c>F</c>, <c>B</c> whole backward, <c>I</c>
/// backward for inputs, <c>W</c> for weights), micro-batch. Empty cells are idle slots and mean nothing.
/// </summary>
public static class ScheduleCsv
{
    public static string Write(PipelineSchedule schedule) => string.Concat(schedule.Devices.Select(d => string.Join(',', d) + "\n"));

    /// <returns>Null with GP3007 in <paramref name="diagnostics"/> for every cell that is no work.</returns>
    public static PipelineSchedule? Parse(string name, string text, DiagnosticBag diagnostics)
    {
        bool bad = false;
        var devices = ImmutableArray.CreateBuilder<ImmutableArray<ScheduleTask>>();
        foreach (string line in text.TrimEnd('\n', '\r').Split('\n'))
        {
            var tasks = ImmutableArray.CreateBuilder<ScheduleTask>();
            foreach (string cell in line.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                if (ParseCell(cell) is { } task)
                {
                    tasks.Add(task);
                }
                else
                {
                    bad = true;
                    diagnostics.Add(Diagnostic.Error(
                        Codes.PlanMalformed, $"'{cell}' is no work", $"line {devices.Count + 1}", "write stage, kind (F, B, I or W) and micro-batch, as in 0F3"));
                }
            }

            devices.Add(tasks.ToImmutable());
        }

        return bad ? null : new PipelineSchedule(name, devices.ToImmutable());
    }

    /// <returns>Null if the text is no work, communication for example.</returns>
    public static ScheduleTask? ParseCell(string cell)
    {
        int at = cell.AsSpan().IndexOfAny("FBIW");
        if (at < 0
            || !int.TryParse(cell.AsSpan(0, at), NumberStyles.None, CultureInfo.InvariantCulture, out int stage)
            || !int.TryParse(cell.AsSpan(at + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int microBatch))
        {
            return null;
        }

        var kind = cell[at] switch
        {
            'F' => ActionKind.Forward,
            'B' => ActionKind.Backward,
            'I' => ActionKind.BackwardInput,
            _ => ActionKind.BackwardWeight,
        };
        return new ScheduleTask(kind, new StageId(stage), new MicroBatch(microBatch));
    }
}
