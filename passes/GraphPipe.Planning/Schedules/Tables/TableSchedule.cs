using System.Collections.Immutable;
using System.Globalization;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>
/// A user's own order of work, read from a table (<see cref="ScheduleCsv"/>): a line per device, any placement of stages, backwards whole or in
/// two parts. Sends, receives and what torch's tables say about sharded parameters follow from the order of work and are passed over.
/// </summary>
public sealed class TableSchedule : ISchedule
{
    private readonly string _name;
    private readonly string _place;
    private readonly PipelineSchedule _table;
    private readonly SchedulePlacement _placement;

    private TableSchedule(string name, string place, PipelineSchedule table, SchedulePlacement placement, int microBatches)
    {
        _name = name;
        _place = place;
        _table = table;
        _placement = placement;
        MicroBatches = microBatches;
        Traits = new(PlacementKind.Table);
    }

    public int Stages => _placement.Stages;

    /// <summary>Micro-batches of a mini-batch.</summary>
    public int MicroBatches { get; }

    public ScheduleTraits Traits { get; }

    /// <param name="name">The schedule's name in plans and bundles, e.g. the file's without its folder.</param>
    /// <param name="place">What to call the text in diagnostics, e.g. its path.</param>
    /// <returns>
    /// Null with GP3007 or GP3032 in <paramref name="diagnostics"/>, each with the line and the cell, if some stage and micro-batch has no or two
    /// forwards or backwards, or in the wrong order, or a stage is on two lines.
    /// </returns>
    public static TableSchedule? Parse(string name, string place, string text, DiagnosticBag diagnostics)
    {
        var bag = new DiagnosticBag();
        var table = ScheduleCsv.Parse(name, text, bag);
        diagnostics.AddRange(bag.All.Select(d => d with { Location = $"{place}, {d.Location}" }));
        if (table is null)
            return null;
        var check = new TableCheck(place, table with { Devices = [.. table.Devices.Select(d => d.Where(IsOwnWork).ToImmutableArray())] }, diagnostics);
        return check.Check() is { } placement ? new TableSchedule(name, place, check.Table, placement, check.MicroBatches) : null;
    }

    public SchedulePlacement? Place(int stages, int devices, DiagnosticBag diagnostics)
    {
        if (stages == Stages && devices >= _placement.Devices)
            return _placement;
        diagnostics.Add(Diagnostic.Error(
            Codes.ScheduleUnsuitable, $"the schedule '{_name}' has {Stages} stages on {_placement.Devices} devices; asked for are {stages} on {devices}", advice: "change --stages or --devices, or the table"));
        return null;
    }

    public PipelineSchedule? Generate(ScheduleRequest request, DiagnosticBag diagnostics)
    {
        var graph = request.Graph;
        if (!PlacementCheck.Divides(graph, diagnostics) || Place(graph.Stages.Length, request.Devices, diagnostics) is null)
            return null;
        foreach (var stage in graph.Stages.Where(s => graph.MicroBatches(s.Id) != MicroBatches).Take(1))
        {
            diagnostics.Add(Diagnostic.Error(
                Codes.ScheduleUnsuitable, $"the schedule '{_name}' has {MicroBatches} micro-batches; {stage.Id} has {graph.MicroBatches(stage.Id)}", advice: $"ask for --micro-batches {MicroBatches.ToString(CultureInfo.InvariantCulture)}"));
            return null;
        }

        if (PlacementCheck.Match(_name, _placement, graph, diagnostics) is not { } mesh || !new TableCheck(_place, _table, diagnostics).Ends(graph, request.Cancellation))
            return null;
        var lists = Enumerable.Repeat(ImmutableArray<ScheduleTask>.Empty, request.Devices).ToArray();
        for (int line = 0; line < mesh.Length; line++)
            lists[mesh[line].Value] = _table.Devices[line];
        return new PipelineSchedule(_name, [.. lists]);
    }

    public ImmutableArray<long> Resident(StageGraph graph) =>
        graph.Stages.Length == Stages ? InFlight.ResidentOf(_table, graph) : [.. graph.Stages.Select(_ => graph.MiniBatch)];

    private static bool IsOwnWork(ScheduleTask task) =>
        !task.IsMessage && task.Kind is not (TaskKind.Unshard or TaskKind.Reshard or TaskKind.ReduceGradient);
}
