using System.Globalization;
using System.Text;

namespace GraphPipe.Report;

/// <summary>A time line as text: a line for each device, time to the right.</summary>
public static class TextDrawing
{
    private const int MostCells = 60;

    /// <summary>
    /// Computation only, each work as stage, kind and micro-batch (<c>0F3</c>). A cell is as long as the shortest work; where a line would have more than 60 of them, works
    /// stand in their order alone.
    /// </summary>
    public static void Write(TextWriter writer, TimeLine timeline)
    {
        var rows = timeline.Devices.Select(d => d.Works.Where(IsShown).ToList()).ToList();
        double unit = rows.SelectMany(r => r).Select(t => t.Duration).Where(t => t > 0).DefaultIfEmpty(0).Min();
        int width = rows.SelectMany(r => r).Select(t => Cell(t.Work).Length).DefaultIfEmpty(0).Max() + 1;
        bool inTime = unit > 0 && rows.SelectMany(r => r).Max(t => t.End) / unit <= MostCells;
        for (int d = 0; d < rows.Count; d++)
        {
            var line = new StringBuilder();
            foreach (var timed in rows[d])
            {
                if (inTime)
                    line.Append(' ', Math.Max(0, (int)Math.Round(timed.Start / unit) * width - line.Length));
                line.Append(Cell(timed.Work).PadRight(width));
            }

            writer.WriteLine($"  {d,3} | {line.ToString().TrimEnd()}");
        }
    }

    /// <summary>A work as tables spell it: stage, kind, micro-batch.</summary>
    public static string Cell(Work work) => string.Create(CultureInfo.InvariantCulture, $"{work.Target}{Letter(work.Kind)}{work.MicroBatch.Index}");

    private static bool IsShown(TimedWork timed) => !timed.Work.IsMessage && timed.Work.Kind != WorkKind.Step;

    private static char Letter(WorkKind kind) => kind switch
    {
        WorkKind.Forward => 'F',
        WorkKind.Backward => 'B',
        WorkKind.BackwardInput => 'I',
        WorkKind.BackwardWeight => 'W',
        WorkKind.Recompute => 'R',
        _ => '?',
    };
}
