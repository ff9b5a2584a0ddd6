using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace GraphPipe.Planning;

/// <summary>Kinds of work in a program; B and I take the same micro-batches, of which each has one of the two.</summary>
/// <param name="Kind">Forward, or backward whole or in one of its parts.</param>
/// <param name="Stage">The n-th stage of the device, from 0; null for whichever has its turn.</param>
public readonly record struct ProgramWork(TaskKind Kind, int? Stage)
{
    /// <summary>E.g. <c>F</c> or <c>I1</c>.</summary>
    public override string ToString() => Letter + Stage?.ToString(CultureInfo.InvariantCulture);

    private string Letter => Kind switch { TaskKind.Forward => "F", TaskKind.Backward => "B", TaskKind.BackwardInput => "I", _ => "W" };
}

/// <summary>One place of a step.</summary>
/// <param name="Choices">In order of priority: the first that is ready is run, else whichever is ready first. Not empty.</param>
/// <param name="With">A whole backward that is issued together with the one choice, a forward; null for none.</param>
public sealed record ProgramItem(ImmutableArray<ProgramWork> Choices, ProgramWork? With = null)
{
    /// <summary>E.g. <c>B | F</c> or <c>F0+B1</c>.</summary>
    public override string ToString() => With is { } with ? $"{Choices[0]}+{with}" : string.Join(" | ", Choices);
}

/// <summary>Work that is repeated.</summary>
/// <param name="Count">How often; nothing if below zero. Null for as long as there is any of the step's work left.</param>
/// <param name="Line">In the text, from 1; 0 if it comes from none.</param>
public sealed record ProgramStep(ProgramExpression? Count, ImmutableArray<ProgramItem> Items, int Line)
{
    public override string ToString() => $"{Count?.ToString() ?? "rest"}: {string.Join(' ', Items)}";
}

/// <summary>A named number.</summary>
public sealed record ProgramLet(string Name, ProgramExpression Value, int Line);

/// <summary>How the two sides of a condition are compared.</summary>
public enum ProgramComparison
{
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// <summary>A condition without which the program is not for the problem.</summary>
public sealed record ProgramNeed(ProgramExpression Left, ProgramComparison Comparison, ProgramExpression Right, int Line)
{
    /// <exception cref="ArithmeticException">As <see cref="ProgramExpression.Value"/>.</exception>
    public bool Holds(IReadOnlyDictionary<string, long> values)
    {
        int order = Left.Value(values).CompareTo(Right.Value(values));
        return Comparison switch
        {
            ProgramComparison.Equal => order == 0,
            ProgramComparison.Less => order < 0,
            ProgramComparison.LessOrEqual => order <= 0,
            ProgramComparison.Greater => order > 0,
            _ => order >= 0,
        };
    }

    public override string ToString() => $"{Left} {Comparison switch { ProgramComparison.Equal => "=", ProgramComparison.Less => "<", ProgramComparison.LessOrEqual => "<=", ProgramComparison.Greater => ">", _ => ">=" }} {Right}";
}

/// <summary>
/// A schedule as a program that every device runs for itself, with its own number: what it works on in which order, and where it may choose. After
/// the scheduling language of FlexPipe (Jiang et al., arXiv 2510.05112); the text is that of docs/schedules.md.
/// </summary>
/// <param name="Name">For plans and messages, e.g. the file's name.</param>
/// <param name="Lets">In an order in which each names only those before it.</param>
/// <param name="Turn">Micro-batches that a stage of a device takes before the next has its turn; null for p.</param>
/// <param name="Limit">Activations that a device may hold, one per stage and micro-batch; null for no limit.</param>
public sealed record ScheduleProgram(
    string Name,
    PlacementKind Placement,
    ImmutableArray<ProgramLet> Lets,
    ImmutableArray<ProgramNeed> Needs,
    ProgramExpression? Turn,
    ProgramExpression? Limit,
    ImmutableArray<ProgramStep> Steps)
{
    /// <summary>The text, which parses to the same program; comments are lost, and a <c>let</c> stands before what is needed.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        void Line(string line) => text.Append(line).Append('\n');
        Line($"place {ProgramParser.Placements.First(p => p.Kind == Placement).Word}");
        foreach (var let in Lets)
            Line($"let {let.Name} = {let.Value}");
        foreach (var need in Needs)
            Line($"need {need}");
        if (Turn is not null)
            Line($"turn {Turn}");
        if (Limit is not null)
            Line($"limit {Limit}");
        foreach (var step in Steps)
            Line(step.ToString());
        return text.ToString();
    }
}
