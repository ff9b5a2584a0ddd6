using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>The schedule that somebody asks for: one of <see cref="ScheduleTable"/> by its name, or a table or program of their own.</summary>
/// <param name="Own">Null for a schedule of ours.</param>
public sealed record ScheduleChoice(string Name, ISchedule? Own = null)
{
    public static implicit operator ScheduleChoice(string name) => new(name);

    /// <returns>Null with GP3005 if there is no schedule of that name.</returns>
    public ISchedule? Find(DiagnosticBag diagnostics) => Own ?? ScheduleTable.Find(Name, diagnostics);

    public override string ToString() => Name;
}
