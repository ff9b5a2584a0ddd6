using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>
/// An order of work drawn on a grid of time slots. Published schedules are often given so: as a block of one micro-batch that is repeated at an
/// interval (arXiv 2405.15362). Only the order is kept: what runs when follows from the work itself.
/// </summary>
/// <param name="cancellation">Ends either method early, with an <see cref="OperationCanceledException"/>.</param>
internal sealed class Timetable(int devices, CancellationToken cancellation)
{
    private readonly List<(long Slot, ScheduleTask Task)>[] _rows = [.. Enumerable.Range(0, devices).Select(_ => new List<(long, ScheduleTask)>())];

    public void Add(int device, long slot, TaskKind kind, int stage, int microBatch)
    {
        cancellation.ThrowIfCancellationRequested();
        _rows[device].Add((slot, new ScheduleTask(kind, new StageId(stage), new MicroBatch(microBatch))));
    }

    /// <summary>Each device's work by time; of one time as it was added.</summary>
    public ImmutableArray<ImmutableArray<ScheduleTask>> ToRows()
    {
        var rows = ImmutableArray.CreateBuilder<ImmutableArray<ScheduleTask>>(_rows.Length);
        foreach (var row in _rows)
        {
            cancellation.ThrowIfCancellationRequested();
            rows.Add([.. row.OrderBy(t => t.Slot).Select(t => t.Task)]);
        }

        return rows.MoveToImmutable();
    }
}
