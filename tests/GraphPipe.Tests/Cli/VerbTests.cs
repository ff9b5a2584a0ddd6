using System.Text.Json.Nodes;
using Google.Protobuf;
using GraphPipe.Bundle;
using GraphPipe.Models;
using GraphPipe.Onnx;
using GraphPipe.Planning;
using Xunit;
using Small = GraphPipe.Tests.Onnx.Models;

namespace GraphPipe.Tests.Cli;

public sealed class VerbTests(CommandFiles files) : IClassFixture<CommandFiles>
{
    private static readonly string[] FourBranches = ["branch0", "branch1", "branch2", "branch3"];

    [Fact]
    public void Inspect_shows_branches_parameters_and_trainability()
    {
        var json = Json("inspect", files.Model);
        Assert.Equal("graphpipe-inspect", Text(json["format"]));
        Assert.Equal("onnx", Text(json["level"]));
        Assert.Equal(["x0", "x1", "x2", "x3"], json["inputs"]!.AsArray().Select(i => Text(i!["name"])));
        Assert.Equal("y", Text(json["outputs"]![0]!["name"]));
        Assert.True(json["operators"]!["MatMul"]!.GetValue<int>() > 10);
        Assert.Equal(4, json["widest"]!.GetValue<int>());
        Assert.True(json["trainable"]!.GetValue<bool>());
        Assert.Equal(0, json["batch"]!["axes"]!["x0"]!.GetValue<int>());
        Assert.All(json["parameters"]!.AsArray(), p => Assert.Equal("trained", Text(p!["role"])));
        Assert.Contains("up to 4 side by side", CommandRun.Of("inspect", files.Model).Out);
    }

    [Theory]
    [InlineData("onnx", "onnx")]
    [InlineData("core", "core")]
    [InlineData("train", "train")]
    [InlineData("staged", "staged")]
    [InlineData("comm", "comm")]
    public void Inspect_prints_the_ir_at_a_level(string level, string header)
    {
        var run = CommandRun.Of("inspect", files.Model, "--level", level, "--devices", "cpu:2");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains($"level({header})", run.Out);
        Assert.Equal(level, Text(Json("inspect", files.Model, "--level", level, "--devices", "cpu:2")["level"]));
    }

    [Fact]
    public void Inspect_prints_the_ir_after_a_pass_and_after_all()
    {
        Assert.Contains("train.LossCrossEntropy", CommandRun.Of("inspect", files.Model, "--after", "add-loss").Out);
        Assert.Equal(2, CommandRun.Of("inspect", files.Model, "--after", "no-such-pass").ExitCode);
        Assert.Equal(0, CommandRun.Of("inspect", files.Model, "--print-all", files["ir"]).ExitCode);
        Assert.Contains(Directory.GetFiles(files["ir"]), f => f.EndsWith("-differentiate.gpir", StringComparison.Ordinal));
    }

    [Fact]
    public void Inspect_shows_a_bundle()
    {
        var json = Json("inspect", files.Bundle);
        Assert.Equal("comm", Text(json["level"]));
        Assert.Equal(5, json["stages"]!.AsArray().Count);
        Assert.Equal(2, json["depth"]!.GetValue<int>());
        Assert.Equal(8, json["channels"]!.AsArray().Count);
        var run = CommandRun.Of("inspect", files.Bundle);
        Assert.Contains(run.Out.Split('\n'), line => Array.TrueForAll(FourBranches, b => line.Contains(b, StringComparison.Ordinal)));
    }

    [Fact]
    public void Inspect_and_check_list_all_missing_gradients()
    {
        var model = Small.Of(
            Small.Node("Add", ["x", "w"], ["a"]),
            Small.Node("Hardmax", ["a"], ["b"]),
            Small.Node("Hardmax", ["b"], ["y"]));
        model.Graph.ValueInfo.Add(Small.Value("b", "batch", 4));
        model.Graph.Initializer.Add(Small.Floats("w", 1, 2, 3, 4));
        File.WriteAllBytes(files["hard.onnx"], model.ToByteArray());
        var inspected = Json("inspect", files["hard.onnx"]);
        Assert.False(inspected["trainable"]!.GetValue<bool>());
        Assert.Equal(2, inspected["missing_gradients"]!.AsArray().Count);
        Assert.Equal(["GP2103", "GP2103"], Fails(4, "check", files["hard.onnx"]).Where(code => code != "GP2101")); // That one is a note: ONNX Runtime would have to execute them.
        Assert.Equal(["GP2106"], Fails(2, "check", files["hard.onnx"], "--freeze", "nobody"));
    }

