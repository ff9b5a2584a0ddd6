using System.Collections.Immutable;
using System.CommandLine;
using System.Text.Json.Nodes;
using GraphPipe.Bundle;
using GraphPipe.Planning;
using GraphPipe.Planning.Peers;

namespace GraphPipe.Cli.Commands;

/// <summary>
/// <c>plan --format piper|pipedream</c>. With the partitioner of the same name the peer's own optimiser answers, in its own model of cost; any
/// other partitioner gets the cost graph that the input stands for.
/// </summary>
internal sealed class PeerPlans(ModelOptions options, PeerOptions peers)
{
    public static readonly ImmutableArray<string> Formats = ["piper", "pipedream"];

    private PlanningOptions Planning => options.Planning;

    /// <summary>Refuses the peers' own options where nothing would read them.</summary>
    public void RefuseElsewhere(Call call)
    {
        if (peers.All.FirstOrDefault(call.Has) is { } stray)
            throw Usage.Error($"{stray.Name} is for the peers' own inputs", "add --format piper or --format pipedream");
    }

    /// <summary>Whether the peer's own model answers.</summary>
    public bool IsOwnModel(Call call, string format) => call.Get(Planning.Partitioner) == format;

    /// <summary>What another partitioner is asked.</summary>
    public PartitionRequest ToRequest(Call call, string format, string text, string place, string sha256)
    {
        if (peers.Piper.Concat(peers.PipeDream).FirstOrDefault(call.Has) is { } stray)
            throw Usage.Error($"{stray.Name} is for the peer's own model", $"add --partitioner {format}");
        var bag = new DiagnosticBag();
        var piper = format == "piper" ? PiperJson.Read(text, place, bag) : null;
        var profile = format == "pipedream" ? PipeDreamProfileText.Read(text, place, bag) : null;
        bag.ThrowIfErrors();
        var graph = piper is not null ? PiperCosts.ToCostGraph(piper, bag) : PipeDreamCosts.ToCostGraph(profile!, bag);
        bag.ThrowIfErrors();
        Topology? topology = null;
        if (call.Get(Planning.Devices.Devices) is { } devices && PeerOptions.Levels(devices) is { } levels)
        {
            // What the file does not say a modelled GPU has.
            var memory = call.Get(Planning.Memory) ?? (piper is null ? DeviceModel.V100.Memory : new Bytes((long)piper.MemoryPerDevice));
            topology = peers.ToTopology(call, levels, piper?.Bandwidth ?? DeviceModel.V100.IntraNode.BytesPerMicrosecond * 1e6, memory);
        }
        else if (call.Has(peers.Bandwidth))
        {
            throw Usage.Error("--bandwidth wants --devices as numbers", "write --devices 8, or leave --bandwidth out");
        }

        var read = options.Read(call, ModelHints.None, modelled: true, devices: topology);
        // A sample is one of the peer's micro-batches, so that many make its batch.
        if (!call.Has(Planning.MiniBatch))
            read = read with { MiniBatch = call.Get(Planning.MicroBatches) ?? piper?.MicroBatches ?? read.MiniBatch };
        return read.ToRequest(graph!, read.Cuts, sha256);
    }

    /// <summary>Runs the peer's own optimiser and fills the document.</summary>
    /// <exception cref="DiagnosticException">GP3002: there is no plan.</exception>
    public void Solve(Call call, string format, string text, string place, string sha256)
    {
        bool isPiper = format == "piper";
        RefuseInOwnModel(call, isPiper);
        call.Document["partitioner"] = format;
        call.Document["input_sha256"] = sha256;
        var bag = new DiagnosticBag();
        if (isPiper)
        {
            var input = PiperJson.Read(text, place, bag);
            bag.ThrowIfErrors();
            var plan = PiperOptimizer.Solve(input!, peers.ReadPiper(call, Planning, input!), bag);
            bag.ThrowIfErrors();
            Fill(call, "time of the file per micro-batch", plan!.Objective, JsonParts.List(plan.Stages, Stage), plan.Search);
            Describe(call, plan);
        }
        else
        {
            var profile = PipeDreamProfileText.Read(text, place, bag);
            bag.ThrowIfErrors();
            var plan = PipeDreamOptimizer.Solve(profile!, peers.ReadPipeDream(call, Planning), bag);
            bag.ThrowIfErrors();
            call.Document["antichains"] = plan!.StateCount;
            Fill(call, "seconds per mini-batch", plan.Objective, JsonParts.List(plan.Stages, Stage), plan.Search);
            Describe(call, plan);
        }
    }

