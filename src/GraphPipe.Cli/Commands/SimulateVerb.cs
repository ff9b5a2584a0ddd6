using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using GraphPipe.Bundle;
using GraphPipe.Compiler;
using GraphPipe.Planning;
using GraphPipe.Report;

namespace GraphPipe.Cli.Commands;

/// <summary>
/// <c>simulate PLAN</c>: time line, bubbles, memory, deadlock verdict. PLAN is a bundle, the text of an execution plan (a bundle's <c>plan.txt</c>), or
/// a <c>graphpipe-plan</c> document; docs/cli.md says where each gets its times from.
/// </summary>
internal sealed class SimulateVerb : Verb
{
    private readonly Argument<string> _plan;
    private readonly Option<string?> _input;
    private readonly Option<string?> _costs;
    private readonly Option<string?> _dispatch;
    private readonly Option<double?> _jitter;
    private readonly Option<long?> _seed;
    private readonly Option<string?> _format;
    private readonly Option<string?> _trace;
    private readonly ModelOptions _options;

    public SimulateVerb()
        : base(
            "simulate",
            "Predict the time line of a plan: time, bubbles, memory, and whether it deadlocks.",
            "simulate plan.json",
            "simulate plan.json --input costs.json --devices 8xv100@4",
            "simulate model.gpb --costs 120,240",
            "simulate model.gpb --profile profile.json --trace planned.json",
            "simulate plan.json --format svg > plan.svg",
            "simulate plan.json --input model.onnx --devices cpu:2 --profile profile.json")
    {
        _plan = Add(new Argument<string>("plan") { HelpName = "PLAN", Description = "A bundle, an execution plan (text), or a graphpipe-plan (JSON)." });
        _input = Add(OptionKinds.Text("--input", "FILE", "The model or cost graph that a graphpipe-plan was made for: then messages have sizes and times are exact."));
        _costs = Add(OptionKinds.Text("--costs", "F,B[,COPY]", "Microseconds of a forward and a backward of every stage, and of a copy of what a micro-batch saves to the host or back (default half of F + B), for a bundle or an execution plan. Default 1,2."));
        _dispatch = Add(DispatchInput.Option());
        _jitter = Add(OptionKinds.Number("--jitter", "SHARE", "Work takes longer or shorter at random by up to this share of its time, e.g. 0.3.", most: 1));
        _seed = Add(OptionKinds.Whole("--seed", "N", "Of --jitter. Default 0.", 0));
        _format = Add(OptionKinds.Choice("--format", "Default table.", "table", "svg"));
        _trace = Add(OptionKinds.Text("--trace", "FILE.json", "Write the time line for Perfetto (ui.perfetto.dev) and 'graphpipe trace'."));
        _options = new ModelOptions(Command, canTakePlan: false);
    }

    public override int Run(Call call)
    {
        string path = call.Subject = call.Get(_plan);
        if (call.Has(_format) && call.IsJson)
            throw Usage.Error("--format and --json are both given", "say once what to print");
        OutputFile.Check(call.Get(_trace));
        if (path.EndsWith(".csv", StringComparison.OrdinalIgnoreCase))
            throw Usage.Error("a table says the order of work, but nothing of stages and devices", $"write 'graphpipe schedule {path}', or make a plan with --schedule {path}");
        var (plan, costs, memory) = Open(call, path);
        var faults = PlanProof.Check(plan, plan.Devices.Any(d => d.Actions.Any(a => a.IsBackward))).Where(f => f.Code != Codes.PlanDeadlock).ToList();
        if (faults.Count > 0)
            throw new DiagnosticException(faults);
        if (call.Get(_jitter) is { } share)
            costs = costs with { Jitter = new Jitter(share, call.Get(_seed) ?? 0) };
        var result = Simulator.Run(plan, costs, DispatchInput.Read(call, _dispatch));
        if (!double.IsFinite(result.Makespan.Value))
            throw Usage.Error("with these times the step is longer than all numbers", "give smaller ones, with --costs or in the plan");
        call.Document["iteration_us"] = result.Deadlock is null ? JsonParts.Number(result.Makespan.Value) : null;
        call.Document["deadlock"] = result.Deadlock;
        call.Document["devices"] = JsonParts.List(result.Devices, d => new JsonObject
        {
            ["name"] = plan.Mesh[d.Device].ToString(),
            ["busy_us"] = JsonParts.Number(d.Busy.Value),
            ["bubble_fraction"] = JsonParts.Number(d.BubbleFraction),
            ["peak_bytes"] = memory(d),
            ["peak_in_flight"] = d.PeakInFlight,
        });
        Draw(call, plan, costs, result);
        if (call.Get(_format) != "svg")
            Print(call, plan, result, memory);
        if (result.Deadlock is null)
            return ExitCodes.Done;
        call.Tell([Diagnostic.Error(Codes.PlanDeadlock, $"the plan waits for ever: {result.Deadlock}", advice: "this order of work needs deeper channels, or is no order at all")]);
        return ExitCodes.No;
    }

    private void Draw(Call call, ExecutionPlan plan, SimulationCosts costs, SimulationResult result)
    {
        var timeline = PlannedTimeLine.Of(plan.Schedule, plan, result, costs.Memory.IsDefaultOrEmpty ? null : costs.Memory);
        if (call.Get(_trace) is { } trace)
            PerfettoTrace.Write(trace, timeline);
        if (call.Get(_format) == "svg")
            call.Raw.Write(SvgDrawing.Of(timeline));
        else
            TextDrawing.Write(call.Text, timeline);
    }

