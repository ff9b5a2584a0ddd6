using System.Globalization;
using System.Text.RegularExpressions;
using GraphPipe.Models;
using GraphPipe.Planning;
using Xunit;
using static GraphPipe.Tests.Cli.CommandAnswers;

namespace GraphPipe.Tests.Cli;

/// <summary>Verbs that plan, and that take plans.</summary>
public sealed class PlanningVerbTests(CommandFiles files) : IClassFixture<CommandFiles>
{
    [Fact]
    public void Plan_compile_simulate_and_plan_again()
    {
        string plan = files["plan.json"];
        var json = Json("plan", files.Model, "--devices", "cpu:5", "--stages", "5", "--mini-batch", "16", "--micro-batches", "4", "-o", plan);
        Assert.Equal("graphpipe-plan", Text(json["format"]));
        Assert.True(json["feasible"]!.GetValue<bool>());
        Assert.Equal(5, json["stages"]!.AsArray().Count);
        Assert.Equal(4, json["edges"]!.AsArray().Count);
        Assert.All(json["stages"]!.AsArray(), s => Assert.Equal(4, s!["micro_batch"]!.GetValue<long>()));

        var compiled = Json("compile", files.Model, "--plan", plan, "-o", files["planned.gpb"], "--per-device", files["parts"]);
        Assert.Equal(5, compiled["per_device"]!.AsArray().Count);
        Assert.Equal(File.ReadAllBytes(files.Bundle), File.ReadAllBytes(files["planned.gpb"]));
        Assert.Equal(2, CommandRun.Of("compile", files.Model, "--plan", plan, "--stages", "3", "-o", files["x.gpb"]).ExitCode);
        Assert.Equal(3, CommandRun.Of("train", Text(compiled["per_device"]![0]), "--data", "synthetic").ExitCode);

        foreach (string[] args in new string[][] { ["simulate", plan], ["simulate", plan, "--input", files.Model, "--devices", "cpu:5"], ["simulate", files.Bundle] })
        {
            var simulated = Json(args);
            Assert.True(simulated["iteration_us"]!.GetValue<double>() > 0);
            Assert.Null(simulated["deadlock"]);
            Assert.Equal(5, simulated["devices"]!.AsArray().Count);
            Assert.All(simulated["devices"]!.AsArray(), d => Assert.True(d!["peak_bytes"]!.GetValue<long>() > 0));
        }
    }

    [Fact]
    public void A_plan_is_exported_for_other_tools()
    {
        string[] args = ["plan", files["gpt.onnx"], "--devices", "cpu:2", "--cut", "/layers.0/Add_1", "--mini-batch", "4", "--micro-batches", "4", "--export"];
        ModelCatalog.Build("gpt-small").Save(files["gpt.onnx"]);
        Assert.Equal("Et|ttL\n", CommandRun.Of([.. args, "megatron"]).Out);
        Assert.Contains("\"layers.1\": SplitPoint.BEGINNING", Text(Json([.. args, "torch"])["export"]!["text"]));
        Assert.Equal(0, CommandRun.Of([.. args, "csv", "-o", files["order.csv"]]).ExitCode);
        Assert.Equal("0F0,0F1,0B0,0F2,0B1,0F3,0B2,0B3\n1F0,1B0,1F1,1B1,1F2,1B2,1F3,1B3\n", File.ReadAllText(files["order.csv"]));
        Assert.Equal(["GP3030"], Fails(1, "plan", files.Model, "--devices", "cpu:5", "--stages", "5", "--micro-batches", "4", "--export", "torch"));
        Assert.Equal(2, CommandRun.Of([.. args, "torch", "--compare"]).ExitCode);
    }

