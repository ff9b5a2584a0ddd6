using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>
/// Schedule tables as text: one line per device, its work in order, comma-separated, each spelled as <see cref="ScheduleNotation"/> has it. Two
/// tasks issued together are one cell, <c>(3F5;4B2)OVERLAP_F_B</c>. Empty cells are idle slots and mean nothing.
/// </summary>
public static class ScheduleCsv
{
    private const string Overlap = ")OVERLAP_F_B";

    public static string Write(PipelineSchedule schedule) => string.Concat(schedule.Devices.Select(d => WriteLine(d) + "\n"));

    /// <summary>One device's work.</summary>
    public static string WriteLine(IReadOnlyList<ScheduleTask> tasks)
    {
        var cells = new List<string>(tasks.Count);
        for (int i = 0; i < tasks.Count; i++)
            cells.Add(tasks[i].WithNext && i + 1 < tasks.Count ? $"({tasks[i]};{tasks[++i]}{Overlap}" : tasks[i].ToString());
        return string.Join(',', cells);
    }

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
                if (ParseCell(cell, tasks))
                    continue;
                bad = true;
                diagnostics.Add(Diagnostic.Error(
                    Codes.PlanMalformed, $"'{cell}' is no work", $"line {devices.Count + 1}", "write stage, kind (F, B, I or W) and micro-batch, as in 0F3"));
            }

            devices.Add(tasks.ToImmutable());
        }

        return bad ? null : new PipelineSchedule(name, devices.ToImmutable());
    }

    private static bool ParseCell(string cell, ImmutableArray<ScheduleTask>.Builder tasks)
    {
        if (!cell.StartsWith('('))
        {
            if (ScheduleNotation.Parse(cell) is not { } task)
                return false;
            tasks.Add(task);
            return true;
        }

        int between = cell.IndexOf(';', StringComparison.Ordinal);
        if (between < 0 || !cell.EndsWith(Overlap, StringComparison.Ordinal)
            || ScheduleNotation.Parse(cell.AsSpan(1, between - 1)) is not { Kind: TaskKind.Forward } forward
            || ScheduleNotation.Parse(cell.AsSpan(between + 1, cell.Length - Overlap.Length - between - 1)) is not { Kind: TaskKind.Backward } backward)
        {
            return false;
        }

        tasks.Add(forward with { WithNext = true });
        tasks.Add(backward);
        return true;
    }
}
