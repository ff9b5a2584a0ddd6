using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using CsCheck;
using GraphPipe.Bundle;
using GraphPipe.Planning;
using GraphPipe.Report;
using GraphPipe.Tests.Planning;
using Xunit;

namespace GraphPipe.Tests.Report;

public class TimeLineTests
{
    private static readonly Gen<TimeLine> s_any =
        from works in Gen.Select(Gen.Int[0, 9], Gen.Int[-1, 9], Gen.Double[0, 1e6], Gen.Double[0, 1e5], Gen.Double[0, 50]).Array[0, 30].Array[1, 4]
        from memory in Gen.Select(Gen.Double[0, 1e6], Gen.Long[0, 1L << 40]).Array[0, 3]
        from name in Gen.OneOf(Gen.Const("plan"), Gen.Const("a<b & \"c\""), Gen.Const("größer"))
        select new TimeLine(
            name, TimeUnit.Microseconds, ["s0", "s<1>"], ["h0", "h1"],
            [
                .. works.Select((w, d) => new DeviceLine(
                    $"cpu:{d}",
                    [.. w.Select((e, i) => new TimedWork(new((WorkKind)e.Item1, i % 2, new(e.Item2), i), e.Item3, e.Item3 + e.Item4, e.Item5)).OrderBy(e => e.Start)],
                    [.. memory.Select(m => new MemoryPoint(m.Item1, m.Item2)).OrderBy(m => m.Time)])),
            ]);

    [Fact]
    public void A_trace_that_is_read_back_is_the_same() => s_any.Sample(timeline =>
    {
        var bag = new DiagnosticBag();
        var read = PerfettoReader.Read(Trace(timeline), "t.json", bag);
        Assert.True(read is not null, string.Join('\n', bag.All));
        Assert.Equal((timeline.Name, timeline.Unit), (read.Name, read.Unit));
        Assert.Equal(timeline.Stages, read.Stages);
        Assert.Equal(timeline.Channels, read.Channels);
        Assert.Equal(timeline.Devices.Select(d => d.Name), read.Devices.Select(d => d.Name));
        foreach (var (one, other) in timeline.Devices.Zip(read.Devices))
        {
            Assert.Equal(one.Memory, other.Memory);
            Assert.Equal(one.Works.Select(w => (w.Work, w.Start)), other.Works.Select(w => (w.Work, w.Start)));
            // The format has durations, so that an end is a sum.
            Assert.All(one.Works.Zip(other.Works), p => Assert.Equal(p.First.End, p.Second.End, 1e-9));
        }
    }, iter: 200);

    [Fact]
    public void Any_drawing_is_xml_and_stays_in_its_frame() => s_any.Sample(timeline =>
    {
        var svg = XDocument.Parse(SvgDrawing.Of(timeline)).Root!;
        double width = Number(svg, "width");
        Assert.Equal(timeline.Name, svg.Elements().First(e => e.Name.LocalName == "title").Value);
        foreach (var row in svg.Elements().Where(e => e.Name.LocalName == "g"))
        {
            double left = double.Parse(row.Attribute("transform")!.Value.Split('(', ' ')[1], CultureInfo.InvariantCulture);
            Assert.All(row.Descendants().Where(e => e.Name.LocalName == "rect"), r =>
                Assert.InRange(left + (r.Attribute("x") is null ? 0 : Number(r, "x")) + Number(r, "width"), left, width));
        }
    }, iter: 100);

