using System.Globalization;
using System.Text.Json.Nodes;
using GraphPipe.Bundle;
using GraphPipe.Planning;

namespace GraphPipe.Cli.Commands;

/// <summary><c>plan --compare</c> and <c>plan --fit</c>: several plans of one model side by side.</summary>
internal static class PlanComparison
{
    /// <summary>Every partitioner on one request, in one table; <c>manual</c> only where there are cuts.</summary>
    /// <returns>The exit code: <see cref="ExitCodes.No"/> if no partitioner has a plan.</returns>
    public static int Compare(Call call, PartitionRequest request)
    {
        var rows = new JsonArray();
        var table = new TextTable("partitioner", ">stages", ">depth", ">micro-batch", ">in flight", ">memory", ">us/sample", ">samples/s", ">search s", ">states");
        bool any = false;
        var reasons = new List<string>();
        foreach (string name in PartitionerTable.Names.Where(n => n != "manual" || !request.Cuts.IsEmpty))
        {
            call.ThrowIfInterrupted();
            var bag = new DiagnosticBag();
            var plan = PlacedPartition.Find(PartitionerTable.Find(name, bag)!, request, bag);
            any |= plan is not null;
            rows.Add(plan is null ? Refusal(name, bag) : Row(name, plan));
            if (plan is null)
                reasons.Add($"{name} has no plan: {bag.All.FirstOrDefault(d => d.Severity == Severity.Error)?.Message}");
            else
                table.Add(name, Number(plan.Stages.Length), Number(StageGraph.Of(plan).Depth()), Sizes(plan), Number(plan.Stages.Max(s => s.InFlight)), plan.DeviceMemory.ToString(), Number(plan.MaxTps.Value), Number(Throughput(plan)), Number(plan.Search.Seconds), Number(plan.Search.States));
        }

        call.Document["mini_batch"] = request.MiniBatch;
        call.Document["feasible"] = any;
        call.Document["partitioners"] = rows;
        table.Write(call.Text);
        foreach (string reason in reasons)
            call.Text.WriteLine(reason);
        return any ? ExitCodes.Done : ExitCodes.No;
    }

    /// <summary>The plan on as little as will do, beside the one on everything.</summary>
    /// <param name="what"><c>devices</c> or <c>memory</c>.</param>
    /// <param name="compiled">What a device needs when a plan is compiled; null if it can't be, because the devices are modelled or there is no model.</param>
    public static int Fit(Call call, PartitionRequest request, IPartitioner partitioner, string what, Func<PipelinePlan, Bytes>? compiled)
    {
        var bag = new DiagnosticBag();
        var fitted = what == "memory" ? PlanFit.Memory(partitioner, request, bag) : PlanFit.Devices(partitioner, request, bag);
        call.Document["fit"] = what;
        call.Document["feasible"] = fitted is not null;
        bag.ThrowIfErrors();
        if (fitted is null)
            return ExitCodes.No;
        int devices = fitted.Least.Stages.SelectMany(s => s.Devices).Distinct().Count();
        var memory = fitted.Memory ?? fitted.Least.DeviceMemory;
        call.Document["devices"] = devices;
        call.Document["memory_bytes"] = memory.Value;
        call.Document["least"] = Row(fitted.Least.Partitioner, fitted.Least);
        call.Document["whole"] = fitted.Whole is null ? null : Row(fitted.Whole.Partitioner, fitted.Whole);
        double? ratio = fitted.Whole is null ? null : Throughput(fitted.Least) / Throughput(fitted.Whole);
        call.Document["throughput_ratio"] = ratio is { } r ? JsonParts.Number(r) : null;
        PlanVerb.Describe(call, fitted.Least, request);
        call.Text.WriteLine(what == "memory"
            ? $"fits: {memory} on each of {request.Topology.Devices.Length} devices will do"
            : $"fits: {devices} of {request.Topology.Devices.Length} devices will do, with at most {memory} on each");
        if (compiled?.Invoke(fitted.Least) is { } all)
        {
            call.Document["compiled_memory_bytes"] = all.Value;
            call.Text.WriteLine($"compiled, with channels and what kernels need: {all} on a device, which is what compile --memory must allow");
        }

        call.Text.WriteLine(ratio is { } part
            ? string.Create(CultureInfo.InvariantCulture, $"throughput: {part:P0} of the {Throughput(fitted.Whole!):0.#} samples/s of a plan with everything")
            : "with the memory that the devices have there is no plan");
        return ExitCodes.Done;
    }

    private static JsonObject Row(string name, PipelinePlan plan) => new()
    {
        ["partitioner"] = name,
        ["feasible"] = true,
        ["stages"] = plan.Stages.Length,
        ["devices"] = plan.Stages.Sum(s => s.Devices.Length),
        ["depth"] = StageGraph.Of(plan).Depth(),
        ["micro_batch"] = plan.Stages.Max(s => s.MicroBatch),
        ["in_flight"] = plan.Stages.Max(s => s.InFlight),
        ["memory_bytes"] = plan.DeviceMemory.Value,
        ["max_tps_us"] = plan.MaxTps.Value,
        ["iteration_us"] = plan.Iteration.Value,
        ["samples_per_second"] = Throughput(plan),
        ["search"] = new JsonObject { ["seconds"] = plan.Search.Seconds, ["states"] = plan.Search.States, ["lower_bound_us"] = plan.Search.LowerBound?.Value },
    };

    private static JsonObject Refusal(string name, DiagnosticBag bag) => new()
    {
        ["partitioner"] = name,
        ["feasible"] = false,
        ["reason"] = bag.All.FirstOrDefault(d => d.Severity == Severity.Error)?.Message,
    };

    // Samples per second, as predicted.
    private static double Throughput(PipelinePlan plan) => plan.MiniBatch / plan.Iteration.Value * 1e6;

    private static string Sizes(PipelinePlan plan) => string.Join('/', plan.Stages.Select(s => s.MicroBatch).Distinct().Order());

    private static string Number(long count) => count.ToString(CultureInfo.InvariantCulture);

    // A prediction has no more than four digits to offer.
    private static string Number(double figure) =>
        figure >= 1000 ? figure.ToString("0", CultureInfo.InvariantCulture) : double.Parse(figure.ToString("G4", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture).ToString("0.###", CultureInfo.InvariantCulture);
}
