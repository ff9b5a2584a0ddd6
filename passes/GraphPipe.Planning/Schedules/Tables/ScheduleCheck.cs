using System.Globalization;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>Whether a table of whatever origin is an order that devices can run (<see cref="TableFaults"/> says what that is).</summary>
public static class ScheduleCheck
{
    /// <summary>The same for the table's own stages, each of which needs the one before it.</summary>
    public static IReadOnlyList<Diagnostic> Check(PipelineSchedule table, CancellationToken cancellation = default) =>
        TableFaults.Of(table) is { Count: > 0 } faults
            ? [.. faults.Select(f => Told(Codes.ScheduleInvalid, f))]
            : Check(table, StageNeighbours.Chain(1 + table.Devices.SelectMany(d => d).Max(t => t.Stage.Value)), cancellation);

    /// <param name="graph">Which stages need which; the table may name others, which is a fault.</param>
    /// <returns>Empty if the table is right; GP3015 with device and position of each fault, GP3008 with what each device waits for.</returns>
    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    public static IReadOnlyList<Diagnostic> Check(PipelineSchedule table, StageNeighbours graph, CancellationToken cancellation = default)
    {
        var faults = TableFaults.Of(table, graph);
        return faults.Count > 0
            ? [.. faults.Select(f => Told(Codes.ScheduleInvalid, f))]
            : [.. TableFaults.Waits(table, graph, cancellation).Select(f => Told(Codes.PlanDeadlock, f))];
    }

    private static Diagnostic Told(string code, TableFault fault)
    {
        string place = fault.Device < 0 ? ""
            : fault.Position < 0 ? string.Create(CultureInfo.InvariantCulture, $"device {fault.Device}")
            : string.Create(CultureInfo.InvariantCulture, $"device {fault.Device}, position {fault.Position}");
        return Diagnostic.Error(code, fault.Message, place, fault.Advice);
    }
}