    /// <summary>Two devices, one micro-batch, messages that take 3 for 4 bytes: the times are added up by hand in ScheduleTests.Links_take_turns_and_time.</summary>
    [Fact]
    public void A_plans_events_are_where_its_actions_are()
    {
        var plan = Lowered.Chain(2, 1, "1f1b");
        var topology = new Topology([.. Enumerable.Range(0, 2).Select(i => new TopologyDevice($"d{i}", "v100", i, new(1), 1))], new(1, default), new(2, new(3)));
        var times = new StageTimes(new(1), new(2), default, default);
        var costs = new SimulationCosts([times, times]) { Topology = topology, Memory = [new(new(100), new(10)), new(new(200), new(20))] };
        var events = JsonNode.Parse(Trace(PlannedTimeLine.Of("plan", plan, Simulator.Run(plan, costs), costs.Memory)))!["traceEvents"]!.AsArray();
        IEnumerable<JsonNode> Of(string phase, string name) => events.Where(e => e!["ph"]!.GetValue<string>() == phase && e["name"]!.GetValue<string>().StartsWith(name, StringComparison.Ordinal))!;
        (int Process, int Thread, double Start) At(JsonNode e) => (e["pid"]!.GetValue<int>(), e["tid"]!.GetValue<int>(), e["ts"]!.GetValue<double>());
        Assert.Equal(["cpu:0", "cpu:1"], Of("M", "process_name").Select(e => e["args"]!["name"]!.GetValue<string>()));
        Assert.Equal([(1, 1, 0), (2, 1, 6)], Of("X", "FORWARD").Select(At));
        Assert.Equal([(1, 1, 14), (2, 1, 7)], Of("X", "BACKWARD").Select(At));
        Assert.Equal([(1, 2, 1.0)], Of("X", "SEND Activation0-1").Select(At));
        // The receiver waits from 0 until the message is there, and the arrow ends in the slice of the receive.
        Assert.Equal([(2, 2, 6.0)], Of("X", "RECV Activation0-1").Select(At));
        Assert.Contains(Of("X", "wait"), e => At(e) == (2, 2, 0) && e["dur"]!.GetValue<double>() == 6);
        Assert.Equal((1, 2, 1), At(Of("s", "Activation0-1").Single()));
        Assert.Equal((2, 2, 6), At(Of("f", "Activation0-1").Single()));
        Assert.Equal(Of("s", "Activation0-1").Single()["id"]!.GetValue<int>(), Of("f", "Activation0-1").Single()["id"]!.GetValue<int>());
        Assert.Equal([(110L, 0.0), (100, 16)], Of("C", "memory").Where(e => e["pid"]!.GetValue<int>() == 1).Select(e => (e["args"]!["bytes"]!.GetValue<long>(), e["ts"]!.GetValue<double>())));
        Assert.Equal([1, 0], Of("C", "in flight").Where(e => e["pid"]!.GetValue<int>() == 1).Select(e => e["args"]!["micro_batches"]!.GetValue<int>()));
    }

    /// <summary>F = 1, B = 2, a copy 3, on one device: the times are added up by hand in OffloadTests.Copies_take_their_time_beside_the_work.</summary>
    [Fact]
    public void Copies_to_the_host_have_lanes_of_their_own()
    {
        var plan = PlanText.Parse(
            "graphpipe-plan 1\nmini_batch 2\nschedule test\nmesh cpu:0\nstage s on cpu:0 micro_batch 1 in_flight 2 resident 1\ndevice cpu:0\n"
            + "FORWARD s mb 0 [0,1)\nOFFLOAD s mb 0 [0,1)\nFORWARD s mb 1 [1,2)\nBACKWARD s mb 1 [1,2)\nRELOAD s mb 0 [0,1)\nBACKWARD s mb 0 [0,1)\nSTEP s\n");
        var costs = new SimulationCosts([new(new(1), new(2), new(1), default)]) { HostCopies = [new(3)], Memory = [new(new(100), new(10))] };
        var timeline = PlannedTimeLine.Of("plan", plan, Simulator.Run(plan, costs), costs.Memory);
        var device = Assert.Single(timeline.Devices);
        Assert.Equal([(WorkKind.Offload, 1.0, 4.0), (WorkKind.Reload, 7, 10)], device.Works.Where(w => w.Work.IsCopy).Select(w => (w.Work.Kind, w.Start, w.End)));
        // Only forwards and backwards occupy the device.
        Assert.Equal(6, device.Busy);
        Assert.Equal([(0.0, 110L), (4, 110), (7, 110), (12, 100)], device.Memory.Select(m => (m.Time, m.Bytes)));

        using var text = new StringWriter { NewLine = "\n" };
        TextDrawing.Write(text, timeline);
        Assert.Equal("    0 | 0F0             0F1 0B1                 0B0\n  out |     0O0\n   in |                             0L0\n", text.ToString());

        var events = JsonNode.Parse(Trace(timeline))!["traceEvents"]!.AsArray();
        Assert.Equal(["work", "copies to the host", "copies back"], events.Where(e => e!["name"]!.GetValue<string>() == "thread_name").Select(e => e!["args"]!["name"]!.GetValue<string>()));
        Assert.Equal(
            [("OFFLOAD s 0", 3, 1.0, 3.0), ("RELOAD s 0", 4, 7, 3)],
            events.Where(e => e!["cat"]?.GetValue<string>() is "OFFLOAD" or "RELOAD").Select(e => (e!["name"]!.GetValue<string>(), e["tid"]!.GetValue<int>(), e["ts"]!.GetValue<double>(), e["dur"]!.GetValue<double>())));

        var svg = XDocument.Parse(SvgDrawing.Of(timeline)).Root!;
        double scale = svg.Descendants().Where(e => e.Name.LocalName == "rect" && (string?)e.Attribute("class") == "l" && e.Parent!.Name.LocalName == "g").Select(e => Number(e, "width")).First() / 12;
        var copies = svg.Descendants().Where(e => (string?)e.Attribute("class") is "o" or "p" && e.Parent!.Name.LocalName == "g").ToList();
        Assert.Equal([("o", 1.0, 3.0), ("p", 7, 3)], copies.Select(e => ((string)e.Attribute("class")!, Math.Round(Number(e, "x") / scale, 2), Math.Round(Number(e, "width") / scale, 2))));
        // Below the device's boxes, and one direction below the other.
        double below = svg.Descendants().Where(e => e.Name.LocalName == "rect" && (string?)e.Attribute("class") is "F" or "B" && e.Parent!.Name.LocalName == "g").Max(e => Number(e, "height"));
        Assert.True(below < Number(copies[0], "y") && Number(copies[0], "y") + Number(copies[0], "height") <= Number(copies[1], "y"));
    }

