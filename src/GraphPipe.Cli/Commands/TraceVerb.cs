using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using GraphPipe.Bundle;
using GraphPipe.Report;

namespace GraphPipe.Cli.Commands;

/// <summary>
/// <c>trace FILE [PLANNED]</c>: shows a trace that <c>train</c>, <c>simulate</c> or <c>schedule</c> wrote; of two, a measured one and the planned one, also how
/// they differ, work by work.
/// </summary>
internal sealed class TraceVerb : Verb
{
    private const int MostTold = 10;

    private readonly Argument<string> _file;
    private readonly Argument<string?> _planned;
    private readonly Option<string?> _format;
    private readonly Option<string?> _output;

    public TraceVerb()
        : base(
            "trace",
            "Show the time line of a trace; compare a measured one with the planned one.",
            "trace measured.json",
            "trace measured.json planned.json",
            "trace measured.json planned.json --format svg -o both.svg",
            "trace measured.json planned.json --format perfetto -o both.json")
    {
        _file = Add(new Argument<string>("trace") { HelpName = "FILE", Description = "A trace of 'train --trace', 'simulate --trace' or 'schedule --trace'." });
        _planned = Add(new Argument<string?>("planned") { Arity = ArgumentArity.ZeroOrOne, HelpName = "PLANNED", Description = "What it is compared with: as a rule what 'simulate --trace' says of the same bundle." });
        _format = Add(OptionKinds.Choice("--format", "Of two traces, svg and perfetto have both, two rows for each device. Default table.", "table", "svg", "perfetto"));
        _output = Add(OptionKinds.Text("--output", "FILE", "Write svg or perfetto there, not to standard output.", "-o"));
    }

    public override int Run(Call call)
    {
        if (call.Has(_format) && call.IsJson)
            throw Usage.Error("--format and --json are both given", "say once what to print");
        if (call.Has(_output) && call.Get(_format) is null or "table")
            throw Usage.Error("--output is for --format svg and perfetto", "add one of them");
        OutputFile.Check(call.Get(_output));
        var measured = Read(call, call.Get(_file));
        var comparison = call.Parse.GetValue(_planned) is { } file ? Compare(measured, Read(call, file), file) : null;
        call.Subject = call.Get(_file);
        Fill(call.Document, measured, comparison);
        switch (call.Get(_format))
        {
            case "svg":
                Write(call, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(SvgDrawing.Of(comparison?.Overlaid() ?? measured))));
                break;
            case "perfetto":
                Write(call, stream => PerfettoTrace.Write(stream, comparison?.Overlaid() ?? measured));
                break;
            default:
                Print(call.Text, measured, comparison);
                break;
        }

