using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;
using GraphPipe.Onnx;
using GraphPipe.Ops;
using GraphPipe.Passes;
using GraphPipe.Planning;

namespace GraphPipe.Compiler;

/// <summary>The compiler's one entry point: a model and options in, a bundle out. Each step is public, so that tools can stop half-way.</summary>
public sealed class ModelCompiler(OnnxModel model, CompileOptions options)
{
    private readonly DiagnosticBag _diagnostics = new();

    /// <summary>Notes and warnings so far.</summary>
    public IReadOnlyList<Diagnostic> Diagnostics => _diagnostics.All;

    /// <exception cref="DiagnosticException">The model or the options can't be compiled; everything of a kind is listed.</exception>
    public static CompiledPipeline Compile(OnnxModel model, CompileOptions options) => new ModelCompiler(model, options).Run();

    /// <summary>The module before partitioning: level train, or level core for inference.</summary>
    public Module ToGraph()
    {
        var module = model.ToModule();
        module = PassManager.Run(module, Pipelines.Normalise(options, MayMix), _diagnostics, options.Passes);
        return options.IsTraining ? PassManager.Run(module, Pipelines.Train(options, MayMix), _diagnostics, options.Passes) : module;
    }

    /// <summary>The cost graph of a module from <see cref="ToGraph"/>.</summary>
    public CostGraphBuilder ToCosts(Module graph) =>
        CostGraphBuilder.Build(graph, OperatorRegistry.Standard, Costs, options.MiniBatch, _diagnostics);

    /// <summary>What the partitioner is asked.</summary>
    public PartitionRequest ToRequest(CostGraphBuilder costs) => options.ToRequest(costs.Graph, CutNames(costs), model.Sha256);

    /// <summary>The partition: the one given in the options, or the partitioner's.</summary>
    public PipelinePlan ToPlan(CostGraphBuilder costs)
    {
        var request = ToRequest(costs);
        if (options.IsTraining && options.Optimizer.Name == "sgd" && request.Schedule.Find(_diagnostics) is { Traits.PredictsWeights: true })
        {
            throw new DiagnosticException(Diagnostic.Error(
                Codes.ScheduleUnsuitable, $"the schedule '{request.Schedule}' predicts weights from the moments of Adam, and sgd has none", advice: "train with --optimizer adam or adamw, or choose pipedream-2bw"));
        }

        PipelinePlan? plan;
        if (options.Plan is { } given)
        {
            _diagnostics.AddRange(Objective.ValidateGiven(request, given));
            plan = given;
        }
        else
        {
            plan = PartitionerTable.Find(options.Partitioner, _diagnostics) is { } partitioner ? PlacedPartition.Find(partitioner, request, _diagnostics) : null;
        }

        _diagnostics.ThrowIfErrors();
        if (plan is not null && CoverageOf(costs, plan) is { } coverage)
            _diagnostics.Add(Diagnostic.Note(Codes.ProfileCovers, $"times of {costs.Graph.Nodes.Length} nodes by the profile: {coverage}"));
        if (plan is { Edges.Length: > 0 } && options.Plan is null && options.MicroBatch != MicroBatchChoice.Automatic && plan.Stages.All(s => s.MicroBatch == plan.MiniBatch))
        {
            _diagnostics.Add(Diagnostic.Note(
                Codes.NothingOverlaps, $"the mini-batch of {plan.MiniBatch} is one micro-batch, so stages that follow one another take turns", advice: "with --micro-batches 4 they overlap"));
        }

        return plan ?? throw new DiagnosticException(Diagnostic.Error(Codes.PlanInfeasible, $"partitioner '{options.Partitioner}' found no plan", advice: "use more devices or a smaller micro-batch"));
    }

    /// <summary>How many of a plan's nodes have their times from where; null without a profile.</summary>
    public ProfileCoverage? CoverageOf(CostGraphBuilder costs, PipelinePlan plan) => Costs is ProfiledCosts profiled ? costs.Coverage(plan, profiled) : null;

    /// <summary>The op times that plans are made with; null for those of a device model.</summary>
    public Profile? Profile => options.Profile;

    /// <summary>Whether the devices are modelled ones, so that plans can be made but not compiled.</summary>
    public bool IsModelled => options.PlannedTopology.Devices.Any(d => d.Kind != "cpu");

