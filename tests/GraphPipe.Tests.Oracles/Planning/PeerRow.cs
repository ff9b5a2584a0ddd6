using System.Text.Json;
using GraphPipe.Bundle;
using GraphPipe.Planning.Peers;
using GraphPipe.Tests.Oracles.Onnx;
using Xunit;

namespace GraphPipe.Tests.Oracles.Planning;

/// <summary>A recorded answer of a peer's own program, and ours to the same question.</summary>
/// <param name="Expected">The recorded objective; infinite if there was no plan.</param>
/// <param name="RecordedSeconds">Of the whole search.</param>
/// <param name="Answer">Solves it again: objective and search, null if it was refused.</param>
internal sealed record PeerRow(string Id, double Expected, double RecordedSeconds, Func<(double Objective, PlanSearch Search)?> Answer)
{
    /// <summary>The rows of <c>piper/results.json</c> that Piper itself answered; the others are of baselines.</summary>
    public static List<PeerRow> Piper()
    {
        string folder = Folder("piper");
        var inputs = new Dictionary<string, PiperInput>();
        return
        [
            .. from row in Rows(folder)
               where row.GetProperty("planner").GetString() == "piper-dp" && row.GetProperty("status").GetString() == "ok"
               select new PeerRow(
                   row.GetProperty("id").GetString()!,
                   row.GetProperty("feasible").GetBoolean() ? row.GetProperty("tps").GetDouble() : double.PositiveInfinity,
                   row.GetProperty("total_s").GetDouble(),
                   () => PiperOptimizer.Solve(Input(row.GetProperty("input").GetString()!), PiperOptionsOf(row), new DiagnosticBag()) is { } plan ? (plan.Objective, plan.Search) : null),
        ];

        PiperInput Input(string name)
        {
            if (!inputs.TryGetValue(name, out var input))
                inputs.Add(name, input = Read(Path.Combine(folder, name + ".json"), PiperJson.Read));
            return input;
        }
    }

    /// <summary>The rows of <c>pipedream/results.json</c> that were answered, be it that there is no plan.</summary>
    public static List<PeerRow> PipeDream()
    {
        string folder = Folder("pipedream");
        var profiles = new Dictionary<string, PipeDreamProfile>();
        return
        [
            .. from row in Rows(folder)
               let time = Number(row, "time_per_minibatch_s")
               where time is not null || row.GetProperty("error").GetString()!.StartsWith("TypeError", StringComparison.Ordinal)
               select new PeerRow(
                   row.GetProperty("id").GetString()!,
                   time ?? double.PositiveInfinity,
                   row.GetProperty("total_s").GetDouble(),
                   () => PipeDreamOptimizer.Solve(Profile(row.GetProperty("profile").GetString()!), PipeDreamOptionsOf(row), new DiagnosticBag()) is { } plan ? (plan.Objective, plan.Search) : null),
        ];

        PipeDreamProfile Profile(string name)
        {
            if (!profiles.TryGetValue(name, out var profile))
                profiles.Add(name, profile = Read(Path.Combine(folder, name + ".graph.txt"), PipeDreamProfileText.Read));
            return profile;
        }
    }

    private static PiperOptions PiperOptionsOf(JsonElement row)
    {
        var options = row.GetProperty("options");
        return new PiperOptions(
            row.GetProperty("K").GetInt32(),
            row.GetProperty("max_memory_bytes").GetDouble(),
            row.GetProperty("bandwidth_bytes_per_s").GetDouble(),
            row.GetProperty("microbatches_per_batch").GetInt64(),
            options.GetProperty("tensor_parallel").GetBoolean(),
            options.GetProperty("data_parallel").GetBoolean(),
            options.GetProperty("recompute").GetString() switch
            {
                "per-node" => PiperRecompute.PerNode,
                "per-stage-all-or-none" => PiperRecompute.PerStage,
                "forced" => PiperRecompute.Forced,
                "off" => PiperRecompute.Off,
                var other => throw new InvalidDataException(other),
            });
    }

    private static PipeDreamOptions PipeDreamOptionsOf(JsonElement row)
    {
        var machines = row.GetProperty("all_num_machines").EnumerateArray().Select(m => m.GetInt32());
        var bandwidths = row.GetProperty("network_bandwidths").EnumerateArray().Select(b => b.GetDouble());
        return new PipeDreamOptions([.. machines.Zip(bandwidths, (m, b) => new PipeDreamLevel(m, b))])
        {
            ActivationRatio = Number(row, "activation_compression_ratio"),
            Straight = row.GetProperty("straight_pipeline").GetBoolean(),
            UseFewerMachines = row.GetProperty("use_fewer_machines").GetBoolean(),
            Memory = row.GetProperty("use_memory_constraint").GetBoolean() ? Number(row, "memory_size") : null,
        };
    }

    private static string Folder(string planner)
    {
        string folder = Path.Combine(Data.Folder("planners"), planner);
        Assert.SkipUnless(File.Exists(Path.Combine(folder, "results.json")), $"shared/data/planners/{planner} is not beside the checkout");
        return folder;
    }

    private static IEnumerable<JsonElement> Rows(string folder) =>
        JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "results.json"))).RootElement.GetProperty("results").EnumerateArray();

    private static double? Number(JsonElement row, string name) => row.GetProperty(name) is { ValueKind: JsonValueKind.Number } number ? number.GetDouble() : null;

    private static T Read<T>(string path, Func<string, string, DiagnosticBag, T?> read)
        where T : class
    {
        var diagnostics = new DiagnosticBag();
        return read(File.ReadAllText(path), Path.GetFileName(path), diagnostics) ?? throw new DiagnosticException(diagnostics.All);
    }
}