        return ExitCodes.Done;
    }

    private static TimeLine Read(Call call, string path)
    {
        call.Subject = path;
        var bag = new DiagnosticBag();
        var timeline = PerfettoReader.Read(InputText.Read(path, Codes.TraceMalformed), path, bag);
        bag.ThrowIfErrors();
        return timeline!;
    }

    private static TimeLineComparison Compare(TimeLine measured, TimeLine planned, string file) =>
        TimeLineComparison.Hindrance(measured, planned) is { } hindrance
            ? throw Usage.Error($"{file} can't be compared with it: {hindrance}", "give two traces of one plan")
            : TimeLineComparison.Of(measured, planned);

    private void Write(Call call, Action<Stream> write)
    {
        if (call.Get(_output) is { } path)
        {
            AtomicFile.Write(path, write);
            call.Text.WriteLine($"wrote {path}");
            return;
        }

        using var buffer = new MemoryStream();
        write(buffer);
        call.Raw.Write(System.Text.Encoding.UTF8.GetString(buffer.ToArray()));
    }

    private static void Fill(JsonObject document, TimeLine measured, TimeLineComparison? comparison)
    {
        document["name"] = measured.Name;
        document["unit"] = measured.Unit == TimeUnit.Microseconds ? "us" : "cost";
        document["makespan"] = JsonParts.Number(measured.Makespan);
        document["devices"] = Devices(measured);
        if (comparison is null)
            return;
        document["planned"] = new JsonObject
        {
            ["name"] = comparison.Planned.Name,
            ["makespan"] = JsonParts.Number(comparison.Planned.Makespan),
            ["devices"] = Devices(comparison.Planned),
        };
        document["only_measured"] = comparison.OnlyMeasured;
        document["only_planned"] = comparison.OnlyPlanned;
        document["actions"] = JsonParts.List(comparison.Pairs, p => new JsonObject
        {
            ["device"] = measured.Devices[p.Device].Name,
            ["kind"] = p.Measured.Work.Kind.Text(),
            [p.Measured.Work.IsMessage ? "channel" : "stage"] = measured.NameOf(p.Measured.Work),
            ["micro_batch"] = p.Measured.Work.MicroBatch.Index,
            ["measured_start"] = JsonParts.Number(p.Measured.Start),
            ["measured_duration"] = JsonParts.Number(p.Measured.Duration),
            ["planned_start"] = JsonParts.Number(p.Planned.Start),
            ["planned_duration"] = JsonParts.Number(p.Planned.Duration),
        });
    }

    private static JsonArray Devices(TimeLine timeline) => JsonParts.List(timeline.Devices, d => new JsonObject
    {
        ["name"] = d.Name,
        ["busy"] = JsonParts.Number(d.Busy),
        ["end"] = JsonParts.Number(d.End),
        ["actions"] = d.Works.Length,
    });

    private static void Print(TextWriter text, TimeLine measured, TimeLineComparison? comparison)
    {
        TextDrawing.Write(text, measured);
        string unit = measured.Unit == TimeUnit.Microseconds ? " us" : "";
        if (comparison is null)
        {
            var devices = new TextTable("device", $">busy{unit}", $">end{unit}", ">idle");
            foreach (var device in measured.Devices)
                devices.Add(device.Name, Number(device.Busy), Number(device.End), (measured.Makespan > 0 ? 1 - device.Busy / measured.Makespan : 0).ToString("P1"));
            devices.Write(text);
            text.WriteLine($"{measured.Name}: {Number(measured.Makespan)}{unit}, idle {measured.IdleFraction:P1}");
            return;
        }

        PrintKinds(text, comparison, unit);
        PrintDifferences(text, comparison, unit);
        text.WriteLine(
            $"{Number(measured.Makespan)}{unit} measured, {Number(comparison.Planned.Makespan)}{unit} planned: {Ratio(measured.Makespan, comparison.Planned.Makespan)}"
            + (comparison.OnlyMeasured + comparison.OnlyPlanned > 0 ? $"; {comparison.OnlyMeasured} actions are only measured, {comparison.OnlyPlanned} only planned" : ""));
    }

    // Where the time differs, summed up: by device, kind, and stage or channel.
    private static void PrintKinds(TextWriter text, TimeLineComparison comparison, string unit)
    {
        var table = new TextTable("device", "action", ">times", $">measured{unit}", $">planned{unit}", ">ratio");
        foreach (var group in comparison.Pairs.GroupBy(p => (p.Device, p.Measured.Work.Kind, Name: comparison.Measured.NameOf(p.Measured.Work))))
        {
            double real = group.Average(p => p.Measured.Duration), planned = group.Average(p => p.Planned.Duration);
            table.Add(
                comparison.Measured.Devices[group.Key.Device].Name, $"{group.Key.Kind.Text()} {group.Key.Name}", group.Count().ToString(CultureInfo.InvariantCulture), Number(real), Number(planned), Ratio(real, planned));
        }

        table.Write(text);
    }

    private static void PrintDifferences(TextWriter text, TimeLineComparison comparison, string unit)
    {
        text.WriteLine("the largest differences:");
        var table = new TextTable("device", "action", ">mb", $">start{unit}", $">measured{unit}", $">planned{unit}", $">longer{unit}", $">later{unit}");
        foreach (var pair in comparison.Pairs.OrderByDescending(p => Math.Abs(p.Longer)).Take(MostTold))
        {
            var work = pair.Measured.Work;
            table.Add(
                comparison.Measured.Devices[pair.Device].Name, $"{work.Kind.Text()} {comparison.Measured.NameOf(work)}", work.MicroBatch.Index < 0 ? "-" : work.MicroBatch.Index.ToString(CultureInfo.InvariantCulture),
                Number(pair.Measured.Start), Number(pair.Measured.Duration), Number(pair.Planned.Duration), Number(pair.Longer), Number(pair.Later));
        }

        table.Write(text);
    }

    private static string Number(double number) => number.ToString("0.##", CultureInfo.InvariantCulture);

    private static string Ratio(double measured, double planned) => planned > 0 ? (measured / planned).ToString("0.00", CultureInfo.InvariantCulture) : "-";
}
