using System.Collections.Immutable;
using GraphPipe.Planning;

namespace GraphPipe.Tests.Planning.Profiles;

/// <summary>Hand-written profiles.</summary>
internal static class Profiles
{
    public static readonly ProfiledMachine Machine = new("Z80", 2, "CP/M", ".NET 10", "none");

    /// <summary>On two devices of a thread.</summary>
    public static Profile Of(params OpProfile[] ops) => new(
        Machine, new ProfiledDevices("cpu", 2, 1), new DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.Zero), new ProfiledOverheads(new(1.5), new(20), new Link(8000, new(0.25)), new(40)), [.. ops]);

    /// <param name="times">Microseconds by micro-batch size.</param>
    public static OpProfile Op(string key, Work work, OpPhase phase, params (long Samples, double Time)[] times) => new(
        new OpKey(key), ["node"], work, ImmutableSortedDictionary<OpPhase, ImmutableSortedDictionary<long, MeasuredTime>>.Empty.Add(phase, Times([.. times.Select(t => (t.Samples, new MeasuredTime(new(t.Time), new(0), 1)))])));

    public static ImmutableSortedDictionary<long, MeasuredTime> Times(params (long Samples, MeasuredTime Time)[] times) => times.ToImmutableSortedDictionary(t => t.Samples, t => t.Time);
}
