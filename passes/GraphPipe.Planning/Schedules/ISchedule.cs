using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;
using System.Reflection;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>
/// Places stages on devices and makes the order of work. One class, one file, found by <see cref="ScheduleAttribute"/>. An instance may remember what it
/// found out; it lives as long as whoever asked for it.
/// </summary>
public interface ISchedule
{
    ScheduleTraits Traits { get; }

    /// <summary>Where the stages live, before there is an order.</summary>
    /// <returns>Null with GP3013 in <paramref name="diagnostics"/> if the schedule can't have so many stages on so many devices.</returns>
    SchedulePlacement? Place(int stages, int devices, DiagnosticBag diagnostics);

    /// <returns>
    /// Null with GP3013 (GP3003 for micro-batches that don't divide) in <paramref name="diagnostics"/> if the schedule does not suit the
    /// request; the text says what it needs.
    /// </returns>
    PipelineSchedule? Generate(ScheduleRequest request, DiagnosticBag diagnostics);

    /// <summary>Samples per stage whose activations its device holds at a time, at most: all that are in flight, but for what the schedule has sent to the host.</summary>
    ImmutableArray<long> Resident(StageGraph graph);
}

/// <summary>Names a schedule on the command line.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ScheduleAttribute(string name) : Attribute
{
    public string Name { get; } = name;
}

/// <summary>Every schedule of this assembly by name.</summary>
public static class ScheduleTable
{
    private static readonly FrozenDictionary<string, Type> s_all = (
        from type in typeof(ScheduleTable).Assembly.GetTypes()
        let attribute = type.GetCustomAttribute<ScheduleAttribute>()
        where attribute is not null
        select (attribute.Name, type)).ToFrozenDictionary(p => p.Name, p => p.Item2);

    public static IEnumerable<string> Names => s_all.Keys.Order(StringComparer.Ordinal);

    /// <param name="name">A name; of an asynchronous schedule also <c>NAME:COUNT</c>, with an update after so many micro-batches.</param>
    /// <returns>Null with GP3005 if there is no schedule of that name.</returns>
    public static ISchedule? Find(string name, DiagnosticBag diagnostics)
    {
        if (s_all.TryGetValue(name, out var type))
            return (ISchedule)Activator.CreateInstance(type)!;
        if (name.LastIndexOf(':') is >= 0 and int colon && s_all.TryGetValue(name[..colon], out type) && type.IsSubclassOf(typeof(AsynchronousSchedule))
            && int.TryParse(name.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int every) && every > 0)
        {
            return ((AsynchronousSchedule)Activator.CreateInstance(type)!).With(every);
        }

        diagnostics.Add(Diagnostic.Error(Codes.ScheduleUnknown, $"no schedule is called '{name}'", advice: $"known are {string.Join(", ", Names)}"));
        return null;
    }
}
