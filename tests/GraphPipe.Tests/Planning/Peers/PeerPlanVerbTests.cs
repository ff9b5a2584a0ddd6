using System.Text.Json.Nodes;
using GraphPipe.Tests.Cli;
using Xunit;

namespace GraphPipe.Tests.Planning.Peers;

public sealed class PeerPlanVerbTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("graphpipe-peers-").FullName;
    private readonly string _piper, _profile;

    public PeerPlanVerbTests()
    {
        File.WriteAllText(_piper = Path.Combine(_folder, "pair.json"), PiperInputs.Pair);
        File.WriteAllText(_profile = Path.Combine(_folder, "diamond.graph.txt"), PipeDreamProfiles.Diamond);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Piper_answers_in_its_own_model()
    {
        var json = Json(0, _piper, "--format", "piper", "--partitioner", "piper", "--devices", "2", "--memory", "200", "--bandwidth", "100", "--micro-batches", "8", "--no-data-parallel");
        // Everything on one device takes 7; apart, 4 + 1 and 3 + 1.
        Assert.Equal(5, json["objective"]!.GetValue<double>(), 1e-12);
        Assert.True(json["feasible"]!.GetValue<bool>());
        Assert.Equal(2, json["stages"]!.AsArray().Count);
        Assert.Equal([7], json["stages"]![0]!["nodes"]!.AsArray().Select(n => n!.GetValue<int>()));
        Assert.True(json["search"]!["seconds"]!.GetValue<double>() >= 0);
        Assert.True(json["search"]!["states"]!.GetValue<long>() > 0);
        // Two replicas: 7 / 2 + 4 / 2 · 50 / 8 / 100.
        Assert.Equal(3.5 + (2 * 50.0 / 8 / 100), Json(0, _piper, "--format", "piper", "--partitioner", "piper", "--devices", "2")["objective"]!.GetValue<double>(), 1e-12);
        Assert.Equal(9 / 2.0 + (2 * 50.0 / 8 / 100), Json(0, _piper, "--format", "piper", "--partitioner", "piper", "--devices", "2", "--recompute", "forced")["objective"]!.GetValue<double>(), 1e-12);
    }

    [Fact]
    public void PipeDream_answers_in_its_own_model()
    {
        var json = Json(0, _profile, "--format", "pipedream", "--partitioner", "pipedream", "--devices", "2", "--bandwidth", "1e4", "--activation-ratio", "0.5", "--straight");
        Assert.Equal(0.013, json["objective"]!.GetValue<double>(), 1e-12);
        Assert.Equal(["node1", "node2"], json["stages"]![0]!["nodes"]!.AsArray().Select(n => n!.GetValue<string>()));
        var levels = Json(0, _profile, "--format", "pipedream", "--partitioner", "pipedream", "--devices", "2x2", "--bandwidth", "1e9,1e8");
        Assert.All(levels["stages"]!.AsArray(), s => Assert.NotEmpty(s!["inner"]!.AsArray()));
    }

    [Fact]
    public void No_plan_is_a_no()
    {
        foreach (string[] args in new string[][]
        {
            [_piper, "--format", "piper", "--partitioner", "piper", "--memory", "30"],
            [_profile, "--format", "pipedream", "--partitioner", "pipedream", "--devices", "9", "--bandwidth", "1e9", "--straight"],
        })
        {
            var json = Json(1, args);
            Assert.False(json["feasible"]!.GetValue<bool>());
            Assert.Null(json["objective"]);
            Assert.Empty(json["stages"]!.AsArray());
        }
    }

    [Fact]
    public void Other_partitioners_take_the_cost_graph()
    {
        var piper = Json(0, _piper, "--format", "piper", "--partitioner", "uniform", "--devices", "2", "--bandwidth", "1000000", "--stages", "2");
        // A sample is a micro-batch: 8 make the batch. Seconds become microseconds, recomputing takes one forward more.
        Assert.Equal(8, piper["mini_batch"]!.GetValue<long>());
        Assert.Equal(4e6, piper["max_tps_us"]!.GetValue<double>(), 1e-3);
        var profile = Json(0, _profile, "--format", "pipedream", "--partitioner", "graphpipe", "--devices", "cpu:1", "--mini-batch", "1");
        Assert.Equal(18e3, profile["max_tps_us"]!.GetValue<double>(), 1e-6);
        Json(0, _profile, "--format", "pipedream", "--partitioner", "piper", "--devices", "2", "--bandwidth", "1e9");
    }

    [Fact]
    public void Faults_have_their_exit_codes()
    {
        string[] piper = [_piper, "--format", "piper", "--partitioner", "piper"], dream = [_profile, "--format", "pipedream", "--partitioner", "pipedream"];
        Fails(3, "GP3012", _profile, "--format", "piper", "--partitioner", "piper");
        Fails(3, "GP3012", _piper, "--format", "pipedream", "--partitioner", "pipedream", "--devices", "2", "--bandwidth", "1");
        Fails(3, "GP3012", Path.Combine(_folder, "none"), "--format", "piper", "--partitioner", "piper");
        Fails(2, "GP3001", [.. piper, "--devices", "0"]);
        Fails(2, "GP8001", [.. piper, "--devices", "2x2"]);
        Fails(2, "GP8001", [.. piper, "--devices", "cpu:2"]);
        Fails(2, "GP8001", [.. piper, "--recompute", "auto"]);
        Fails(2, "GP8001", [.. piper, "--straight"]);
        Fails(2, "GP8001", [.. piper, "--stages", "2"]);
        Fails(2, "GP8001", [.. piper, "--loss", "mse"]);
        Fails(2, "GP8001", [.. piper, "-o", Path.Combine(_folder, "plan.json")]);
        Fails(2, "GP8001", dream);
        Fails(2, "GP8001", [.. dream, "--devices", "2"]);
        Fails(2, "GP8001", [.. dream, "--devices", "2x2", "--bandwidth", "1"]);
        Fails(2, "GP8001", [.. dream, "--devices", "2", "--bandwidth", "none"]);
        Fails(2, "GP8001", [.. dream, "--devices", "2", "--bandwidth", "1", "--activation-ratio", "0"]);
        Fails(2, "GP8001", [.. dream, "--devices", "2", "--bandwidth", "1", "--tensor-parallel"]);
        Fails(2, "GP8001", [.. dream, "--devices", "2", "--bandwidth", "1", "--recompute", "off"]);
        Fails(2, "GP8001", _piper, "--format", "piper", "--recompute", "forced");
        Fails(2, "GP8001", _piper, "--format", "piper", "--straight");
        Fails(2, "GP8001", _piper, "--format", "costgraph", "--bandwidth", "1");
    }

    private static void Fails(int exitCode, string code, params string[] args) => Assert.Equal([code], Json(exitCode, args)["diagnostics"]!.AsArray().Select(d => d!["code"]!.GetValue<string>()).Distinct());

    private static JsonObject Json(int exitCode, params string[] args)
    {
        var run = CommandRun.Of(["plan", .. args, "--json"]);
        Assert.True(run.ExitCode == exitCode, $"{string.Join(' ', args)}: {run.ExitCode}\n{run.Error}");
        return run.Json;
    }
}
