using System.Text.Json.Nodes;
using GraphPipe.Planning;
using Xunit;

namespace GraphPipe.Tests.Cli;

public sealed class ProfileVerbTests(CommandFiles files) : IClassFixture<CommandFiles>
{
    private static readonly string[] TwoDevices = ["--devices", "cpu:2", "--mini-batch", "8"];

    [Fact]
    public void A_model_is_measured_and_the_file_is_the_document()
    {
        string path = Profile();
        var run = CommandRun.Of("profile", files.Model, "--devices", "cpu:2", "--largest", "3", "--seconds", "0", "--micro-batches", "2", "-o", files["again.json"], "--json");
        Assert.Equal(0, run.ExitCode);
        var json = run.Json;
        Assert.Equal("graphpipe-profile", (string?)json["format"]);
        Assert.Equal(["cpu", "2"], [(string)json["device"]!["kind"]!, json["device"]!["count"]!.ToString()]);
        Assert.Equal(Environment.ProcessorCount, (int)json["machine"]!["cores"]!);
        var op = json["ops"]!.AsArray().First(o => (string?)o!["operator"] == "LayerNormalization")!;
        Assert.Equal(["1", "2", "3"], op["forward"]!.AsObject().Select(t => t.Key));
        // At least three steps of two micro-batches, of every one of the repeated layers' ops.
        Assert.All(op["forward"]!.AsObject(), t => Assert.True((long)t.Value!["runs"]! >= 6 * op["nodes"]!.AsArray().Count / 2 && (double)t.Value["median"]! > 0));
        var written = JsonNode.Parse(File.ReadAllText(files["again.json"]))!.AsObject();
        Assert.All(written, field => Assert.True(JsonNode.DeepEquals(field.Value, json[field.Key]), field.Key));
        Assert.Contains("slowest at 2:", CommandRun.Of("profile", "--merge", path, path).Out);
    }

    [Fact]
    public void Every_verb_that_plans_takes_it()
    {
        string profile = Profile();
        var planned = Json("plan", [files.Model, .. TwoDevices, "--micro-batch", "2", "-o", files["profiled.json"]], profile);
        int nodes = planned["stages"]!.AsArray().Sum(s => s!["nodes"]!.AsArray().Count);
        Assert.Equal([nodes, 0, 0, 0], Coverage(planned));
        // The objective has no overheads.
        Assert.True((double)planned["simulated_us"]! > (double)planned["iteration_us"]!);
        Assert.Contains(planned["diagnostics"]!.AsArray(), d => (string?)d!["code"] == "GP3023");
        // Measured at 1, 2 and 3.
        var beyond = Coverage(Json("plan", [files.Model, .. TwoDevices, "--micro-batch", "4"], profile));
        Assert.True(beyond[1] == 0 && beyond[2] > 0 && beyond[3] == 0);

        // The plan's numbers follow from the profile, so whoever checks it needs it too.
        Assert.Equal(0, CommandRun.Of("compile", files.Model, "--plan", files["profiled.json"], "--profile", profile, "-o", files["profiled.gpb"]).ExitCode);
        Assert.Equal(0, CommandRun.Of(["train", files.Model, "--data", "synthetic", "--steps", "2", .. TwoDevices, "--profile", profile]).ExitCode);
        Assert.Equal(0, CommandRun.Of(["verify", files.Model, "--steps", "1", .. TwoDevices, "--profile", profile]).ExitCode);

        foreach (string input in new[] { files["profiled.gpb"], files.Model })
        {
            var bench = Json("bench", [input, "--steps", "2", .. input == files.Model ? TwoDevices : []], profile);
            Assert.True((double)bench["planned_step_ms"]! > 0 && (double)bench["step_ms"]! > 0);
            Assert.Equal(0, Coverage(bench)[3]);
        }

        double fromBundle = (double)Json("simulate", [files["profiled.gpb"]], profile)["iteration_us"]!;
        double fromPlan = (double)Json("simulate", [files["profiled.json"], "--input", files.Model, "--devices", "cpu:2"], profile)["iteration_us"]!;
        // The same ops, but for the sums that the plan orders.
        Assert.InRange(fromPlan / fromBundle, 0.9, 1.1);
    }

