using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using GraphPipe.Bundle;
using GraphPipe.Compiler;
using GraphPipe.Planning;

namespace GraphPipe.Cli.Commands;

/// <summary><c>plan INPUT</c>: chooses stages and a schedule for a model or a cost graph.</summary>
internal sealed class PlanVerb : Verb
{
    private readonly Argument<string> _input;
    private readonly ModelOptions _options;
    private readonly Option<string?> _format;
    private readonly Option<string?> _output;
    private readonly Option<bool> _compare;
    private readonly Option<string?> _fit;
    private readonly Option<string?> _export;
    private readonly PeerPlans _peers;

    public PlanVerb()
        : base(
            "plan",
            "Choose stages and a schedule for a model (.onnx), a cost graph (graphpipe-costgraph), or an input of Piper or PipeDream.",
            "plan model.onnx --devices cpu:4 --mini-batch 64 --loss cross_entropy -o plan.json",
            "plan model.onnx --devices 8xv100@4 --mini-batch 1024 --optimizer adamw --memory 12GiB",
            "plan costs.json --devices 8xv100 --mini-batch 128 --json",
            "plan model.onnx --devices 4xv100 --mini-batch 64 --schedule interleaved --offload auto",
            "plan model.onnx --devices 16xv100@4 --mini-batch 256 --compare",
            "plan model.onnx --devices 16xv100@4 --mini-batch 256 --optimizer adam --fit memory",
            "plan model.onnx --devices cpu:2 --cut /layers/layers.3/Add_1 --export megatron",
            "plan bert.json --format piper --partitioner piper --devices 8 --memory 8GiB --bandwidth 2.7e10 --micro-batches 1920",
            "plan vgg16.graph.txt --format pipedream --partitioner pipedream --devices 4x2 --bandwidth 1e10,1e9 --activation-ratio 1")
    {
        _input = Add(new Argument<string>("input") { HelpName = "INPUT", Description = "A model, a cost graph, or an input of a peer's." });
        _options = new ModelOptions(Command, canTakePlan: false);
        _format = Add(OptionKinds.Choice("--format", "What the input is. Default: onnx or costgraph, by its content.", ["onnx", "costgraph", .. PeerPlans.Formats]));
        _output = Add(OptionKinds.Text("--output", "PLAN.json", "Write the plan there, or with --export what is exported.", "-o"));
        _export = Add(OptionKinds.Choice("--export", "Write the plan for another tool: Megatron-LM's pipeline layout, torch.distributed.pipelining's split points, or its schedule.", "megatron", "torch", "csv"));
        _compare = Add(OptionKinds.Flag("--compare", "Run every partitioner and print one table."));
        _fit = Add(OptionKinds.Choice("--fit", "Find the fewest devices, or the least memory of each, on which the model trains.", "devices", "memory"));
        _peers = new PeerPlans(_options, new PeerOptions(Command));
    }

    public override int Run(Call call)
    {
        try
        {
            return Answer(call);
        }
        catch (DiagnosticException e) when (e.Diagnostics.Any(d => d.Severity == Severity.Error && ExitCodes.Of(d.Code) == ExitCodes.No))
        {
            call.Document["feasible"] = false;
            throw;
        }
    }

