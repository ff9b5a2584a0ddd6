using System.Globalization;
using System.Text;
using GraphPipe.Planning;

namespace GraphPipe.Cli;

/// <summary>A piece of work in a drawing.</summary>
internal readonly record struct DrawnTask(ScheduleTask Task, double Start, double End);

/// <summary>Draws time lines: rows of devices, time to the right.</summary>
/// <param name="Rows">By number of the device; computation only.</param>
internal sealed record ScheduleDrawing(IReadOnlyList<IReadOnlyList<DrawnTask>> Rows)
{
    private const int MostCells = 60;

    private double Makespan => Rows.SelectMany(r => r).Select(t => t.End).DefaultIfEmpty(0).Max();

    /// <summary>Of a plan.</summary>
    public static ScheduleDrawing Of(SimulationResult result) => new(
    [
        .. result.Devices.Select(d => d.Actions
            .Where(a => a.Action.IsCompute)
            .Select(a => new DrawnTask(new(ScheduleTask.KindOf(a.Action.Kind), a.Action.Stage, a.Action.MicroBatch), a.Start.Value, a.End.Value))
            .ToList()),
    ]);

    /// <summary>Of a schedule.</summary>
    public static ScheduleDrawing Of(ScheduleTimeline timeline) => new(
    [
        .. timeline.Devices.Select(d => d.Tasks
            .Where(t => t.Task.IsCompute || t.Task.Kind == TaskKind.Recompute)
            .Select(t => new DrawnTask(t.Task, t.Start, t.End))
            .ToList()),
    ]);

    /// <summary>A cell is the shortest piece of work; where that would be too many, the order alone.</summary>
    public void Table(TextWriter writer)
    {
        double unit = Rows.SelectMany(r => r).Select(t => t.End - t.Start).Where(t => t > 0).DefaultIfEmpty(0).Min();
        int width = Rows.SelectMany(r => r).Select(t => t.Task.ToString().Length).DefaultIfEmpty(0).Max() + 1;
        bool inTime = unit > 0 && Makespan / unit <= MostCells;
        for (int d = 0; d < Rows.Count; d++)
        {
            var line = new StringBuilder();
            foreach (var task in Rows[d])
            {
                if (inTime)
                    line.Append(' ', Math.Max(0, (int)Math.Round(task.Start / unit) * width - line.Length));
                line.Append(task.Task.ToString().PadRight(width));
            }

            writer.WriteLine($"  {d,3} | {line.ToString().TrimEnd()}");
        }
    }

    public string Svg()
    {
        const int Row = 28, Left = 60, Top = 10, Wide = 1200;
        double scale = Wide / Math.Max(Makespan, 1e-9);
        var svg = new StringBuilder();
        var invariant = CultureInfo.InvariantCulture;
        svg.Append(invariant, $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{Left + Wide + 10}\" height=\"{Top + Row * Rows.Count + 10}\" font-family=\"sans-serif\" font-size=\"11\">\n");
        for (int d = 0; d < Rows.Count; d++)
        {
            int y = Top + d * Row;
            svg.Append(invariant, $"<text x=\"4\" y=\"{y + 17}\">device {d}</text>\n");
            foreach (var task in Rows[d])
            {
                double x = Left + task.Start * scale, width = (task.End - task.Start) * scale;
                string colour = task.Task.Kind switch { TaskKind.Forward => "#9ecae1", TaskKind.Recompute => "#c6dbef", TaskKind.BackwardInput => "#a1d99b", TaskKind.BackwardWeight => "#fdd0a2", _ => "#c7e9c0" };
                svg.Append(invariant, $"<rect x=\"{x:0.##}\" y=\"{y}\" width=\"{width:0.##}\" height=\"{Row - 4}\" fill=\"{colour}\" stroke=\"#555\" stroke-width=\"0.5\"><title>{task.Task}</title></rect>\n");
                if (width >= 18)
                    svg.Append(invariant, $"<text x=\"{x + width / 2:0.##}\" y=\"{y + 16}\" text-anchor=\"middle\">{task.Task}</text>\n");
            }
        }

        return svg.Append("</svg>\n").ToString();
    }
}