    [Fact]
    public void A_table_of_ones_own_is_planned_compiled_verified_and_simulated()
    {
        string table = files["loop.csv"], plan = files["loop.json"], bundle = files["loop.gpb"];
        File.WriteAllText(table, "0F0,2F0,0F1,2F1,2B0,0I0,2B1,0I1,0W0,0W1\n1F0,3F0,1F1,3F1,3B0,1B0,3B1,1B1\n");
        string[] options = ["--devices", "cpu:2", "--mini-batch", "8", "--schedule", table];
        var json = Json(["plan", files.Model, .. options, "-o", plan]);
        Assert.Equal(["cpu:0", "cpu:1", "cpu:0", "cpu:1"], json["stages"]!.AsArray().Select(s => Text(s!["devices"]![0])));
        Assert.Equal(table, Text(json["schedule"]));
        Assert.Equal(0, CommandRun.Of(["compile", files.Model, .. options, "-o", bundle]).ExitCode);
        Assert.Equal(0, CommandRun.Of("compile", files.Model, "--plan", plan, "-o", files["again.gpb"]).ExitCode);
        Assert.Equal(File.ReadAllBytes(bundle), File.ReadAllBytes(files["again.gpb"]));
        foreach (string[] args in new string[][] { ["simulate", bundle], ["simulate", plan], ["simulate", plan, "--input", files.Model, "--devices", "cpu:2"] })
        {
            var simulated = Json(args);
            Assert.Null(simulated["deadlock"]);
            Assert.Equal(2, simulated["devices"]!.AsArray().Count);
        }

        var verified = Json(["verify", files.Model, .. options]);
        Assert.True(verified["passed"]!.GetValue<bool>());
        Assert.True(verified["bit_equal"]!.GetValue<bool>());
        Assert.Equal(4, verified["stages"]!.GetValue<int>());
        var broken = CommandRun.Of(["verify", files.Model, .. options[..2], "--mini-batch", "8", "--schedule", files["broken.csv"], "--json"]);
        Assert.Equal(3, broken.ExitCode);
        File.WriteAllText(files["broken.csv"], "0F0,0F1,0B1,0B0\n1F0,1B0,1F1,1B1\n");
        Assert.Equal(["GP3031"], Fails(1, "compile", files.Model, "--devices", "cpu:2", "--schedule", files["broken.csv"], "-o", files["x.gpb"]).Where(c => c != "GP3014"));
        File.WriteAllText(files["broken.csv"], "0F0,0F1,0B0\n1F0,1B0,1F1,1B1\n");
        Assert.Equal(["GP3032"], Fails(3, "plan", files.Model, "--devices", "cpu:2", "--schedule", files["broken.csv"]));
    }

    [Fact]
    public void A_program_of_ones_own_is_trained_like_a_table()
    {
        string program = files["mine.sched"], plan = files["program.json"], bundle = files["program.gpb"];
        File.WriteAllText(program, "place loop\nturn 2\np - r: F\nrest: I | F | W\n");
        string[] options = ["--devices", "cpu:2", "--mini-batch", "8", "--micro-batches", "4", "--schedule", program];
        var json = Json(["plan", files.Model, .. options, "-o", plan]);
        Assert.Equal(program, Text(json["schedule"]));
        Assert.Equal(0, CommandRun.Of(["compile", files.Model, .. options, "-o", bundle]).ExitCode);
        Assert.Equal(0, CommandRun.Of("compile", files.Model, "--plan", plan, "-o", files["again.gpb"]).ExitCode);
        Assert.Equal(File.ReadAllBytes(bundle), File.ReadAllBytes(files["again.gpb"]));
        Assert.Null(Json("simulate", plan)["deadlock"]);
        var verified = Json(["verify", files.Model, .. options]);
        Assert.True(verified["bit_equal"]!.GetValue<bool>());
        Assert.Equal(0, CommandRun.Of(["train", files.Model, .. options, "--data", "synthetic", "--steps", "2"]).ExitCode);
        File.WriteAllText(program, "place loop\nrest: F G\n");
        Assert.Equal(["GP3033"], Fails(3, "plan", files.Model, "--devices", "cpu:2", "--schedule", program));
    }

    [Fact]
    public void Plans_on_modelled_devices_only_plan()
    {
        Assert.Equal(0, CommandRun.Of("plan", files.Model, "--devices", "8xv100@4", "--mini-batch", "64").ExitCode);
        Assert.Equal(2, CommandRun.Of("compile", files.Model, "--devices", "8xv100@4", "-o", files["x.gpb"]).ExitCode);
        Assert.False(File.Exists(files["x.gpb"]));
    }

    [Fact]
    public void A_plan_that_is_impossible_is_a_no()
    {
        var run = CommandRun.Of("plan", files.Model, "--devices", "cpu:2", "--memory", "4KiB", "--json");
        Assert.Equal(1, run.ExitCode);
        Assert.False(run.Json["feasible"]!.GetValue<bool>());
        Assert.Equal(2, CommandRun.Of("plan", files.Model, "--partitioner", "none").ExitCode);
        Assert.Equal(2, CommandRun.Of("plan", files.Model, "--mini-batch", "16", "--micro-batches", "3").ExitCode);
        Assert.Equal(2, CommandRun.Of("plan", files.Model, "--devices", "gpu:4").ExitCode);
        Assert.Equal(2, CommandRun.Of("plan", files.Model, "--cut", "nowhere").ExitCode);
    }

