using System.CommandLine;
using GraphPipe.Bundle;
using GraphPipe.Compiler;
using GraphPipe.Planning;

namespace GraphPipe.Cli;

/// <summary>The options of <c>plan</c>, which every verb has that plans.</summary>
internal sealed class PlanningOptions
{
    /// <param name="plans">False for a verb that chooses no stages: it has the devices alone.</param>
    public PlanningOptions(Command command, bool plans = true)
    {
        Devices = new MeshOptions(command);
        if (!plans)
            return;
        foreach (var option in Own.Append(Profile).Concat(Copies))
            command.Add(option);
    }

    public MeshOptions Devices { get; }

    public Option<long?> MiniBatch { get; } = OptionKinds.Whole("--mini-batch", "SAMPLES", "Samples between two updates. Default 32.");

    public Option<string?> MicroBatch { get; } = OptionKinds.Text("--micro-batch", "SAMPLES", "Samples of one forward, or 'per-stage'. Default: chosen.");

    public Option<long?> MicroBatches { get; } = OptionKinds.Whole("--micro-batches", "COUNT", "Micro-batches of a mini-batch, instead of --micro-batch.");

    public Option<long?> Stages { get; } = OptionKinds.Whole("--stages", "N", "Exactly so many stages. Default: chosen.", most: 65536);

    public Option<long?> MaxReplicas { get; } = OptionKinds.Whole("--max-replicas", "N", "Devices that may share one stage. Default 1.", most: 65536);

    public Option<bool> ShardOptimizer { get; } = OptionKinds.Flag("--shard-optimizer", "Replicas share out the optimizer's state of their stage.");

    public Option<string?> Recompute { get; } = OptionKinds.Choice("--recompute", "Stages that make activations again instead of keeping them: none (default), those that would not fit, all. The last three are choices of Piper's own model, where per-node is the default.", "off", "auto", "all", "per-node", "per-stage", "forced");

    public Option<string?> Offload { get; } = OptionKinds.Choice("--offload", "Activations that wait for their backward in host memory: none (default), those whose copies hide behind work, half, all.", "none", "auto", "half", "full");

    public Option<Bytes?> HostMemory { get; } = OptionKinds.Size("--host-memory", "Host memory of each device for what is offloaded, e.g. 64GiB. Default: the device's share of its node.");

    public Option<string?> Partitioner { get; } = OptionKinds.Text("--partitioner", "NAME", $"How stages are chosen: {string.Join(", ", PartitionerTable.Names)}. Default best; manual with --cut.");

    public Option<string?> Goal { get; } = OptionKinds.Choice("--objective", "What is to be small: the time of a mini-batch (default), or the time per sample of the slowest stage.", "iteration", "tps");

    public Option<string?> Schedule { get; } = OptionKinds.Text("--schedule", "NAME|FILE", $"The order of work: {string.Join(", ", ScheduleTable.Names)}, an asynchronous one also as NAME:COUNT, with an update after so many micro-batches; or your own: a table (.csv) or a program (.sched). Default 1f1b.");

    public Option<Bytes?> Memory { get; } = OptionKinds.Size("--memory", "Memory of each device that may be used, e.g. 16GiB. Default: what the device has.");

    public Option<string[]> Cuts { get; } = OptionKinds.Words("--cut", "NODE,…", "Names of the nodes that end a stage.");

    public Option<string?> Profile { get; } = OptionKinds.Text("--profile", "FILE", "Op times that 'profile -o' wrote. Default: those of a device model.");

    /// <summary>All but the devices and the profile: what contradicts a plan that is given.</summary>
    public IEnumerable<Option> Own => [MiniBatch, MicroBatch, MicroBatches, Stages, MaxReplicas, ShardOptimizer, Recompute, Partitioner, Goal, Schedule, Memory, Cuts];

    /// <summary>What is added to a plan, given or found.</summary>
    public IEnumerable<Option> Copies => [Offload, HostMemory];

    public MicroBatchChoice ReadMicroBatch(Call call)
    {
        if (call.Get(MicroBatches) is { } count)
            return call.Has(MicroBatch) ? throw Usage.Error("--micro-batch and --micro-batches are both given", "give one of the two") : MicroBatchChoice.Of(count);
        return call.Get(MicroBatch) switch
        {
            null => MicroBatchChoice.Automatic,
            "per-stage" => MicroBatchChoice.PerStage,
            var text when long.TryParse(text, out long size) && size > 0 => MicroBatchChoice.Size(size),
            var text => throw Usage.Error($"--micro-batch wants a number of samples or 'per-stage', not '{text}'"),
        };
    }

    /// <summary>The profile, if one is given.</summary>
    /// <exception cref="DiagnosticException">GP3020: it can't be read or is no profile.</exception>
    public Profile? ReadProfile(Call call) => call.Get(Profile) is { } file ? ProfileFile.Read(file) : null;

    /// <summary>These options as part of the compiler's.</summary>
    public CompileOptions Apply(Call call, CompileOptions options)
    {
        var cuts = call.Get(Cuts) ?? [];
        string? partitioner = call.Get(Partitioner);
        if (cuts.Length > 0 && partitioner is not (null or "manual"))
            throw Usage.Error($"the partitioner {partitioner} chooses the cuts itself", "leave --partitioner out, or --cut");
        return options with
        {
            MiniBatch = call.Get(MiniBatch) ?? options.MiniBatch,
            MicroBatch = ReadMicroBatch(call),
            Stages = (int?)call.Get(Stages),
            MaxReplicas = (int)(call.Get(MaxReplicas) ?? options.MaxReplicas),
            ShardOptimizer = call.Get(ShardOptimizer),
            Recompute = call.Get(Recompute) switch
            {
                null or "off" => RecomputeChoice.Off,
                "auto" => RecomputeChoice.Auto,
                "all" => RecomputeChoice.All,
                var other => throw Usage.Error($"--recompute {other} is a choice of Piper's own model", "write off, auto or all; or --format piper --partitioner piper"),
            },
            Offload = call.Get(Offload) switch { "auto" => OffloadChoice.Auto, "half" => OffloadChoice.Half, "full" => OffloadChoice.Full, _ => OffloadChoice.None },
            HostMemoryLimit = call.Get(HostMemory),
            Partitioner = partitioner ?? (cuts.Length > 0 ? "manual" : options.Partitioner),
            Objective = call.Get(Goal) == "tps" ? PlanObjective.Tps : PlanObjective.Iteration,
            Schedule = call.Get(Schedule) is { } schedule ? ScheduleInput.Read(schedule) : options.Schedule,
            MemoryLimit = call.Get(Memory),
            Cuts = [.. cuts],
            Profile = ReadProfile(call),
        };
    }
}