    private void RefuseInOwnModel(Call call, bool isPiper)
    {
        Option[] used = isPiper
            ? [Planning.Partitioner, Planning.Memory, Planning.MicroBatches, Planning.Recompute, peers.Bandwidth, .. peers.Piper]
            : [Planning.Partitioner, Planning.Memory, peers.Bandwidth, .. peers.PipeDream];
        string name = isPiper ? "Piper" : "PipeDream";
        var stray = Planning.Own.Concat(peers.All).Except(used).FirstOrDefault(call.Has)?.Name ?? options.Given(call).Except([Planning.Devices.Devices.Name, .. used.Select(o => o.Name)]).FirstOrDefault();
        if (stray is not null)
            throw Usage.Error($"{name}'s own model has no {stray}", $"leave it out, or choose another partitioner than {name.ToLowerInvariant()}");
    }

    private static void Fill(Call call, string unit, double objective, JsonArray stages, PlanSearch search)
    {
        bool isFeasible = stages.Count > 0;
        call.Document["feasible"] = isFeasible;
        call.Document["objective"] = JsonParts.Number(objective);
        call.Document["objective_unit"] = unit;
        call.Document["stages"] = stages;
        call.Document["search"] = new JsonObject { ["seconds"] = search.Seconds, ["states"] = search.States };
        if (!isFeasible)
            throw new DiagnosticException(Diagnostic.Error(Codes.PlanInfeasible, "no plan meets these conditions", advice: "give more memory or devices, or allow more kinds of parallelism and recomputation"));
    }

    private static JsonObject Stage(PiperStage stage, int index) => new()
    {
        ["id"] = index,
        ["nodes"] = JsonParts.List(stage.Nodes, n => JsonValue.Create(n)),
        ["d"] = stage.DataDegree,
        ["t"] = stage.TensorDegree,
        ["recomputed"] = JsonParts.List(stage.Recomputed, n => JsonValue.Create(n)),
        ["y"] = stage.InFlight,
        ["tps"] = stage.Time,
        ["memory_bytes"] = stage.MemoryBytes,
    };

    private static JsonObject Stage(PipeDreamStage stage, int index) => new()
    {
        ["id"] = index,
        ["replication"] = stage.Replication,
        ["start_state"] = stage.StartState,
        ["end_state"] = stage.EndState,
        ["nodes"] = JsonParts.Texts(stage.Nodes),
        ["inner"] = stage.Inner.IsEmpty ? null : JsonParts.List(stage.Inner, Stage),
    };

    private static void Describe(Call call, PiperPlan plan)
    {
        var table = new TextTable(">stage", ">nodes", ">d", ">t", ">recomputed", ">in flight", ">time", ">memory");
        foreach (var (i, s) in plan.Stages.Index())
            table.Add($"{i}", $"{s.Nodes.Length}", $"{s.DataDegree}", $"{s.TensorDegree}", $"{s.Recomputed.Length}", $"{s.InFlight}", $"{s.Time:g6}", $"{new Bytes((long)s.MemoryBytes)}");
        table.Write(call.Text);
        call.Text.WriteLine($"slowest stage {plan.Objective:g9} per micro-batch, in the file's unit; searched {plan.Search.States} states in {plan.Search.Seconds:0.###} s");
    }

    private static void Describe(Call call, PipeDreamPlan plan)
    {
        var table = new TextTable("stage", ">nodes", ">replicas", ">states");
        void Add(IEnumerable<PipeDreamStage> stages, string prefix)
        {
            foreach (var (i, s) in stages.Index())
            {
                table.Add($"{prefix}{i}", $"{s.Nodes.Length}", $"{s.Replication}", $"{s.StartState} to {s.EndState}");
                Add(s.Inner, $"{prefix}{i}.");
            }
        }

        Add(plan.Stages, "");
        table.Write(call.Text);
        call.Text.WriteLine($"{plan.Objective:g9} s for a mini-batch; {plan.StateCount} antichains, searched {plan.Search.States} pairs in {plan.Search.Seconds:0.###} s");
    }
}