    [Fact]
    public void A_cost_graph_is_planned_and_simulated()
    {
        File.WriteAllText(files["costs.json"], """
            { "format": "graphpipe-costgraph", "version": 1, "time_unit": "us",
              "nodes": [ { "id": 0, "name": "a", "forward": {"1": 10}, "backward": {"1": 20}, "saved_bytes_per_sample": 64, "parameter_bytes": 64 },
                         { "id": 1, "name": "b", "forward": {"1": 10}, "backward": {"1": 20}, "saved_bytes_per_sample": 64, "parameter_bytes": 64 },
                         { "id": 2, "name": "c", "forward": {"1": 10}, "backward": {"1": 20}, "saved_bytes_per_sample": 64, "parameter_bytes": 64 } ],
              "edges": [ { "from": 0, "to": 2, "bytes_per_sample": 64 }, { "from": 1, "to": 2, "bytes_per_sample": 64 } ] }
            """);
        var plan = Json("plan", files["costs.json"], "--devices", "3xv100", "--stages", "3", "--mini-batch", "12", "-o", files["costs-plan.json"]);
        Assert.Equal(3, plan["stages"]!.AsArray().Count);
        Assert.Equal(0, CommandRun.Of("simulate", files["costs-plan.json"], "--input", files["costs.json"], "--devices", "3xv100").ExitCode);
        File.WriteAllText(files["broken.json"], """{ "format": "graphpipe-costgraph", "version": 1, "nodes": [ {} ] }""");
        Assert.Equal(3, CommandRun.Of("plan", files["broken.json"], "--devices", "cpu:2").ExitCode);
    }

    [Fact]
    public void A_deadlocked_plan_is_a_no()
    {
        File.WriteAllText(files["deadlock.txt"], """
            graphpipe-plan 1
            mini_batch 2
            schedule none
            mesh cpu:0 cpu:1

            stage a on cpu:0 micro_batch 1 in_flight 2
            stage b on cpu:1 micro_batch 1 in_flight 2

            channel h activation f32[N] batch(0) from a to b depth 1
            channel g gradient f32[N] batch(0) from b to a depth 1

            device cpu:0
              FORWARD a mb 0 [0,1)
              SEND h mb 0 [0,1)
              RECV g mb 0 [0,1)
              BACKWARD a mb 0 [0,1)
              FORWARD a mb 1 [1,2)
              SEND h mb 1 [1,2)
              RECV g mb 1 [1,2)
              BACKWARD a mb 1 [1,2)
              STEP a

            device cpu:1
              RECV h mb 0 [0,1)
              FORWARD b mb 0 [0,1)
              RECV h mb 1 [1,2)
              FORWARD b mb 1 [1,2)
              BACKWARD b mb 0 [0,1)
              SEND g mb 0 [0,1)
              BACKWARD b mb 1 [1,2)
              SEND g mb 1 [1,2)
              STEP b
            """);
        var run = CommandRun.Of("simulate", files["deadlock.txt"], "--json");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("waits for", Text(run.Json["deadlock"]));
        Assert.Equal(["GP3008"], run.Codes);
    }

    [Fact]
    public void Plans_side_by_side()
    {
        var compared = Json("plan", files.Model, "--devices", "4xv100", "--mini-batch", "16", "--compare");
        var rows = compared["partitioners"]!.AsArray();
        Assert.Equal(PartitionerTable.Names.Where(n => n != "manual"), rows.Select(r => r!["partitioner"]!.GetValue<string>()));
        var best = rows.First(r => r!["partitioner"]!.GetValue<string>() == "best")!;
        Assert.All(rows.Where(r => r!["feasible"]!.GetValue<bool>()), r => Assert.True(best["iteration_us"]!.GetValue<double>() <= r!["iteration_us"]!.GetValue<double>() * (1 + 1e-9)));

        // With memory for half the model, two devices at least.
        long whole = Json("plan", files.Model, "--devices", "1xv100", "--mini-batch", "16", "--micro-batch", "1")["stages"]![0]!["memory_bytes"]!.GetValue<long>();
        var fitted = Json("plan", files.Model, "--devices", "4xv100", "--mini-batch", "16", "--fit", "devices", "--memory", $"{whole * 3 / 4}");
        Assert.InRange(fitted["devices"]!.GetValue<int>(), 2, 4);
        Assert.InRange(Json("plan", files.Model, "--devices", "4xv100", "--mini-batch", "16", "--fit", "memory")["memory_bytes"]!.GetValue<long>(), 1, whole - 1);
        Assert.Equal(["GP8001"], Fails(2, "plan", files.Model, "--compare", "--fit", "memory"));
        Assert.Equal(["GP8001"], Fails(2, "plan", files.Model, "--compare", "--partitioner", "uniform"));
        Assert.Equal(["GP8001"], Fails(2, "plan", files.Model, "--partitioner", "uniform", "--cut", "x"));

        // What compile needs besides is told, and is enough.
        var compiled = Json("plan", files.Model, "--devices", "cpu:2", "--mini-batch", "16", "--fit", "memory");
        long needed = compiled["compiled_memory_bytes"]!.GetValue<long>();
        Assert.True(needed > compiled["memory_bytes"]!.GetValue<long>());
        Assert.Equal(0, CommandRun.Of("compile", files.Model, "--devices", "cpu:2", "--mini-batch", "16", "--memory", $"{needed}", "-o", files["fitted.gpb"]).ExitCode);
    }