    /// <summary>The most that a device needs when a plan is compiled, with channels and what kernels need, whatever the limit.</summary>
    /// <exception cref="DiagnosticException">It can't be compiled.</exception>
    public Bytes MemoryOf(PipelinePlan plan) =>
        Compile(model, options with { Plan = plan, MemoryLimit = null }).Memory.Devices.Select(d => d.Total).Aggregate(Bytes.Zero, Bytes.Max);

    /// <summary>The whole road.</summary>
    public CompiledPipeline Run()
    {
        var graph = ToGraph();
        var costs = ToCosts(graph);
        var plan = ToPlan(costs);
        var planned = costs.Assign(plan);
        var staged = options.OneStage ? StageAssignment.Single(graph) : planned;
        var placement = options.OneStage ? StagePlacement.OneStage(options.Mesh.Devices[0], plan.Stages[0]) : StagePlacement.Of(plan, options.Mesh, DeviceOf);
        var schedule = ToSchedule(plan, costs);
        var split = options.OneStage || !options.IsTraining ? [] : SplitBackwards.StagesOf(schedule);
        bool predicts = !options.OneStage && options.IsTraining && schedule.Updates is { Weights: WeightRule.Predicted };
        var module = PassManager.Run(graph, Pipelines.Partition(planned, staged, placement, split, predicts, graph.Level), _diagnostics, options.Passes);
        if (options.MicroBatch.IsPerStage && module.Channels.FirstOrDefault(c => IsUnequal(module, c)) is { } channel)
        {
            _diagnostics.Add(Diagnostic.Note(Codes.MicroBatchUneven, $"'{channel.Name}' has no samples and crosses stages, so all stages have the same micro-batch"));
            var again = Compile(model, options with { MicroBatch = MicroBatchChoice.Automatic });
            return again with { Diagnostics = [.. _diagnostics.All, .. again.Diagnostics] };
        }

        var execution = Lower(module, options.OneStage ? OnOneStage(schedule, plan) : schedule);
        module = module with { Channels = execution.Channels, Stages = [.. module.Stages.Select(s => s with { InFlight = execution[s.Id].InFlight })] };
        var bundle = BundleEmitter.Emit(model, module, execution, options, [.. graph.Graph.Outputs.Select(o => graph[o].Name)]);
        var memory = MemoryPlan.Compute(execution, [.. bundle.Stages.Select(s => s.Program)]);
        if (WithReserve(plan, memory) is { } smaller)
            return smaller;
        CheckMemory(memory, placement.Mesh, ToRequest(costs));
        return new CompiledPipeline(bundle, plan, memory, graph, module, _diagnostics.All);
    }

    private bool MayMix =>
        options.Plan is { } plan ? plan.Stages.All(s => s.MicroBatch == plan.MiniBatch && s.Devices.Length == 1)
        : options.MaxReplicas == 1 && (options.MicroBatch.Count == 1 || options.MicroBatch.Samples == options.MiniBatch);

    private static bool IsUnequal(Module module, ChannelDecl channel) =>
        channel.Kind == ChannelKind.Gradient && channel.Batch is null && module.Stages[channel.From.Value].Samples != module.Stages[channel.To.Value].Samples;

    private Topology Topology => options.PlannedTopology;

    private IOpCosts Costs => field ??= CostsOf(options.Profile);

    /// <exception cref="DiagnosticException">GP3022: the profile is of another kind of device.</exception>
    private IOpCosts CostsOf(Profile? profile)
    {
        if (profile is null)
            return new AnalyticCosts(Topology.Devices[0].Model);
        if (Topology.Devices.FirstOrDefault(d => d.Kind != profile.Devices.Kind) is { } other)
            throw new DiagnosticException(Diagnostic.Error(Codes.ProfileUnsuitable, $"the profile is of {profile.Devices.Kind} devices, {other.Name} is a {other.Kind}", advice: "measure on devices of the kind that you plan for"));
        if (Topology.Devices.Length != profile.Devices.Count)
        {
            _diagnostics.Add(Diagnostic.Warning(
                Codes.ProfileUnsuitable, $"the profile was measured with {profile.Devices.Count} device{(profile.Devices.Count == 1 ? "" : "s")} at work, the plan is for {Topology.Devices.Length}",
                advice: $"devices share caches and memory, so times differ: measure with --devices {profile.Devices.Kind}:{Topology.Devices.Length}"));
        }

        return new ProfiledCosts(profile);
    }