    [Fact]
    public void Files_that_are_no_profiles_are_bad_input()
    {
        File.WriteAllText(files["broken.json"], File.ReadAllText(Profile()).Replace("\"median\"", "\"middle\"", StringComparison.Ordinal));
        foreach (string[] args in new string[][] { ["plan", files.Model], ["compile", files.Model, "-o", files["x.gpb"]], ["bench", files.Bundle], ["simulate", files.Bundle] })
        {
            var run = CommandRun.Of([.. args, "--profile", files["broken.json"], "--json"]);
            Assert.Equal(3, run.ExitCode);
            Assert.All(run.Codes, c => Assert.Equal("GP3020", c));
            Assert.Contains("op 'Add(", run.Out);
            Assert.Contains("size '1' has no number 'median'", run.Out);
        }

        Assert.Equal(3, CommandRun.Of("plan", files.Model, "--profile", files["nowhere.json"]).ExitCode);
        Assert.Equal(3, CommandRun.Of("profile", "--merge", Profile(), files["broken.json"]).ExitCode);
    }

    [Fact]
    public void Merging_adds_runs_and_refuses_other_machines()
    {
        string path = Profile();
        var once = ProfileJson.Read(File.ReadAllText(path), path, new())!;
        var twice = CommandRun.Of("profile", "--merge", path, path, "-o", files["twice.json"], "--json").Json;
        Assert.Equal(2 * once.Ops[0].Times.First().Value[1].Runs, ProfileJson.Read(File.ReadAllText(files["twice.json"]), "twice", new())!.Ops[0].Times.First().Value[1].Runs);
        Assert.Equal(once.Ops.Length, twice["ops"]!.AsArray().Count);
        File.WriteAllText(files["other.json"], ProfileJson.Write(once with { Machine = once.Machine with { Cores = 1000 } }));
        var refused = CommandRun.Of("profile", "--merge", path, files["other.json"], "--json");
        Assert.Equal(3, refused.ExitCode);
        Assert.Equal(["GP3021"], refused.Codes);
    }

    [Fact]
    public void Wrong_usage_is_told()
    {
        string profile = Profile();
        File.WriteAllText(files["costs.json"], CostGraphJson.Write(GraphPipe.Tests.Planning.CostGraphs.Chain(4)));
        Assert.All(
            new string[][]
            {
                ["plan", files["costs.json"], "--profile", profile],
                ["plan", files.Model, "--devices", "8xv100", "--profile", profile],
                ["train", files.Bundle, "--data", "synthetic", "--profile", profile],
                ["simulate", files.Bundle, "--costs", "1,2", "--profile", profile],
                ["profile", "--merge", profile],
                ["profile", "--merge", profile, profile, "--largest", "4"],
                ["profile", files.Model, files.Model],
                ["profile", files.Model, "--devices", "8xv100"],
                ["profile", files.Model, "--stages", "2"],
                ["profile"],
                ["profile", files.Model, "--seconds", "1e300"],
            },
            args => Assert.Equal(2, CommandRun.Of(args).ExitCode));
        Assert.Equal(3, CommandRun.Of("profile", files["nowhere.onnx"]).ExitCode);
    }

    // Of micro-batches of 1 and 2, in the least time that will do.
    private string Profile()
    {
        string path = files["profile.json"];
        if (!File.Exists(path))
            Assert.Equal(0, CommandRun.Of("profile", files.Model, "--devices", "cpu:2", "--largest", "2", "--seconds", "0", "-o", path).ExitCode);
        return path;
    }

    private static JsonObject Json(string verb, string[] args, string profile)
    {
        var run = CommandRun.Of([verb, .. args, "--profile", profile, "--json"]);
        Assert.True(run.ExitCode == 0, run.Error + run.Out);
        return run.Json;
    }

    private static int[] Coverage(JsonObject document) => [.. new[] { "measured", "interpolated", "extrapolated", "predicted" }.Select(n => (int)document["profile"]![n]!)];
}
