using System.Globalization;
using System.Security;
using System.Text;

namespace GraphPipe.Report;

/// <summary>
/// A time line as one self-contained SVG: a row for each device, time to the right, the numbers of micro-batches in the boxes, messages as a thin strip below
/// them, copies to the host and back on a lane of their own, a time axis and a legend. The same time line gives the same text.
/// </summary>
public sealed class SvgDrawing
{
    private const int Row = 26, Box = 20, Strip = 3, Top = 58, Axis = 26, Right = 16;

    // Below a device's strip: out above, in below.
    private const int Lane = 14, Copy = 5;
    private const double Least = 480, Most = 1280, WishedBox = 20;

    // Of the font at 11 px, on average.
    private const double Digit = 6.3, Letter = 6.6;

    // What is thinner can't be told from its neighbours.
    private const double Thinnest = 1;

    private readonly TimeLine _timeline;
    private readonly double _left;
    private readonly double _width;
    private readonly double _scale;
    private readonly HashSet<WorkKind> _used = [];
    private bool _hasOthers;
    private readonly StringBuilder _text = new();

    private SvgDrawing(TimeLine timeline)
    {
        _timeline = timeline;
        _left = 20 + Math.Max(40, Letter * timeline.Devices.Select(d => d.Name.Length).DefaultIfEmpty(0).Max());
        double shortest = timeline.Devices.SelectMany(d => d.Works).Where(w => !w.Work.IsMessage && !w.Work.IsCopy && w.Duration > 0).Select(w => w.Duration).DefaultIfEmpty(1).Min();
        _width = Math.Clamp(Math.Round(timeline.Makespan / shortest * WishedBox), Least, Most);
        _scale = timeline.Makespan > 0 ? _width / timeline.Makespan : 0;
    }

    /// <summary>The SVG document.</summary>
    public static string Of(TimeLine timeline) => new SvgDrawing(timeline).Draw();

    private string Draw()
    {
        var rows = new StringBuilder();
        for (int d = 0; d < _timeline.Devices.Length; d++)
            rows.Append(DrawRow(_timeline.Devices[d], d));
        string width = N(_left + _width + Right), height = N(TopOf(_timeline.Devices.Length) + Axis);
        _text.Append($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\">\n");
        _text.Append($"<title>{Escape(_timeline.Name)}</title>\n<style>{SvgPalette.Style(_used)}</style>\n<rect class=\"g\" width=\"{width}\" height=\"{height}\"/>\n");
        DrawHead();
        DrawAxis();
        _text.Append(rows);
        return _text.Append("</svg>\n").ToString();
    }

    private void DrawHead()
    {
        string facts = string.Create(CultureInfo.InvariantCulture, $"time {_timeline.Makespan:0.##}{(_timeline.Unit == TimeUnit.Microseconds ? " µs" : "")}, idle {100 * _timeline.IdleFraction:0.#} %");
        _text.Append($"<text class=\"t\" x=\"12\" y=\"20\">{Escape(_timeline.Name)}</text><text class=\"q e\" x=\"{N(_left + _width)}\" y=\"20\">{facts}</text>\n");
        double x = 12;
        foreach (var (_, name, label, _, other) in SvgPalette.Kinds.Where(k => _used.Contains(k.Kind)))
            Legend(name, label, ref x);
        Legend("l", "idle", ref x);
        if (_hasOthers)
            _text.Append($"<text class=\"q\" x=\"{N(x)}\" y=\"41\">light: every other stage</text>\n");
    }

    private void Legend(string name, string label, ref double x)
    {
        _text.Append($"<rect class=\"{name}\" x=\"{N(x)}\" y=\"31\" width=\"12\" height=\"12\" rx=\"2\"/><text class=\"q\" x=\"{N(x + 17)}\" y=\"41\">{label}</text>\n");
        x += 17 + Letter * label.Length + 16;
    }

