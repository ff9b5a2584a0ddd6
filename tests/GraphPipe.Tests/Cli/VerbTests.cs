using System.Text.Json.Nodes;
using Google.Protobuf;
using GraphPipe.Bundle;
using GraphPipe.Onnx;
using GraphPipe.Planning;
using Xunit;
using static GraphPipe.Tests.Cli.CommandAnswers;
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

    [Theory]
    [InlineData("chimera", 1)]
    [InlineData("po-h", 2)]
    [InlineData("zb-v", 2)]
    public void What_schedule_prints_as_a_table_trains(string schedule, int stages)
    {
        string table = files[$"{schedule}.csv"];
        File.WriteAllText(table, CommandRun.Of("schedule", schedule, "--ranks", "2", "--stages-per-rank", $"{stages}", "--micro-batches", "4", "--format", "csv").Out);
        var verified = Json("verify", files.Model, "--devices", "cpu:2", "--mini-batch", "16", "--schedule", table);
        Assert.True(verified["bit_equal"]!.GetValue<bool>());
    }

    [Fact]
    public void Predicted_weights_need_Adam() =>
        Assert.Equal(["GP3013"], Fails(1, ["plan", files.Model, "--devices", "cpu:2", "--stages", "2", "--mini-batch", "16", "--micro-batches", "4", "--schedule", "xpipe"]));

    [Fact]
    public void Asynchronous_training_is_compiled_trained_and_verified()
    {
        string[] options = ["--devices", "cpu:2", "--stages", "2", "--mini-batch", "16", "--micro-batches", "4", "--schedule", "pipedream"];
        var trained = Json(["train", files.Model, .. options, "--data", "synthetic", "--steps", "8"]);
        Assert.Equal(8, trained["steps"]!.GetValue<long>());
        Assert.Equal(8, trained["steps_run"]!.GetValue<long>());
        Assert.Equal(4, trained["generation"]!.GetValue<long>());
        Assert.Equal([1, 0], trained["stages"]!.AsArray().Select(s => s!["staleness"]!.GetValue<int>()));
        Assert.Equal([2, 1], trained["stages"]!.AsArray().Select(s => s!["weight_versions"]!.GetValue<int>()));
        Assert.All(trained["devices"]!.AsArray(), d => Assert.Equal(d!["predicted_peak_bytes"]!.GetValue<long>(), d["measured_peak_bytes"]!.GetValue<long>()));
        var verified = Json(["verify", files.Model, .. options]);
        Assert.True(verified["bit_equal"]!.GetValue<bool>());
        Assert.True(verified["asynchronous"]!.GetValue<bool>());
        Assert.Equal(["GP8001"], Fails(2, ["verify", files.Model, .. options, "--break-sum-order"]));
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