    [Fact]
    public void Check_finds_nothing_wrong()
    {
        Assert.True(Json("check", files.Model)["compilable"]!.GetValue<bool>());
        File.WriteAllText(files["bad.onnx"], "no model");
        Assert.Equal(3, CommandRun.Of("check", files["bad.onnx"]).ExitCode);
    }

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
    public void Programs_are_printed_and_tuned()
    {
        Assert.Equal(CommandRun.Of("schedule", "zb-v", "--format", "csv").Out, CommandRun.Of("schedule", "--program", "zb-v", "--format", "csv").Out);
        File.WriteAllText(files["1f1b.sched"], "place one\ndepth: F\nrest: B F\n");
        var json = Json("schedule", "--program", files["1f1b.sched"], "--ranks", "4");
        Assert.Equal("1f1b.sched", Text(json["name"]));
        Assert.Equal("place one\ndepth: F\nrest: B F\n", Text(json["program"]));
        Assert.Equal(33, json["makespan"]!.GetValue<double>());
        Assert.Equal(Text(json["program"]), CommandRun.Of("schedule", "--program", files["1f1b.sched"], "--format", "program").Out);
        var tuned = Json("schedule", "--tune", "--ranks", "2", "--micro-batches", "4", "--in-flight-limit", "2", "--candidates", "100");
        Assert.Equal(100, tuned["candidates"]!.GetValue<int>());
        Assert.Contains(tuned["shipped"]!.AsArray(), s => Text(s!["name"]) == "zb-h1");
        File.WriteAllText(files["tuned.sched"], Text(tuned["program"]));
        Assert.Equal(tuned["makespan"]!.GetValue<double>(), Json("schedule", "--program", files["tuned.sched"], "--ranks", "2", "--micro-batches", "4", "--costs", "1,1,1,0")["makespan"]!.GetValue<double>());
        Assert.Equal(["GP3005"], Fails(2, "schedule", "--program", "none"));
        Assert.Equal(["GP3007"], Fails(3, "schedule", "--program", files["none.sched"]));
        Assert.Equal(["GP3013"], Fails(1, "schedule", "--tune", "--stages-per-rank", "2", "--in-flight-limit", "1", "--candidates", "50"));
        Assert.Equal(["GP8001"], Fails(2, "schedule"));
        Assert.Equal(["GP8001"], Fails(2, "schedule", "1f1b", "--tune"));
        Assert.Equal(["GP8001"], Fails(2, "schedule", "1f1b", "--format", "program"));
        Assert.Equal(["GP8001"], Fails(2, "schedule", "1f1b", "--candidates", "3"));
        Assert.Equal(["GP8001"], Fails(2, "schedule", "--tune", "--group-size", "3"));
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
    public void Train_eval_export_and_resume()
    {
        var json = Json(
            "train", files.Bundle, "--data", files.Data, "--steps", "4", "--validate", files.Held, "--validate-every", "2", "--log", files["log.jsonl"], "--checkpoint", files["run"],
            "--trace", files["trace.json"], "-o", files["trained.onnx"]);
        Assert.Equal(4, json["steps"]!.GetValue<long>());
        Assert.False(json["interrupted"]!.GetValue<bool>());
        Assert.All(json["devices"]!.AsArray(), d => Assert.Equal(d!["predicted_peak_bytes"]!.GetValue<long>(), d["measured_peak_bytes"]!.GetValue<long>()));
        string[] log = File.ReadAllLines(files["log.jsonl"]);
        Assert.StartsWith("""{"event":"validate","step":0""", log[0]);
        Assert.Equal(4, log.Count(l => l.Contains("\"step\"", StringComparison.Ordinal) && l.StartsWith("""{"event":"step""", StringComparison.Ordinal)));
        Assert.NotEmpty(JsonNode.Parse(File.ReadAllText(files["trace.json"]))!["traceEvents"]!.AsArray());

        double loss = json["validation_loss"]!.GetValue<double>();
        Assert.Equal(loss, Json("eval", files.Bundle, "--data", files.Held, "--checkpoint", files["run"])["loss"]!.GetValue<double>(), 1e-9);
        var trained = Json("eval", files["trained.onnx"], "--data", files.Held, "--mini-batch", "16");
        Assert.Equal(loss, trained["loss"]!.GetValue<double>(), 1e-5);
        Assert.InRange(trained["accuracy"]!.GetValue<double>(), 0, 1);

        Assert.Equal(4, Json("export", files["run"], "-o", files["exported.onnx"])["step"]!.GetValue<long>());
        Assert.Equal(File.ReadAllBytes(files["trained.onnx"]), File.ReadAllBytes(files["exported.onnx"]));
        Assert.Equal(0, CommandRun.Of("export", files.Bundle, "-o", files["same.onnx"]).ExitCode);
        Assert.Equal(OnnxModel.Load(files.Model).ToModule().Parameters.Select(p => p.Hash), OnnxModel.Load(files["same.onnx"]).ToModule().Parameters.Select(p => p.Hash));

        // Another partition goes on from the same checkpoint.
        var resumed = Json("train", files.Model, "--devices", "cpu:2", "--mini-batch", "16", "--data", files.Data, "--steps", "6", "--checkpoint", files["run"], "--resume");
        Assert.Equal(6, resumed["steps"]!.GetValue<long>());
        Assert.Equal(2, resumed["steps_run"]!.GetValue<long>());
    }

    [Fact]
    public void Training_in_two_parts_is_training_in_one()
    {
        string[] common = ["train", files.Bundle, "--data", files.Data, "--seed", "3"];
        Json([.. common, "--steps", "5", "-o", files["whole.onnx"]]);
        Json([.. common, "--steps", "2", "--checkpoint", files["half"]]);
        Json([.. common, "--steps", "5", "--checkpoint", files["half"], "--resume", "-o", files["parts.onnx"]]);
        Assert.Equal(File.ReadAllBytes(files["whole.onnx"]), File.ReadAllBytes(files["parts.onnx"]));
    }

    [Fact]
    public void Resuming_with_other_options_is_right_or_refused()
    {
        string[] common = ["train", files.Model, "--loss", "cross_entropy", "--data", files.Data, "--checkpoint", files["other"]];
        Json([.. common, "--mini-batch", "16", "--steps", "2", "-o", files["two.onnx"]]);

        // A parameter that is frozen from now on keeps what it has learnt.
        Json([.. common, "--mini-batch", "16", "--steps", "3", "--resume", "--freeze", "*embed*", "-o", files["three.onnx"]]);
        var two = OnnxModel.Load(files["two.onnx"]).ToModule();
        var three = OnnxModel.Load(files["three.onnx"]).ToModule();
        var frozen = two.Parameters.Where(p => two[p.Value].Name.Contains("embed", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(frozen);
        Assert.All(frozen, p => Assert.Equal(p.Hash, three.Parameters.First(q => three[q.Value].Name == two[p.Value].Name).Hash));

        // The data goes on at the same sample, whatever the mini-batch: 40 samples, 32 are used, then 8 and the epoch is over.
        Json([.. common, "--mini-batch", "16", "--steps", "2"]);
        Json([.. common, "--mini-batch", "8", "--epochs", "1", "--resume"]);
        Assert.Equal(new TrainingPosition(3, 1, 0, 0), CheckpointFolder.Read(files["other"]).Position);

        Assert.Equal(["GP6007"], Fails(3, [.. common, "--optimizer", "adamw", "--resume"]));
        Assert.Equal(0, CommandRun.Of("eval", files.Model, "--loss", "cross_entropy", "--optimizer", "adamw", "--data", files.Data, "--checkpoint", files["other"]).ExitCode);
    }

    [Fact]
    public void Interrupting_finishes_the_step_and_writes_the_checkpoint()
    {
        using var interrupt = new CancellationTokenSource();
        var run = CommandRun.Of(interrupt.Token, new Trigger("step 1/", interrupt.Cancel), "train", files.Bundle, "--data", "synthetic", "--steps", "100000", "--checkpoint", files["cut"], "-o", files["cut.onnx"], "--json");
        Assert.Equal(130, run.ExitCode);
        Assert.Equal(["GP6005"], run.Codes);
        Assert.True(run.Json["interrupted"]!.GetValue<bool>());
        Assert.False(File.Exists(files["cut.onnx"]));
        Assert.Equal(run.Json["steps"]!.GetValue<long>(), CheckpointFolder.Read(files["cut"]).Position.Step);
    }

    [Fact]
    public void Interrupting_a_compilation_writes_nothing()
    {
        using var interrupt = new CancellationTokenSource();
        interrupt.Cancel();
        Assert.Equal(130, CommandRun.Of(interrupt.Token, new StringWriter(), "compile", files.Model, "-o", files["never.gpb"]).ExitCode);
        Assert.False(File.Exists(files["never.gpb"]));
    }

    [Fact]
    public void Bad_data_is_exit_code_3()
    {
        Assert.Equal(["GP7001"], Fails(3, "train", files.Bundle, "--data", files["nowhere.npz"]));
        File.WriteAllText(files["text.npz"], "no data");
        Assert.Equal(["GP7002"], Fails(3, "train", files.Bundle, "--data", files["text.npz"]));
        Npz.Write(files["short.npz"], new TensorSet([KeyValuePair.Create("x0", TensorData.Floats([1, 8, 16], new float[128]))]));
        Assert.All(Fails(3, "train", files.Bundle, "--data", files["short.npz"]), c => Assert.Equal("GP7003", c));
        Assert.Equal(["GP6007"], Fails(3, "train", files.Bundle, "--data", "synthetic", "--checkpoint", files["none"], "--resume"));
        Assert.Equal(["GP8001"], Fails(2, "train", files.Bundle, "--data", "synthetic", "--resume"));
        Assert.Equal(["GP8001"], Fails(2, "train", files.Bundle, "--data", "synthetic", "--devices", "cpu:2"));
        Assert.Equal(["GP5001"], Fails(3, "train", files["nowhere.gpb"], "--data", "synthetic"));
        Assert.Equal(["GP5007"], Fails(3, "compile", files.Model, "-o", Path.Combine(files.Data, "x.gpb")));
    }

    [Fact]
    public void Messages_about_data_begin_with_its_file()
    {
        string file = files["wrong.npz"];
        Npz.Write(file, new TensorSet([KeyValuePair.Create("x0", TensorData.Floats([1, 8, 16], new float[128]))]));
        Assert.StartsWith(file + ": error GP7003", CommandRun.Of("train", files.Bundle, "--data", file).Error, StringComparison.Ordinal);
        Assert.Contains("is a folder", CommandRun.Of("train", files.Bundle, "--data", Path.GetDirectoryName(file)!).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Data_in_which_nothing_counts_is_refused_and_short_data_is_told()
    {
        var data = TensorFile.Read(files.Data);
        var target = data["target"];
        Npz.Write(files["ignored.npz"], new TensorSet(data.Select(d => d.Key == "target" ? KeyValuePair.Create(d.Key, TensorData.Longs([.. target.Shape], [.. Enumerable.Repeat(-100L, (int)target.Count)])) : d)));
        Assert.Equal(["GP7006"], Fails(3, "train", files.Bundle, "--data", files["ignored.npz"]));
        var shortRun = CommandRun.Of("train", files.Model, "--data", files.Data, "--mini-batch", "64", "--steps", "1", "--json");
        Assert.Equal(0, shortRun.ExitCode);
        Assert.Contains("GP7008", shortRun.Codes);
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

        // What compile needs besides is told, and is enough.
        var compiled = Json("plan", files.Model, "--devices", "cpu:2", "--mini-batch", "16", "--fit", "memory");
        long needed = compiled["compiled_memory_bytes"]!.GetValue<long>();
        Assert.True(needed > compiled["memory_bytes"]!.GetValue<long>());
        Assert.Equal(0, CommandRun.Of("compile", files.Model, "--devices", "cpu:2", "--mini-batch", "16", "--memory", $"{needed}", "-o", files["fitted.gpb"]).ExitCode);
    }

    [Fact]
    public void A_bundle_is_no_model()
    {
        foreach (string verb in (string[])["verify", "check", "plan"])
            Assert.Equal(["GP8001"], Fails(2, verb, files.Bundle));
    }

    [Fact]
    public void Devices_without_a_driver_are_refused_at_once()
    {
        foreach (string verb in (string[])["plan", "check", "verify"])
            Assert.Equal(["GP6008"], Fails(5, verb, files.Model, "--devices", "cuda:0", "--cuda-driver", "/nowhere/libcuda.so.1"));
    }

    [Fact]
    public void A_doctor_says_what_is_missing()
    {
        var run = CommandRun.Of("doctor", "--cuda-driver", "/nowhere/libcuda.so.1", "--json");
        Assert.Equal(0, run.ExitCode);
        Assert.Equal("GP6008", run.Json["cuda"]!["code"]!.GetValue<string>());
        Assert.Contains("/nowhere/libcuda.so.1", run.Json["cuda"]!["problem"]!.GetValue<string>());
    }

    [Fact]
    public void A_loss_that_explodes_is_a_failed_run()
    {
        var run = CommandRun.Of("train", files.Model, "--data", files.Data, "--loss", "cross_entropy", "--learning-rate", "1e30", "--steps", "20", "--mini-batch", "16", "--json");
        Assert.Equal(5, run.ExitCode);
        Assert.Equal(["GP6002"], run.Codes);
    }

    [Fact]
    public void Run_gives_the_outputs_of_all_samples()
    {
        string output = files["out.safetensors"];
        var json = Json("run", files.Model, "--inputs", files.Data, "-o", output, "--devices", "cpu:2", "--micro-batches", "4", "--mini-batch", "16");
        Assert.Equal(40, json["samples"]!.GetValue<long>());
        var pipelined = TensorFile.Read(output)["y"];
        Assert.Equal([40, 4], pipelined.Shape);
        Assert.Equal(0, CommandRun.Of("run", files.Bundle, "--inputs", files.Data, "-o", files["out.npz"]).ExitCode);
        Assert.True(Comparison.RelativeError(TensorFile.Read(files["out.npz"])["y"], pipelined) < 1e-6);
        Assert.Equal(2, CommandRun.Of("run", files.Model, "--inputs", files.Data, "-o", files["out.csv"]).ExitCode);
    }

    [Fact]
    public void Verify_proves_equal_bits_and_notices_other_sums()
    {
        string[] args = ["verify", files.Model, "--devices", "cpu:4", "--stages", "4", "--mini-batch", "16", "--micro-batches", "4"];
        var json = Json(args);
        Assert.True(json["passed"]!.GetValue<bool>());
        Assert.True(json["bit_equal"]!.GetValue<bool>());
        Assert.Equal(4, json["stages"]!.GetValue<int>());
        Assert.Equal("gradients", Assert.Single(json["checks"]!.AsArray())!["name"]!.GetValue<string>());
        var broken = CommandRun.Of([.. args, "--break-sum-order", "--json"]);
        Assert.Equal(1, broken.ExitCode);
        Assert.False(broken.Json["bit_equal"]!.GetValue<bool>());
        Assert.Equal(2, CommandRun.Of("verify", files.Model, "--micro-batches", "1", "--break-sum-order").ExitCode);
        Assert.Equal(3, CommandRun.Of("verify", files.Model, "--reference", files["nowhere"]).ExitCode);
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

    [Fact]
    public void Bench_reports_everything_that_checks_read()
    {
        var json = Json("bench", files.Bundle, "--steps", "3", "--warm-up", "1");
        foreach (string field in new[] { "step_ms", "samples_per_second", "predicted_step_ms", "actions_per_step" })
            Assert.True(json[field]!.GetValue<double>() > 0, field);
        Assert.True(json["overhead_us_per_action"]!.GetValue<double>() >= 0);
        Assert.True(json["allocated_bytes_per_step"]!.GetValue<long>() >= 0);
        Assert.Equal(5, json["devices"]!.AsArray().Count);
        Assert.All(json["devices"]!.AsArray(), d => Assert.InRange(d!["busy_fraction"]!.GetValue<double>(), 0, 1.01));
    }

    [Fact]
    public void Schedules_are_printed()
    {
        var json = Json("schedule", "1f1b", "--ranks", "4", "--micro-batches", "8");
        Assert.Equal(33, json["makespan"]!.GetValue<double>());
        Assert.Equal(4, json["peak_in_flight"]![0]!.GetValue<int>());
        Assert.Equal(9.0 / 33, json["bubble_fraction"]![0]!.GetValue<double>(), 1e-9);
        Assert.StartsWith("0F0,0F1,0F2,0F3,0B0", Text(json["actions"]![0]));
        Assert.Equal("0F0,0F1,0B0,0B1\n1F0,1F1,1B0,1B1\n", CommandRun.Of("schedule", "gpipe", "--ranks", "2", "--micro-batches", "2", "--format", "csv").Out);
        Assert.StartsWith("<svg", CommandRun.Of("schedule", "gpipe", "--format", "svg").Out);
        Assert.Equal("graphpipe-schedule", Text(CommandRun.Of("schedule", "gpipe", "--format", "json").Json["format"]));
        Assert.Equal(["GP3005"], Fails(2, "schedule", "none"));
        Assert.Equal(["GP8001"], Fails(2, "schedule", "1f1b", "--costs", "1,2"));
        Assert.Equal(["GP3013"], Fails(1, "schedule", "1f1b", "--stages-per-rank", "2").Distinct());
    }

    /// <summary>p = 4: 3(m + p − 1) as 1F1B; p − 1 − r updates are missing on device r, or one everywhere.</summary>
    [Fact]
    public void Asynchronous_schedules_say_how_stale_weights_are()
    {
        var json = Json("schedule", "pipedream", "--micro-batches", "8");
        Assert.Equal(33, json["makespan"]!.GetValue<double>());
        Assert.Equal([3, 2, 1, 0], json["staleness"]!.AsArray().Select(n => n!.GetValue<int>()));
        Assert.Equal([4, 3, 2, 1], json["weight_versions"]!.AsArray().Select(n => n!.GetValue<int>()));
        json = Json("schedule", "pipedream-2bw:8", "--micro-batches", "24");
        Assert.Equal(8, json["update_every"]!.GetValue<int>());
        Assert.All(json["staleness"]!.AsArray(), n => Assert.Equal(1, n!.GetValue<int>()));
        Assert.Contains("an update after every 4 micro-batches; staleness 1 1 1 0 updates, predicted", CommandRun.Of("schedule", "xpipe", "--micro-batches", "16").Out);
        Assert.Equal(["GP3013"], Fails(1, "schedule", "pipedream-2bw:2", "--micro-batches", "8"));
        Assert.Equal(["GP3005"], Fails(2, "schedule", "1f1b:2"));
    }

    [Fact]
    public void Asynchronous_training_is_compiled_trained_and_verified()
    {
        string[] options = ["--devices", "cpu:2", "--stages", "2", "--mini-batch", "16", "--micro-batches", "4", "--schedule", "pipedream"];
        var trained = Json(["train", files.Model, .. options, "--data", "synthetic", "--steps", "8"]);
        Assert.Equal(8, trained["steps"]!.GetValue<long>());
        Assert.Equal(2, trained["steps_run"]!.GetValue<long>());
        Assert.Equal(4, trained["generation"]!.GetValue<long>());
        Assert.Equal([1, 0], trained["stages"]!.AsArray().Select(s => s!["staleness"]!.GetValue<int>()));
        Assert.Equal([2, 1], trained["stages"]!.AsArray().Select(s => s!["weight_versions"]!.GetValue<int>()));
        Assert.All(trained["devices"]!.AsArray(), d => Assert.Equal(d!["predicted_peak_bytes"]!.GetValue<long>(), d["measured_peak_bytes"]!.GetValue<long>()));
        var verified = Json(["verify", files.Model, .. options]);
        Assert.True(verified["bit_equal"]!.GetValue<bool>());
        Assert.True(verified["asynchronous"]!.GetValue<bool>());
        Assert.Equal(["GP8001"], Fails(2, ["verify", files.Model, .. options, "--break-sum-order"]));
    }

    [Fact]
    public void Schedules_take_costs_limits_and_groups()
    {
        // F + I + W = 30: own spans end with the work of 24 micro-batches, no device holds more than 6, and the makespan is above 720 by the first forwards.
        var json = Json("schedule", "zb-h2", "--ranks", "4", "--micro-batches", "24", "--costs", "10,11,9,1", "--in-flight-limit", "1.5p");
        Assert.All(json["peak_in_flight"]!.AsArray(), n => Assert.InRange(n!.GetValue<int>(), 1, 6));
        Assert.All(json["own_span"]!.AsArray(), n => Assert.InRange(n!.GetValue<double>(), 720, 744));
        // p = 4, v = 2, g = 2: 3vm + 2(p - 1) + (v - 1)p/2.
        Assert.Equal(3 * 2 * 8 + 6 + 2, Json("schedule", "gis", "--ranks", "4", "--stages-per-rank", "2", "--group-size", "2")["makespan"]!.GetValue<double>());
        // A pair counts 3 as a sum and 2 as the longer one.
        Assert.Equal(3 * 8 + 1, Json("schedule", "dualpipe", "--micro-batches", "8")["makespan"]!.GetValue<double>());
        Assert.True(Json("schedule", "dualpipe", "--micro-batches", "8", "--overlap", "max")["makespan"]!.GetValue<double>() < 25);
        Assert.Equal("0F0,0SEND_F0,0RECV_B0,0B0\n1RECV_F0,1F0,1B0,1SEND_B0\n", CommandRun.Of("schedule", "1f1b", "--ranks", "2", "--micro-batches", "1", "--communication", "--format", "csv").Out);
        Assert.Equal(["GP3013"], Fails(1, "schedule", "1f1b", "--in-flight-limit", "4"));
        Assert.Equal(["GP8001"], Fails(2, "schedule", "zb-h2", "--in-flight-limit", "some"));
        Assert.Equal(["GP3013"], Fails(1, "schedule", "dualpipe", "--micro-batches", "6"));
    }

    [Fact]
    public void Tables_are_checked_and_timed()
    {
        string file = Path.Combine(Path.GetTempPath(), $"graphpipe-{Guid.NewGuid():N}.csv");
        try
        {
            File.WriteAllText(file, "0F0,0F1,,0B0,0B1\n,1F0,1B0,1F1,1B1\n");
            var json = Json("schedule", file, "--costs", "1,1,1,0.5");
            // 1F0 at 1.5, 1B0 to 4.5, 1F1 and 1B1 to 7.5, 0B1 from 8 to 10.
            Assert.Equal(10, json["makespan"]!.GetValue<double>());
            Assert.Equal([2, 1], json["peak_in_flight"]!.AsArray().Select(n => n!.GetValue<int>()));
            File.WriteAllText(file, "0F0,0B0,0F1,0B1\n1F0,1F1,1B0,1B1\n");
            var stuck = CommandRun.Of("schedule", file, "--json");
            Assert.Equal(1, stuck.ExitCode);
            Assert.Equal("device 0 at 1, 0B0, waits for 1B0; device 1 at 1, 1F1, waits for 0F1", Text(stuck.Json["deadlock"]));
            File.WriteAllText(file, "0F0,0B0\n1F0\n");
            Assert.Equal(["GP3015"], Fails(3, "schedule", file));
            foreach (string nothing in new[] { "", "\n\n", ",,\n", "0UNSHARD\n" })
            {
                File.WriteAllText(file, nothing);
                Assert.Equal(["GP3015"], Fails(3, "schedule", file));
            }

            // Numbers that would ask for more memory than there is.
            File.WriteAllText(file, "0F2147483647,0B2147483647\n");
            Assert.Equal("GP3015", Fails(3, "schedule", file).First());
            File.WriteAllText(file, "2147483647F0,2147483647B0\n");
            Assert.Equal(["GP3015"], Fails(3, "schedule", file));
            File.WriteAllBytes(file, [0x30, 0x46, 0x30, 0x2C, 0xFF, 0xFE, 0x00, 0x01]);
            var binary = CommandRun.Of("schedule", file);
            Assert.Equal(3, binary.ExitCode);
            Assert.Contains("GP3007: it is not a text file", binary.Error, StringComparison.Ordinal);
            File.WriteAllText(file, "0F0,what\n");
            Assert.Equal(["GP3007"], Fails(3, "schedule", file));
        }
        finally
        {
            File.Delete(file);
        }

        Assert.Equal(["GP3007"], Fails(3, "schedule", file));
        string folder = Directory.CreateTempSubdirectory().FullName + ".csv";
        Directory.CreateDirectory(folder);
        Assert.Contains("it is a folder", CommandRun.Of("schedule", folder).Error, StringComparison.Ordinal);
        Directory.Delete(folder);
        foreach (string option in new[] { "--ranks", "--stages-per-rank", "--micro-batches", "--in-flight-limit", "--group-size" })
            Assert.Equal(["GP8001"], Fails(2, "schedule", file, option, "2"));
    }

    [Fact]
    public void Schedules_beyond_all_sizes_are_refused_and_large_ones_can_be_interrupted()
    {
        Assert.Equal(["GP8001"], Fails(2, "schedule", "1f1b", "--ranks", "5001", "--micro-batches", "5000"));
        Assert.Equal(["GP8001"], Fails(2, "schedule", "1f1b", "--costs", "1e308,1,1,0"));
        Assert.Equal(["GP8001"], Fails(2, "simulate", files.Bundle, "--costs", "1e308,1"));
        Assert.Equal(["GP8001"], Fails(2, "simulate", files.Bundle, "--costs", "Infinity,1"));
        Assert.Equal(["GP8001"], Fails(2, "schedule", "1f1b", "--format", "csv"));
        using var interrupt = new CancellationTokenSource();
        interrupt.Cancel();
        foreach (string name in new[] { "1f1b", "chimera", "zb-h2", "zb-v", "hanayo" })
            Assert.Equal(130, CommandRun.Of(interrupt.Token, new StringWriter(), "schedule", name, "--ranks", "1000", "--micro-batches", "10000").ExitCode);
        Assert.Equal(130, CommandRun.Of(interrupt.Token, new StringWriter(), "schedule", "--program", "greedy", "--ranks", "100", "--micro-batches", "1000").ExitCode);
        Assert.Equal(130, CommandRun.Of(interrupt.Token, new StringWriter(), "schedule", "--tune", "--ranks", "100", "--micro-batches", "1000").ExitCode);
    }

    /// <summary>What <c>train</c> measured beside what <c>simulate</c> says of the same bundle: the same actions on the same devices.</summary>
    [Fact]
    public void A_measured_trace_is_laid_over_the_simulated_one()
    {
        string measured = files["measured.json"], planned = files["planned.json"];
        Assert.Equal(0, CommandRun.Of("train", files.Bundle, "--data", files.Data, "--steps", "1", "--trace", measured).ExitCode);
        Assert.Equal(0, CommandRun.Of("simulate", files.Bundle, "--trace", planned).ExitCode);
        var both = Json("trace", measured, planned);
        Assert.Equal(0, both["only_measured"]!.GetValue<int>());
        Assert.Equal(0, both["only_planned"]!.GetValue<int>());
        Assert.Equal(both["devices"]!.AsArray().Sum(d => d!["actions"]!.GetValue<int>()), both["actions"]!.AsArray().Count);
        Assert.All(both["actions"]!.AsArray().Where(a => Text(a!["kind"]) == "FORWARD"), a => Assert.Equal(1, a!["planned_duration"]!.GetValue<double>()));
        Assert.Equal(10, System.Text.RegularExpressions.Regex.Count(CommandRun.Of("trace", measured, planned, "--format", "svg").Out, "cpu:[0-4] (measured|planned)<"));
        Assert.Equal(0, CommandRun.Of("trace", measured, planned, "--format", "perfetto", "-o", files["both.json"]).ExitCode);
        Assert.Equal(10, Json("trace", files["both.json"])["devices"]!.AsArray().Count);
        Assert.Contains("the largest differences", CommandRun.Of("trace", measured, planned).Out, StringComparison.Ordinal);
        Assert.Equal(["GP3016"], Fails(3, "trace", files.Data));
        Assert.Equal(["GP3016"], Fails(3, "trace", files["no-such.json"]));
        File.WriteAllText(files["other.json"], """{ "traceEvents": [] }""");
        Assert.Equal(["GP3016"], Fails(3, "trace", files["other.json"]));
        Assert.Equal(0, CommandRun.Of("schedule", "1f1b", "--trace", files["schedule.json"]).ExitCode);
        Assert.Equal(["GP8001"], Fails(2, "trace", measured, files["schedule.json"]));
        Assert.Equal(["GP8001"], Fails(2, "trace", measured, "--format", "svg"));
    }

    [Fact]
    public void Models_are_listed_and_built()
    {
        Assert.Contains(Json("models", "list")["models"]!.AsArray(), m => Text(m!["name"]) == "dlrm-small");
        Assert.Equal(0, CommandRun.Of("models", "build", "dlrm-small", "-o", files["dlrm.onnx"]).ExitCode);
        // Whole-number inputs stay within their tables.
        Assert.Equal(0, CommandRun.Of("train", files["dlrm.onnx"], "--data", "synthetic", "--steps", "2", "--mini-batch", "8").ExitCode);
        Assert.Equal(["GP8001"], Fails(2, "models", "build", "no-such", "-o", files["x.onnx"]));
        Assert.Equal(["GP8001"], Fails(2, "models", "build", "mmt-small", "colour=red", "-o", files["x.onnx"]));
        Assert.Equal(["GP8001"], Fails(2, "models", "build", "mmt-small"));
    }

    private static JsonObject Json(params string[] args)
    {
        var run = CommandRun.Of([.. args, "--json"]);
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal(0, run.Json["exit_code"]!.GetValue<int>());
        return run.Json;
    }

    private static IEnumerable<string> Fails(int exitCode, params string[] args)
    {
        var run = CommandRun.Of([.. args, "--json"]);
        Assert.True(run.ExitCode == exitCode, $"{run.ExitCode}: {run.Error}");
        return run.Codes;
    }

    private static string Text(JsonNode? node) => node!.GetValue<string>();

    /// <summary>Does something when a text is written.</summary>
    private sealed class Trigger(string text, Action action) : StringWriter
    {
        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            if (value?.Contains(text, StringComparison.Ordinal) == true)
                action();
        }
    }
}