    private void DrawAxis()
    {
        double bottom = TopOf(_timeline.Devices.Length);
        double step = NiceStep(_timeline.Makespan / Math.Max(2, _width / 80));
        var lines = new StringBuilder();
        var labels = new StringBuilder();
        for (int i = 0; step > 0 && i * step <= _timeline.Makespan * (1 + 1e-9); i++)
        {
            string x = N(_left + i * step * _scale);
            lines.Append($"M{x} {Top - 4}V{N(bottom + 3)}");
            labels.Append($"<text class=\"q\" text-anchor=\"middle\" x=\"{x}\" y=\"{N(bottom + 16)}\">{(i * step).ToString("0.######", CultureInfo.InvariantCulture)}</text>");
        }

        _text.Append($"<path class=\"x\" d=\"{lines}\"/>{labels}\n");
    }

    private string DrawRow(DeviceLine device, int number)
    {
        var boxes = new StringBuilder();
        var numbers = new StringBuilder();
        var strips = new StringBuilder();
        var copies = new StringBuilder();
        var stages = device.Works.Where(w => !w.Work.IsMessage).Select(w => w.Work.Target).Distinct().Order().ToList();
        var dense = default(DenseRun);
        for (int i = 0; i < device.Works.Length; i++)
        {
            var timed = device.Works[i];
            double x = timed.Start * _scale, width = timed.Duration * _scale;
            if (timed.Work.IsCopy)
            {
                if (width >= Thinnest / 4)
                    copies.Append($"<rect class=\"{Class(timed.Work, false)}\" x=\"{N(x)}\" y=\"{(timed.Work.Kind == WorkKind.Offload ? Row : Row + Copy + 1)}\" width=\"{N(Math.Max(width, Thinnest))}\" height=\"{Copy}\"><title>{Escape(Title(timed))}</title></rect>");
                continue;
            }

            if (timed.Work.IsMessage)
            {
                if (width >= Thinnest / 4)
                    strips.Append($"<rect class=\"{Class(timed.Work, false)}\" x=\"{N(x)}\" y=\"{Box}\" width=\"{N(Math.Max(width, Thinnest))}\" height=\"{Strip}\"/>");
                continue;
            }

            string name = Class(timed.Work, stages.IndexOf(timed.Work.Target) % 2 == 1);
            if (width < Thinnest)
            {
                if (!dense.Takes(x, width))
                {
                    boxes.Append(dense.Drawn());
                    dense = new DenseRun(x);
                }

                dense = dense.With(name, x + width);
                continue;
            }

            // Two that run as one block share it, one above the other.
            int half = IsBlock(device, i) ? 1 : IsBlock(device, i - 1) ? 2 : 0;
            int height = half == 0 ? Box : Box / 2, y = half == 2 ? Box / 2 : 0;
            boxes.Append($"<rect class=\"{name}\" x=\"{N(x)}\"{(y > 0 ? $" y=\"{y}\"" : "")} width=\"{N(width)}\" height=\"{height}\" rx=\"2\"><title>{Escape(Title(timed))}</title></rect>");
            string label = timed.Work.MicroBatch.Index < 0 ? "" : timed.Work.MicroBatch.Index.ToString(CultureInfo.InvariantCulture);
            if (label.Length > 0 && width >= Digit * label.Length + 2)
                numbers.Append($"<text{(half > 0 ? " class=\"h\"" : "")} x=\"{N(x + width / 2)}\" y=\"{(half > 0 ? y + 8 : 14)}\">{label}</text>");
        }

        boxes.Append(dense.Drawn());
        string end = N(_width), top = N(TopOf(number));
        string lane = device.HasCopies ? $"<text class=\"q e\" x=\"-8\" y=\"{Row + 9}\">host</text><rect class=\"l\" y=\"{Row}\" width=\"{end}\" height=\"{2 * Copy + 1}\"/>{copies}\n" : "";
        return $"<g transform=\"translate({N(_left)} {top})\"><text class=\"e\" x=\"-8\" y=\"14\">{Escape(device.Name)}</text><rect class=\"l\" width=\"{end}\" height=\"{Box}\" rx=\"2\"/>\n"
            + $"<g class=\"b\">{boxes}</g>{strips}\n{lane}<g class=\"n\">{numbers}</g></g>\n";
    }

    private double TopOf(int device) => Top + Row * device + Lane * _timeline.Devices.Take(device).Count(d => d.HasCopies);

    private static bool IsBlock(DeviceLine device, int first) =>
        first >= 0 && first + 1 < device.Works.Length && device.Works[first].Duration > 0
        && device.Works[first].Start == device.Works[first + 1].Start && device.Works[first].End == device.Works[first + 1].End;

    private string Class(Work work, bool isOther)
    {
        _used.Add(work.Kind);
        var look = SvgPalette.Kinds.First(k => k.Kind == work.Kind);
        if (!isOther || look.Fill == look.OtherFill)
            return look.Class;
        _hasOthers = true;
        return look.Class + "o";
    }

    private string Title(TimedWork timed)
    {
        string of = timed.Work.Kind == WorkKind.Step ? "update" : TextDrawing.Cell(timed.Work);
        string stage = _timeline.Unit == TimeUnit.Microseconds ? $" {_timeline.NameOf(timed.Work)}" : "";
        return string.Create(CultureInfo.InvariantCulture, $"{of}{stage} {timed.Start:0.###}–{timed.End:0.###}");
    }

    /// <summary>The smallest of 1, 2, 5, 10, 20 … (and their tenths) that is no less.</summary>
    private static double NiceStep(double least)
    {
        if (!(least > 0) || double.IsInfinity(least))
            return 0;
        double power = Math.Pow(10, Math.Floor(Math.Log10(least)));
        return new[] { 1, 2, 5, 10 }.Select(n => n * power).First(step => step >= least * (1 - 1e-9) || step == 10 * power);
    }

    private static string N(double number) => number.ToString("0.##", CultureInfo.InvariantCulture);

    private static string Escape(string text) => SecurityElement.Escape(text);

    /// <summary>Works too thin for boxes of their own, drawn as one in the colour of its first.</summary>
    private readonly record struct DenseRun(double Start, double End, string? Class)
    {
        public DenseRun(double start)
            : this(start, start, null)
        {
        }

        // A run is at most a few pixels long, so that colours still say what prevails where.
        public bool Takes(double x, double width) => Class is not null && x - End < Thinnest / 2 && x + width - Start < 2 * Thinnest;

        public DenseRun With(string name, double end) => this with { Class = Class ?? name, End = Math.Max(End, end) };

        public string Drawn() => Class is null ? "" : $"<rect class=\"{Class}\" x=\"{N(Start)}\" width=\"{N(Math.Max(End - Start, Thinnest / 2))}\" height=\"{Box}\"/>";
    }
}
