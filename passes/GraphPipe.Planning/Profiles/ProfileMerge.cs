using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>
/// Joins profiles of one machine: other models, other sizes, or the same again. Times of one op, phase and size are averaged with their runs as
/// weights; the spread is the average of the spreads, and at least the distance of the medians.
/// </summary>
public static class ProfileMerge
{
    /// <param name="profiles">With what to call each in diagnostics; at least one.</param>
    /// <returns>Null with GP3021 in <paramref name="diagnostics"/> if they are of unlike machines or devices.</returns>
    public static Profile? Of(IReadOnlyList<(string Name, Profile Profile)> profiles, DiagnosticBag diagnostics)
    {
        var (firstName, first) = profiles[0];
        bool alike = true;
        foreach (var (name, profile) in profiles.Skip(1))
        {
            if (profile.Machine != first.Machine)
                Refuse(name, $"{firstName} is of {first.Machine}; this is of {profile.Machine}");
            else if (profile.Devices != first.Devices)
                Refuse(name, $"{firstName} is of {first.Devices}; this is of {profile.Devices}");
        }

        return alike
            ? new Profile(
                first.Machine,
                first.Devices,
                profiles.Max(p => p.Profile.Date),
                Overheads([.. profiles.Select(p => p.Profile.Overheads)]),
                [.. profiles.SelectMany(p => p.Profile.Ops).GroupBy(o => o.Key).OrderBy(g => g.Key.Text, StringComparer.Ordinal).Select(g => Op([.. g]))])
            : null;

        void Refuse(string name, string what)
        {
            alike = false;
            diagnostics.Add(Diagnostic.Error(Codes.ProfilesDiffer, what, name, "times of unlike machines or devices don't mix: keep the files apart"));
        }
    }

    private static OpProfile Op(ImmutableArray<OpProfile> same) => same[0] with
    {
        Nodes = [.. same.SelectMany(o => o.Nodes).Distinct(StringComparer.Ordinal)],
        Times = same.SelectMany(o => o.Times).GroupBy(t => t.Key, t => t.Value).ToImmutableSortedDictionary(
            g => g.Key,
            g => g.SelectMany(t => t).GroupBy(t => t.Key, t => t.Value).ToImmutableSortedDictionary(t => t.Key, t => Time([.. t]))),
    };

    private static MeasuredTime Time(ImmutableArray<MeasuredTime> times)
    {
        double runs = times.Sum(t => (double)t.Runs);
        double Average(Func<MeasuredTime, double> value) => times.Length == 1 ? value(times[0]) : times.Sum(t => value(t) * (t.Runs / runs));
        double distance = times.Max(t => t.Median.Value) - times.Min(t => t.Median.Value);
        return new MeasuredTime(new(Average(t => t.Median.Value)), new(Math.Max(Average(t => t.Spread.Value), distance)), times.Sum(t => t.Runs));
    }

    private static ProfiledOverheads Overheads(ImmutableArray<ProfiledOverheads> all)
    {
        Microseconds Middle(Func<ProfiledOverheads, Microseconds> of) => new(Statistics.Median(all.Select(o => of(o).Value)));
        var copies = all.Where(o => o.Copy is not null).Select(o => o.Copy!.Value).ToList();
        return new ProfiledOverheads(
            Middle(o => o.Action),
            Middle(o => o.Step),
            copies.Count == 0 ? null : new Link(Statistics.Median(copies.Select(c => c.BytesPerMicrosecond)), new(Statistics.Median(copies.Select(c => c.Latency.Value)))),
            Middle(o => o.Wake))
        {
            Stretch = Statistics.Median(all.Select(o => o.Stretch)),
        };
    }
}
