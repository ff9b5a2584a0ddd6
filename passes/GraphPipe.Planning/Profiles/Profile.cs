using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>A measured time.</summary>
/// <param name="Median">Of all runs.</param>
/// <param name="Spread">From the first to the third quartile.</param>
public readonly record struct MeasuredTime(Microseconds Median, Microseconds Spread, long Runs);

/// <summary>The times of one op.</summary>
/// <param name="Nodes">Model nodes that it was met at, for people.</param>
/// <param name="Work">What a device model predicts it from; what such predictions are corrected by follows.</param>
/// <param name="Times">By phase and micro-batch size.</param>
public sealed record OpProfile(OpKey Key, ImmutableArray<string> Nodes, Work Work, ImmutableSortedDictionary<OpPhase, ImmutableSortedDictionary<long, MeasuredTime>> Times)
{
    public bool Equals(OpProfile? other) =>
        other is not null && Key == other.Key && Work == other.Work && Nodes.SequenceEqual(other.Nodes) && Times.Keys.SequenceEqual(other.Times.Keys)
        && Times.All(t => t.Value.SequenceEqual(other.Times[t.Key]));

    public override int GetHashCode() => Key.GetHashCode();
}

/// <summary>The machine that was measured.</summary>
/// <param name="System">Operating system.</param>
/// <param name="Runtime">.NET version.</param>
/// <param name="Simd">The widest vectors that kernels use.</param>
public sealed record ProfiledMachine(string Processor, int Cores, string System, string Runtime, string Simd)
{
    public override string ToString() => $"{Processor}, {Cores} cores, {System}, {Runtime}, {Simd}";
}

/// <summary>The devices that worked at the same time: they share caches and memory, so their number is part of what was measured.</summary>
/// <param name="Kind">E.g. <c>cpu</c>.</param>
/// <param name="Threads">Of each device.</param>
public sealed record ProfiledDevices(string Kind, int Count, int Threads)
{
    public override string ToString() => $"{Kind}:{Count}, {Threads} thread{(Threads == 1 ? "" : "s")} each";
}

/// <summary>What a step costs beside its ops.</summary>
/// <param name="Action">Each forward, backward and step: feeding, reading the loss, looking at the clock.</param>
/// <param name="Step">A whole step: starting the devices, and learning that they are done.</param>
/// <param name="Copy">A message at either end: the device copies it itself. Null where one device was measured.</param>
/// <param name="Wake">From the end of a send until a device that waits for it goes on.</param>
public sealed record ProfiledOverheads(Microseconds Action, Microseconds Step, Link? Copy, Microseconds Wake)
{
    /// <summary>
    /// How many times longer the profiler's own steps took than they take when they are simulated with all the rest: times have a long tail that their
    /// medians do not show, and a device waits for the slower of two.
    /// </summary>
    public double Stretch { get; init; } = 1;
}

/// <summary>Op times of a machine's devices: the <c>graphpipe-profile</c> document. <see cref="ProfileJson"/> reads and writes it.</summary>
/// <param name="Date">When it was measured, UTC.</param>
/// <param name="Ops">In ordinal order of their keys; no key twice.</param>
public sealed record Profile(ProfiledMachine Machine, ProfiledDevices Devices, DateTimeOffset Date, ProfiledOverheads Overheads, ImmutableArray<OpProfile> Ops)
{
    public bool Equals(Profile? other) =>
        other is not null && Machine == other.Machine && Devices == other.Devices && Date == other.Date && Overheads == other.Overheads && Ops.SequenceEqual(other.Ops);

    public override int GetHashCode() => HashCode.Combine(Machine, Devices, Date, Ops.Length);
}