    [Fact]
    public void Freedom_never_costs_memory()
    {
        long Least(params string[] more) => Json(["plan", files.Model, "--devices", "4xv100", "--mini-batch", "16", "--fit", "memory", .. more])["memory_bytes"]!.GetValue<long>();
        long least = Least();
        // To the one part in 128 that the least memory is found to.
        Assert.InRange(Least("--micro-batch", "per-stage"), 1, least * 129 / 128);
        Assert.InRange(Least("--max-replicas", "4"), 1, least * 129 / 128);
        Assert.InRange(Least("--recompute", "auto"), 1, Math.Min(least, Least("--recompute", "all")) * 129 / 128);
    }

    [Theory]
    [InlineData("best")]
    [InlineData("graphpipe")]
    public void What_does_not_fit_is_told_of_the_plan_that_is_nearest(string partitioner)
    {
        string[] options = ["plan", files.Model, "--devices", "4xv100", "--mini-batch", "16", "--partitioner", partitioner];
        long least = Json([.. options, "--fit", "memory"])["memory_bytes"]!.GetValue<long>();
        var run = CommandRun.Of([.. options, "--memory", $"{least / 2}"]);
        Assert.Equal(1, run.ExitCode);
        var needed = Regex.Matches(run.Error, @"needs ([\d.]+ \w+) at \d+ samples in flight").Select(m => Size(m.Groups[1].Value)).ToList();
        Assert.InRange(needed.Max(), least / 2 + 1, least * 1.1);
    }

    private static double Size(string text) =>
        double.Parse(text.Split(' ')[0], CultureInfo.InvariantCulture) * Math.Pow(1024, Array.IndexOf(["B", "KiB", "MiB", "GiB"], text.Split(' ')[1]));

    [Fact]
    public void A_plan_is_simulated_on_its_own_devices()
    {
        Json("plan", files.Model, "--devices", "cpu:2", "--mini-batch", "16", "-o", files["own.json"]);
        Assert.Equal(2, Json("simulate", files["own.json"], "--input", files.Model)["devices"]!.AsArray().Count);
    }

    [Fact]
    public void Replicas_a_sharded_optimizer_and_recomputation_are_options()
    {
        ModelCatalog.Build("gpt-small").Save(files["gpt.onnx"]);
        string[] options = ["--devices", "cpu:4", "--max-replicas", "2", "--shard-optimizer", "--recompute", "all", "--mini-batch", "16", "--micro-batch", "4"];
        var planned = Json(["plan", files["gpt.onnx"], .. options, "-o", files["gpt.json"]]);
        Assert.All(planned["stages"]!.AsArray(), s => Assert.Equal(2, s!["devices"]!.AsArray().Count));
        foreach (string[] args in new string[][] { ["simulate", files["gpt.json"]], ["simulate", files["gpt.json"], "--input", files["gpt.onnx"], .. options[..5]] })
            Assert.Equal(4, Json(args)["devices"]!.AsArray().Count);
        var compiled = Json("compile", files["gpt.onnx"], "--plan", files["gpt.json"], "-o", files["gpt.gpb"], "--per-device", files["gpt-parts"]);
        Assert.Equal(4, compiled["per_device"]!.AsArray().Count);
        Assert.Contains("replica 1 of 2", CommandRun.Of("inspect", files["gpt.gpb"]).Out);
        var verified = Json(["verify", files["gpt.onnx"], .. options]);
        Assert.True(verified["passed"]!.GetValue<bool>());
        Assert.InRange(verified["checks"]![0]!["relative_error"]!.GetValue<double>(), 0, 1e-6);
        Assert.Equal(0, CommandRun.Of(["train", files["gpt.gpb"], "--data", "synthetic", "--steps", "2"]).ExitCode);
    }
}