    private int Answer(Call call)
    {
        string input = call.Subject = call.Get(_input);
        OutputFile.Check(call.Get(_output));
        string? peer = call.Get(_format) is { } named && PeerPlans.Formats.Contains(named) ? named : null;
        if (peer is null)
        {
            _peers.RefuseElsewhere(call);
        }
        else if (_peers.IsOwnModel(call, peer))
        {
            if (call.Has(_output))
                throw Usage.Error("a plan in a peer's own model can't be compiled, so none is written", "leave -o out; --json prints it");
            var (own, hash) = ReadText(input);
            _peers.Solve(call, peer, own, input, hash);
            return ExitCodes.Done;
        }

        if (call.Has(_export) && (peer is not null || call.Get(_compare) || call.Has(_fit)))
            throw Usage.Error("--export writes one plan of a model", "leave --compare, --fit and --format out");
        var (request, compiler, costs) = peer is not null || IsCostGraph(call, input) ? OfCostGraph(call, input, peer) : OfModel(call, input);
        call.ThrowIfInterrupted();
        if (call.Get(_compare) || call.Has(_fit))
            return SideBySide(call, request, compiler is { IsModelled: false } ? compiler.MemoryOf : null);
        var plan = compiler is not null ? compiler.ToPlan(costs!) : Partition(call, request);
        call.Tell(compiler?.Diagnostics ?? []);
        var curves = MayCopy(request) ? MemoryCurves.Of(plan, request) : null;
        if (curves?.Faults(request).ToList() is { Count: > 0 } faults)
            throw new DiagnosticException(faults);
        foreach (var (name, value) in JsonNode.Parse(PipelinePlanJson.Write(plan))!.AsObject().ToList())
            call.Document[name] = value?.DeepClone();
        call.Document["feasible"] = true;
        if (costs is not null && compiler?.CoverageOf(costs, plan) is { } coverage)
            call.Document["profile"] = JsonParts.Coverage(coverage);
        if (curves is not null)
            call.Document["memory_curves"] = curves.Json();
        string? exported = call.Get(_export) is { } format ? Export(call, plan, request, format) : null;
        if (call.Get(_output) is { } path)
            AtomicFile.Write(path, Encoding.UTF8.GetBytes(exported ?? (PipelinePlanJson.Write(plan) + "\n")));
        if (exported is null)
        {
            Describe(call, plan, request);
            curves?.Write(call.Text);
            if (compiler?.Profile is { } measured)
                Simulate(call, plan, request, measured.Overheads);
        }
        else if (!call.Has(_output))
        {
            call.Raw.Write(exported);
        }

        if (call.Get(_output) is { } written)
            call.Text.WriteLine($"wrote {written}");
        return ExitCodes.Done;
    }

    // Whether there are copies shows in the plan's actions alone (a table may have some or none); to make these for every plan would be work for nothing.
    private static bool MayCopy(PartitionRequest request) =>
        request.Offload != OffloadChoice.None
        || request.Schedule.Find(new DiagnosticBag())?.Traits is { } traits && (traits.Placement == PlacementKind.Table || traits.Settings.HasFlag(ScheduleSettings.Offload));

    private static string Export(Call call, PipelinePlan plan, PartitionRequest request, string format)
    {
        var bag = new DiagnosticBag();
        string? text = PlanExport.Write(plan, Enum.Parse<PlanExportFormat>(format, ignoreCase: true), request.Schedule, [.. request.Topology.Devices.Select(d => d.Name)], bag);
        bag.ThrowIfErrors();
        call.Document["export"] = new JsonObject { ["format"] = format, ["text"] = text };
        return text!;
    }

    // The objective counts neither messages' latencies nor what actions cost beside their ops; a profile has both.
    private static void Simulate(Call call, PipelinePlan plan, PartitionRequest request, ProfiledOverheads overheads)
    {
        var result = Simulator.Run(PlanSimulation.Lower(plan, request, request.Schedule), SimulationCosts.Of(request, plan).With(overheads));
        call.Document["simulated_us"] = JsonParts.Number(result.Makespan.Value);
        call.Text.WriteLine($"simulated with the profile's overheads: {result.Makespan.Value / 1e3:0.###} ms for a mini-batch");
    }

