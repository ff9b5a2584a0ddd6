using System.Collections.Immutable;

namespace GraphPipe.Planning;

/// <summary>A schedule or a program that comes with the assembly.</summary>
/// <param name="Result">Null if it does not suit, with the reason.</param>
public sealed record ShippedSchedule(string Name, TunedSchedule? Result, string Why);

/// <summary>What was found.</summary>
/// <param name="Best">Null if nothing stays within the limit.</param>
/// <param name="BestProgram">The best that a program makes; null if none stays within the limit.</param>
/// <param name="Shipped">By name.</param>
/// <param name="Tried">Programs that were run.</param>
public sealed record TuningResult(TunedSchedule? Best, TunedSchedule? BestProgram, ImmutableArray<ShippedSchedule> Shipped, int Tried);