    // The order of work of the planned stages, also where everything is to run on one: it says in which order sums are taken.
    private PipelineSchedule ToSchedule(PipelinePlan plan, CostGraphBuilder costs)
    {
        var schedule = PlannedOrder.Of(ToRequest(costs), plan, GraphOf(plan), options.Mesh.Count, _diagnostics);
        _diagnostics.ThrowIfErrors();
        return options.IsTraining ? schedule! : schedule! with { Devices = [.. schedule.Devices.Select(d => d.Where(t => t.IsForward).ToImmutableArray())] };
    }

    private StageGraph GraphOf(PipelinePlan plan) => StageGraph.Of(plan, s => DeviceOf(s, s.Devices[0]));

    // The same micro-batches one after the other, in the order in which the schedule adds up gradients.
    private PipelineSchedule OnOneStage(PipelineSchedule schedule, PipelinePlan plan)
    {
        var order = SumOrder.Of(schedule, GraphOf(plan), _diagnostics);
        _diagnostics.ThrowIfErrors();
        var kinds = options.IsTraining ? new[] { TaskKind.Forward, TaskKind.Backward } : [TaskKind.Forward];
        return schedule with { Devices = [[.. order!.Value.SelectMany(m => kinds.Select(k => new ScheduleTask(k, new(0), m)))]], Updates = null };
    }

    private ExecutionPlan Lower(Module module, PipelineSchedule schedule)
    {
        var planned = module.Stages.Select(s => new PlannedStage(s.Id, s.Name, s.Device, s.MicroBatch, s.InFlight) { Replica = s.Replica }).ToImmutableArray();
        var plan = PlanLowering.Lower(options.MiniBatch, module.Mesh!, planned, module.Channels, schedule, _diagnostics);
        _diagnostics.ThrowIfErrors();
        return plan!;
    }

    // Planning does not know channels and kernels: where these are too much for a device, it is repeated once with what they take taken off.
    private CompiledPipeline? WithReserve(PipelinePlan plan, MemoryPlan memory)
    {
        if (memory.Devices.All(d => d.Total <= LimitOf(d.Device)) || options.Plan is not null || options.Offload != OffloadChoice.None || options.Reserve > Bytes.Zero)
            return null;
        var planned = plan.Stages.SelectMany(s => s.Devices, (s, d) => (Device: DeviceOf(s, d), s.Memory)).ToLookup(p => p.Device, p => p.Memory.Value);
        long reserve = memory.Devices.Where(d => d.Total > LimitOf(d.Device)).Max(d => d.Total.Value - Math.Min(LimitOf(d.Device).Value, planned[d.Device].Sum()));
        try
        {
            return Compile(model, options with { Reserve = new Bytes(reserve) });
        }
        catch (DiagnosticException)
        {
            // The first plan's figures are the ones that the user can compare with the limit.
            return null;
        }
    }

    private Bytes LimitOf(DeviceId device) => options.MemoryLimit ?? Topology.Devices[device.Value].Memory;

    private void CheckMemory(MemoryPlan memory, DeviceMesh mesh, PartitionRequest request)
    {
        foreach (var device in memory.Devices)
        {
            if (request.OverHostMemory(device.Device, device.Host) is { } fault)
                _diagnostics.Add(fault);
            var limit = LimitOf(device.Device);
            if (device.Total > limit)
            {
                _diagnostics.Add(Diagnostic.Error(
                    Codes.PlanOverMemory, $"device {mesh[device.Device]} would need {device.Total}, its limit is {limit}", advice: "use more stages, a smaller micro-batch, or the schedule 1f1b"));
            }
        }

        _diagnostics.ThrowIfErrors();
    }

    private DeviceId DeviceOf(PipelineStage stage, string device)
    {
        int at = Topology.Devices.ToList().FindIndex(d => d.Name == device);
        return at >= 0 && at < options.Mesh.Count
            ? new DeviceId(at)
            : throw new DiagnosticException(Diagnostic.Error(Codes.PlanMalformed, $"the plan puts stage '{stage.Name}' on device '{device}', which is not there", advice: "name the devices with --devices"));
    }

    // A cut may name any ONNX node; the cost graph knows fused ones under the last name.
    private ImmutableArray<string> CutNames(CostGraphBuilder costs)
    {
        var byNode = new Dictionary<string, string>(StringComparer.Ordinal);
        for (int i = 0; i < costs.Ops.Count; i++)
        {
            foreach (string node in costs.Ops[i].SelectMany(op => op.Location.Nodes))
                byNode[node] = costs.Graph.Nodes[i].Name;
        }

        return [.. options.Cuts.Select(c => byNode.GetValueOrDefault(c, c))];
    }
}