    /// <summary>The plan for people.</summary>
    public static void Describe(Call call, PipelinePlan plan, PartitionRequest? request = null)
    {
        var parameters = request is null ? null : plan.Stages.Select(s => ParametersOf(request.Graph, s)).ToList();
        var chart = StageChart.Of(plan, parameters);
        chart.Write(call.Text);
        call.Text.WriteLine(
            $"{StageChart.Stages(plan.Stages.Length)}, depth {chart.Depth}; mini-batch {plan.MiniBatch}, schedule {plan.Schedule}, partitioner {plan.Partitioner}"
            + $"\npredicted: {plan.Iteration.Value / 1e3:0.###} ms for a mini-batch, slowest {(plan.HasSharedDevices ? "device" : "stage")} {plan.MaxTps.Value:0.###} us per sample"
            + $"\nweights, optimizer and samples in flight: at most {plan.DeviceMemory} on a device (compile adds channels and what kernels need); searched {plan.Search.States} states in {plan.Search.Seconds:0.###} s");
        // A bound far away (under a tight memory limit, which it does not know) says nothing.
        if (plan.Search.LowerBound is { } bound && request is not null && bound.Value > 0.5 * Objective.Value(request, plan))
            call.Text.WriteLine(Objective.Value(request, plan) <= bound.Value * (1 + 1e-9) ? "no plan is better" : $"no plan can be more than {1 - bound.Value / Objective.Value(request, plan):P1} better");
    }

    private static Bytes ParametersOf(CostGraph graph, PipelineStage stage)
    {
        var ids = stage.Nodes.ToHashSet();
        var nodes = graph.Nodes.Where(n => ids.Contains(n.Id)).ToList();
        return nodes.Aggregate(CostNode.TrainedBytes(nodes), (sum, n) => sum + n.FrozenBytes);
    }

    private bool IsCostGraph(Call call, string input)
    {
        if (call.Get(_format) is { } format)
            return format == "costgraph";
        if (!File.Exists(input))
            return input.EndsWith(".json", StringComparison.OrdinalIgnoreCase);
        try
        {
            using var reader = new StreamReader(input);
            char[] start = new char[64];
            return new string(start, 0, reader.Read(start)).TrimStart().StartsWith('{');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private int SideBySide(Call call, PartitionRequest request, Func<PipelinePlan, Bytes>? compiled)
    {
        if (call.Has(_output) || (call.Get(_compare) && call.Has(_fit)))
            throw Usage.Error("--compare and --fit answer one question each, and write no plan", "ask for one of them, and leave -o out");
        if (call.Get(_compare) && call.Has(_options.Planning.Partitioner))
            throw Usage.Error("--compare runs every partitioner", "leave --partitioner out, or --compare");
        return call.Get(_fit) is { } what ? PlanComparison.Fit(call, request, PartitionerOf(call), what, compiled) : PlanComparison.Compare(call, request);
    }

    private IPartitioner PartitionerOf(Call call)
    {
        var bag = new DiagnosticBag();
        var partitioner = PartitionerTable.Find(_options.Planning.Apply(call, new CompileOptions()).Partitioner, bag);
        bag.ThrowIfErrors();
        return partitioner!;
    }

    private PipelinePlan Partition(Call call, PartitionRequest request)
    {
        var bag = new DiagnosticBag();
        var plan = PlacedPartition.Find(PartitionerOf(call), request, bag);
        bag.ThrowIfErrors();
        call.Tell(bag.All);
        return plan ?? throw new DiagnosticException(Diagnostic.Error(Codes.PlanInfeasible, "the partitioner found no plan", advice: "use more devices or a smaller micro-batch"));
    }

    private (PartitionRequest, ModelCompiler?, CostGraphBuilder?) OfModel(Call call, string input)
    {
        var model = ModelFile.Load(input);
        var compiler = new ModelCompiler(model, _options.Read(call, ModelHints.Of(model), modelled: true));
        var costs = compiler.ToCosts(compiler.ToGraph());
        return (compiler.ToRequest(costs), compiler, costs);
    }

    private static (string Text, string Sha256) ReadText(string input)
    {
        string text = InputText.Read(input, Codes.CostGraphMalformed);
        return (text, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))));
    }

    private (PartitionRequest, ModelCompiler?, CostGraphBuilder?) OfCostGraph(Call call, string input, string? peer)
    {
        var (text, hash) = ReadText(input);
        return (peer is null ? CostGraphRequest.Of(call, _options, text, input, hash) : _peers.ToRequest(call, peer, text, input, hash), null, null);
    }
}
