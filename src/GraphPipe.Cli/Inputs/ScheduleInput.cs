using GraphPipe.Bundle;
using GraphPipe.Planning;

namespace GraphPipe.Cli;

/// <summary>What <c>--schedule</c> and a plan's <c>schedule</c> name: a schedule of ours, or the file of a table.</summary>
internal static class ScheduleInput
{
    /// <exception cref="DiagnosticException">GP3007 or GP3032: the file can't be read or is no table that can be run.</exception>
    public static ScheduleChoice Read(string text)
    {
        if (!text.EndsWith(".csv", StringComparison.OrdinalIgnoreCase))
            return text;
        var bag = new DiagnosticBag();
        var table = TableSchedule.Parse(Path.GetFileName(text), text, InputText.Read(text, Codes.PlanMalformed), bag);
        bag.ThrowIfErrors();
        return new ScheduleChoice(text, table);
    }
}