    [Fact]
    public void Works_are_compared_by_what_they_are()
    {
        TimeLine Line(params TimedWork[] works) => new("x", TimeUnit.Microseconds, ["s"], [], [new("cpu:0", [.. works], [])]);
        TimedWork Work(WorkKind kind, int microBatch, double start, double end) => new(new(kind, 0, new(microBatch), microBatch), start, end, 0);
        var measured = Line(Work(WorkKind.Forward, 1, 0, 3), Work(WorkKind.Forward, 0, 3, 5), Work(WorkKind.Backward, 0, 5, 9));
        var planned = Line(Work(WorkKind.Forward, 0, 0, 1), Work(WorkKind.Forward, 1, 1, 2), Work(WorkKind.Backward, 1, 2, 4));
        var comparison = TimeLineComparison.Of(measured, planned);
        Assert.Equal([(1, 2.0, 1.0), (0, 1.0, 4.0)], comparison.Pairs.Select(p => (p.Measured.Work.MicroBatch.Index, p.Longer, p.Later)));
        Assert.Equal((1, 1), (comparison.OnlyMeasured, comparison.OnlyPlanned));
        Assert.Equal(["cpu:0 measured", "cpu:0 planned"], comparison.Overlaid().Devices.Select(d => d.Name));
        Assert.NotNull(TimeLineComparison.Hindrance(measured, planned with { Unit = TimeUnit.Cost }));
        Assert.NotNull(TimeLineComparison.Hindrance(measured, planned with { Devices = [] }));
    }

    [Fact]
    public void Time_that_two_works_share_counts_once()
    {
        TimedWork Work(double start, double end) => new(new(WorkKind.Forward, 0, new(0), 0), start, end, 0);
        var device = new DeviceLine("d", [Work(0, 2), Work(1, 4), Work(1, 3), Work(6, 7)], []);
        Assert.Equal((5, 7), (device.Busy, device.End));
    }

    [Fact]
    public void A_long_time_line_is_a_small_drawing()
    {
        // 30,000 works on 1,280 pixels: every box is at least about a pixel.
        TimedWork Work(int i) => new(new(i % 2 == 0 ? WorkKind.Forward : WorkKind.Backward, 0, new(i / 2), i / 2), i, i + 1, 0);
        var timeline = new TimeLine("long", TimeUnit.Cost, ["0"], [], [new("device 0", [.. Enumerable.Range(0, 30_000).Select(Work)], [])]);
        Assert.InRange(SvgDrawing.Of(timeline).Length, 1, 150_000);
    }

    private static string Trace(TimeLine timeline)
    {
        using var stream = new MemoryStream();
        PerfettoTrace.Write(stream, timeline);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static double Number(XElement element, string attribute) => double.Parse(element.Attribute(attribute)!.Value, CultureInfo.InvariantCulture);
}
