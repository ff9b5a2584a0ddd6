using GraphPipe.Bundle;
using GraphPipe.Planning;

namespace GraphPipe.Cli;

/// <summary>What <c>--schedule</c> and a plan's <c>schedule</c> name: a schedule of ours, or the file of a table or a program.</summary>
internal static class ScheduleInput
{
    /// <exception cref="DiagnosticException">GP3007, GP3032 or GP3033: the file can't be read, or is no table or program that can be run.</exception>
    public static ScheduleChoice Read(string text)
    {
        if (IsProgram(text))
            return new ScheduleChoice(text, Program(text));
        if (!text.EndsWith(".csv", StringComparison.OrdinalIgnoreCase))
            return text;
        var bag = new DiagnosticBag();
        var table = TableSchedule.Parse(Path.GetFileName(text), text, InputText.Read(text, Codes.PlanMalformed), bag);
        bag.ThrowIfErrors();
        return new ScheduleChoice(text, table);
    }

    /// <summary>Whether the text is a program's file.</summary>
    public static bool IsProgram(string text) => text.EndsWith(".sched", StringComparison.OrdinalIgnoreCase);

    /// <summary>The program of a file.</summary>
    /// <exception cref="DiagnosticException">GP3007 or GP3033: the file can't be read, or is no program.</exception>
    public static ProgramSchedule Program(string path)
    {
        var bag = new DiagnosticBag();
        var program = ProgramSchedule.Parse(Path.GetFileName(path), path, InputText.Read(path, Codes.PlanMalformed), bag);
        bag.ThrowIfErrors();
        return program!;
    }
}