    private static void Print(Call call, ExecutionPlan plan, SimulationResult result, Func<DeviceTimeline, long?> memory)
    {
        var table = new TextTable("device", ">busy us", ">bubble", ">in flight", ">memory");
        foreach (var d in result.Devices)
            table.Add(plan.Mesh[d.Device].ToString(), d.Busy.Value.ToString("0.##"), d.BubbleFraction.ToString("P1"), d.PeakInFlight.ToString(CultureInfo.InvariantCulture), memory(d) is { } bytes ? new Bytes(bytes).ToString() : "-");
        table.Write(call.Text);
        if (result.Deadlock is null)
            call.Text.WriteLine($"{result.Makespan.Value:0.###} us for a mini-batch of {plan.MiniBatch}; no deadlock");
    }

    private (ExecutionPlan Plan, SimulationCosts Costs, Func<DeviceTimeline, long?> Memory) Open(Call call, string path)
    {
        if (call.Has(_costs) && call.Has(_options.Planning.Profile))
            throw Usage.Error("--costs and --profile are both given", "give times once");
        if (BundleReader.IsBundle(path))
        {
            Refuse(call, "a bundle");
            var bundle = BundleReader.Read(path);
            var memory = bundle.Manifest.Covers is null ? MemoryPlan.Compute(bundle.Plan, [.. bundle.Stages.Select(s => s.Program)]) : null;
            if (bundle.Manifest.Covers is not null)
                RefuseProfile(call, "a bundle of one device has not all the ops", "give the bundle with all stages");
            var costs = _options.Planning.ReadProfile(call) is { } profile
                ? ProgramCosts.Of(bundle.Plan, bundle.Stages.Select(s => s.Program), new ProfiledCosts(profile))
                : Costs(call, bundle.Plan);
            return (bundle.Plan, costs, d => memory?[d.Device].Total.Value);
        }

        string text = InputText.Read(path, Codes.PlanMalformed);
        if (!text.TrimStart().StartsWith('{'))
        {
            Refuse(call, "an execution plan");
            RefuseProfile(call, "an execution plan alone has no ops", "give the bundle");
            var plan = PlanText.Parse(text, path);
            return (plan, Costs(call, plan), _ => null);
        }

        if (call.Has(_costs))
            throw Usage.Error("a graphpipe-plan has times of its own", "leave --costs out");
        var bag = new DiagnosticBag();
        var partition = PipelinePlanJson.Read(text, path, bag);
        bag.ThrowIfErrors();
        if (!call.Has(_input))
            RefuseProfile(call, "a graphpipe-plan alone has no ops", "say with --input which model it is of");
        var request = call.Get(_input) is { } input ? Request(call, input, partition!) : null;
        var times = request is null ? PlanSimulation.CostsOf(partition!) : SimulationCosts.Of(request, partition!);
        times = _options.Planning.ReadProfile(call) is { } measured ? times.With(measured.Overheads) : times;
        return (PlanSimulation.Lower(partition!, request, request?.Schedule ?? ScheduleInput.Read(partition!.Schedule)), times, d => d.PeakBytes.Value);
    }

    private void Refuse(Call call, string what)
    {
        if (call.Has(_input))
            throw Usage.Error($"--input is for a graphpipe-plan, not for {what}", "give times with --costs");
    }

    private void RefuseProfile(Call call, string why, string advice)
    {
        if (call.Has(_options.Planning.Profile))
            throw Usage.Error($"{why} that --profile could time", advice);
    }

    private SimulationCosts Costs(Call call, ExecutionPlan plan)
    {
        string text = call.Get(_costs) ?? "1,2";
        double?[] times = [.. text.Split(',').Select(t => double.TryParse(t, NumberStyles.Float, CultureInfo.InvariantCulture, out double time) && time >= 0 && double.IsFinite(time) ? time : (double?)null)];
        if (times.Length is not (2 or 3) || times is not [{ } forward, { } backward, ..] || times[^1] is not { } last)
            throw Usage.Error($"--costs wants numbers F,B or F,B,COPY, not '{text}'", "write --costs 120,240");
        // What schedules reckon with where nobody says what a copy takes.
        var copy = new Microseconds(times.Length == 3 ? last : (forward + backward) / 2);
        return new SimulationCosts([.. plan.Stages.Select(_ => new StageTimes(new(forward), new(backward), new(backward / 2), default))])
        {
            HostCopies = [.. plan.Stages.Select(_ => copy)],
        };
    }

    // The plan is checked against what it was made for: with another model or other devices its numbers would mean nothing.
    private PartitionRequest Request(Call call, string input, PipelinePlan plan)
    {
        PartitionRequest request;
        if (input.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase))
        {
            var model = ModelFile.Load(input);
            var compiler = new ModelCompiler(model, _options.Read(call, ModelHints.Of(model), modelled: true, judged: plan) with { MiniBatch = plan.MiniBatch, Schedule = ScheduleInput.Read(plan.Schedule) });
            request = compiler.ToRequest(compiler.ToCosts(compiler.ToGraph()));
        }
        else
        {
            request = CostGraphRequest.Of(call, _options, InputText.Read(input, Codes.CostGraphMalformed), input, "", plan) with { MiniBatch = plan.MiniBatch, Schedule = ScheduleInput.Read(plan.Schedule) };
        }

        Diagnostic[] faults = [.. Objective.ValidateGiven(request, plan)];
        return faults.Length == 0 ? request : throw new DiagnosticException(faults);
    }
}
