using System.Text.Json.Nodes;
using GraphPipe.Bundle;
using GraphPipe.Planning;

namespace GraphPipe.Cli;

/// <summary>A device's memory over a mini-batch, simulated.</summary>
/// <param name="Host">The most of its host memory.</param>
internal sealed record DrawnCurve(string Device, IReadOnlyList<CurvePoint> Points, Bytes Host)
{
    public Bytes Peak => Points.Select(p => p.Bytes).Aggregate(Bytes.Zero, Bytes.Max);
}

/// <summary>The memory of a plan's devices over a mini-batch, with its copies to the host and without.</summary>
/// <param name="With">By device.</param>
/// <param name="Without">By device, the same work without copies.</param>
/// <param name="End">When the longer of both ends.</param>
internal sealed record MemoryCurves(IReadOnlyList<DrawnCurve> With, IReadOnlyList<DrawnCurve> Without, Microseconds End)
{
    private const int Width = 48;
    private const string Levels = "▁▂▃▄▅▆▇█";

    /// <returns>Null for a plan that copies nothing.</returns>
    public static MemoryCurves? Of(PipelinePlan plan, PartitionRequest request)
    {
        var order = PlanSimulation.Lower(plan, request, request.Schedule);
        if (!order.Devices.Any(d => d.Actions.Any(a => a.IsCopy)))
            return null;
        var costs = SimulationCosts.Of(request, plan);
        // The plan's own figure of a stage counts what is on the device; what is there always is the rest.
        var none = order with
        {
            Stages = [.. order.Stages.Select(s => s with { Resident = null })],
            Devices = [.. order.Devices.Select(d => d with { Actions = [.. d.Actions.Where(a => !a.IsCopy)] })],
        };
        var (with, without) = (Simulator.Run(order, costs), Simulator.Run(none, costs));
        List<DrawnCurve> Curves(ExecutionPlan run, SimulationResult result) =>
            [.. result.Devices.Select(d => new DrawnCurve(run.Mesh[d.Device].ToString(), MemoryCurve.Of(run, costs, d), MemoryCurve.HostPeak(costs, d.Actions)))];
        return new(Curves(order, with), Curves(none, without), Microseconds.Max(with.Makespan, without.Makespan));
    }

    /// <summary>GP3009 and GP3035 for every device that needs more than it has, with its copies.</summary>
    public IEnumerable<Diagnostic> Faults(PartitionRequest request)
    {
        for (int d = 0; d < With.Count; d++)
        {
            var device = new DeviceId(d);
            if (With[d].Peak > request.MemoryOf(device))
            {
                yield return Diagnostic.Error(
                    Codes.PlanOverMemory, $"device {With[d].Device} would need {With[d].Peak} at a time, its limit is {request.MemoryOf(device)}", advice: "offload more (--offload full), use a smaller micro-batch, or more devices");
            }

            if (request.OverHostMemory(device, With[d].Host) is { } fault)
                yield return fault;
        }
    }

    public void Write(TextWriter text)
    {
        text.WriteLine("memory over a mini-batch, with offloading and without:");
        var table = new TextTable("device", "", ">at most", ">host", "", ">without");
        // One scale for all, so that heights can be compared.
        var top = With.Concat(Without).Select(c => c.Peak).Aggregate(new Bytes(1), Bytes.Max);
        foreach (var (with, without) in With.Zip(Without))
            table.Add(with.Device, Sparkline(with, End, top), with.Peak.ToString(), with.Host.ToString(), Sparkline(without, End, top), without.Peak.ToString());
        table.Write(text);
    }

    public JsonNode Json() => JsonParts.List(With.Zip(Without), pair => new JsonObject
    {
        ["name"] = pair.First.Device,
        ["peak_bytes"] = pair.First.Peak.Value,
        ["host_peak_bytes"] = pair.First.Host.Value,
        ["points"] = Points(pair.First),
        ["without"] = new JsonObject { ["peak_bytes"] = pair.Second.Peak.Value, ["points"] = Points(pair.Second) },
    });

    private static JsonArray Points(DrawnCurve curve) => JsonParts.List(curve.Points, p => new JsonArray(JsonParts.Number(p.Time.Value), p.Bytes.Value));

    /// <summary>The most of each of <see cref="Width"/> equal parts of the time, from 0 to <paramref name="top"/>.</summary>
    internal static string Sparkline(DrawnCurve curve, Microseconds end, Bytes top)
    {
        var most = new long[Width];
        for (int i = 0; i < curve.Points.Count; i++)
        {
            double until = i + 1 < curve.Points.Count ? curve.Points[i + 1].Time.Value : end.Value;
            int first = Cell(curve.Points[i].Time.Value, end), last = Math.Max(first, Cell(Math.BitDecrement(until), end));
            for (int cell = first; cell <= last; cell++)
                most[cell] = Math.Max(most[cell], curve.Points[i].Bytes.Value);
        }

        return string.Concat(most.Select(b => Levels[(int)Math.Min(Levels.Length - 1, b * (double)Levels.Length / top.Value)]));
    }

    private static int Cell(double time, Microseconds end) => end.Value <= 0 ? 0 : (int)Math.Clamp(time / end.Value * Width, 0, Width - 1);
}
