using System.Globalization;
using System.Text;
using GraphPipe.Bundle;
using GraphPipe.Planning;

namespace GraphPipe.Cli;

/// <summary>Draws time lines: rows of devices, time to the right.</summary>
internal static class ScheduleDrawing
{
    private const int MostCells = 60;

    /// <summary>A cell is the shortest piece of work; where that would be too many, the order alone.</summary>
    public static void Table(SimulationResult result, TextWriter writer)
    {
        var work = result.Devices.Select(d => d.Actions.Where(a => a.Action.IsCompute).ToList()).ToList();
        double unit = work.SelectMany(d => d).Select(a => (a.End - a.Start).Value).Where(t => t > 0).DefaultIfEmpty(0).Min();
        int width = work.SelectMany(d => d).Select(a => Name(a.Action).Length).DefaultIfEmpty(0).Max() + 1;
        bool inTime = unit > 0 && result.Makespan.Value / unit <= MostCells;
        for (int d = 0; d < work.Count; d++)
        {
            var line = new StringBuilder();
            foreach (var action in work[d])
            {
                if (inTime)
                    line.Append(' ', Math.Max(0, (int)Math.Round(action.Start.Value / unit) * width - line.Length));
                line.Append(Name(action.Action).PadRight(width));
            }

            writer.WriteLine($"  {result.Devices[d].Device.Value,3} | {line.ToString().TrimEnd()}");
        }
    }

    public static string Svg(SimulationResult result)
    {
        const int Row = 28, Left = 60, Top = 10, Wide = 1200;
        double scale = Wide / Math.Max(result.Makespan.Value, 1e-9);
        var svg = new StringBuilder();
        var invariant = CultureInfo.InvariantCulture;
        svg.Append(invariant, $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{Left + Wide + 10}\" height=\"{Top + Row * result.Devices.Length + 10}\" font-family=\"sans-serif\" font-size=\"11\">\n");
        for (int d = 0; d < result.Devices.Length; d++)
        {
            int y = Top + d * Row;
            svg.Append(invariant, $"<text x=\"4\" y=\"{y + 17}\">device {result.Devices[d].Device.Value}</text>\n");
            foreach (var action in result.Devices[d].Actions.Where(a => a.Action.IsCompute))
            {
                double x = Left + action.Start.Value * scale, width = (action.End - action.Start).Value * scale;
                string colour = action.Action.Kind switch { ActionKind.Forward => "#9ecae1", ActionKind.BackwardInput => "#a1d99b", ActionKind.BackwardWeight => "#fdd0a2", _ => "#c7e9c0" };
                svg.Append(invariant, $"<rect x=\"{x:0.##}\" y=\"{y}\" width=\"{width:0.##}\" height=\"{Row - 4}\" fill=\"{colour}\" stroke=\"#555\" stroke-width=\"0.5\"><title>{Name(action.Action)}</title></rect>\n");
                if (width >= 18)
                    svg.Append(invariant, $"<text x=\"{x + width / 2:0.##}\" y=\"{y + 16}\" text-anchor=\"middle\">{Name(action.Action)}</text>\n");
            }
        }

        return svg.Append("</svg>\n").ToString();
    }

    private static string Name(PlanAction action) => new ScheduleTask(ScheduleTask.KindOf(action.Kind), action.Stage, action.MicroBatch).ToString();
}
