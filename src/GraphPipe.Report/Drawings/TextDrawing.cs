using System.Globalization;
using System.Text;

namespace GraphPipe.Report;

/// <summary>A time line as text: a line for each device, time to the right.</summary>
public static class TextDrawing
{
    private const int MostCells = 60;

    /// <summary>
    /// Computation only, each work as stage, kind and micro-batch (<c>0F3</c>). A cell is as long as the shortest work; where a line would have more than 60 of them, works
    /// stand in their order alone. Copies to the host (<c>0O3</c>) and back (<c>0L3</c>) stand below the device's work, on a line for each direction; those that take no time are left out.
    /// </summary>
    public static void Write(TextWriter writer, TimeLine timeline)
    {
        var rows = timeline.Devices.SelectMany(RowsOf).ToList();
        // Copies don't make cells shorter: they stand where they begin.
        var work = rows.SelectMany(r => r.Works).Where(t => !t.Work.IsCopy).ToList();
        double unit = work.Select(t => t.Duration).Where(t => t > 0).DefaultIfEmpty(0).Min();
        int width = rows.SelectMany(r => r.Works).Select(t => Cell(t.Work).Length).DefaultIfEmpty(0).Max() + 1;
        bool inTime = unit > 0 && work.Max(t => t.End) / unit <= MostCells;
        foreach (var (name, works) in rows)
        {
            var line = new StringBuilder();
            foreach (var timed in works)
            {
                if (inTime)
                    line.Append(' ', Math.Max(0, (int)Math.Round(timed.Start / unit) * width - line.Length));
                line.Append(Cell(timed.Work).PadRight(width));
            }

            writer.WriteLine($"  {name,3} | {line.ToString().TrimEnd()}");
        }
    }

    private static IEnumerable<(string Name, List<TimedWork> Works)> RowsOf(DeviceLine device, int number)
    {
        yield return (number.ToString(CultureInfo.InvariantCulture), [.. device.Works.Where(IsShown)]);
        foreach (var (kind, name) in new[] { (WorkKind.Offload, "out"), (WorkKind.Reload, "in") })
        {
            var copies = device.Works.Where(w => w.Work.Kind == kind && w.Duration > 0).ToList();
            if (copies.Count > 0)
                yield return (name, copies);
        }
    }

    /// <summary>A work as tables spell it: stage, kind, micro-batch.</summary>
    public static string Cell(Work work) => string.Create(CultureInfo.InvariantCulture, $"{work.Target}{Letter(work.Kind)}{work.MicroBatch.Index}");

    private static bool IsShown(TimedWork timed) => !timed.Work.IsMessage && !timed.Work.IsCopy && timed.Work.Kind != WorkKind.Step;

    private static char Letter(WorkKind kind) => kind switch
    {
        WorkKind.Forward => 'F',
        WorkKind.Backward => 'B',
        WorkKind.BackwardInput => 'I',
        WorkKind.BackwardWeight => 'W',
        WorkKind.Recompute => 'R',
        WorkKind.Offload => 'O',
        WorkKind.Reload => 'L',
        _ => '?',
    };
}
