using GraphPipe.Bundle;
using Xunit;

namespace GraphPipe.Tests.Cli;

/// <summary><c>--offload</c> and <c>--host-memory</c>, from the plan to the trained bundle.</summary>
public sealed class OffloadVerbTests(CommandFiles files) : IClassFixture<CommandFiles>
{
    private string[] Options(params ReadOnlySpan<string> more) =>
        [files.Model, "--devices", "cpu:2", "--stages", "2", "--mini-batch", "16", "--micro-batches", "8", "--schedule", "gpipe", .. more];

    [Fact]
    public void Plan_draws_memory_with_copies_and_without()
    {
        var json = CommandRun.Of(["plan", .. Options("--offload", "full", "--json")]).Json;
        Assert.All(json["memory_curves"]!.AsArray(), device =>
        {
            long peak = device!["peak_bytes"]!.GetValue<long>(), without = device["without"]!["peak_bytes"]!.GetValue<long>();
            Assert.InRange(peak, 1, without - 1);
            Assert.True(device["host_peak_bytes"]!.GetValue<long>() > 0);
            Assert.Equal(peak, device["points"]!.AsArray().Max(p => p![1]!.GetValue<long>()));
            double[] times = [.. device["points"]!.AsArray().Select(p => p![0]!.GetValue<double>())];
            Assert.Equal(times.Order(), times);
        });
        var text = CommandRun.Of(["plan", .. Options("--offload", "full")]);
        Assert.Equal(2, text.Out.Split('\n').Count(line => line.Contains('█', StringComparison.Ordinal) && line.Contains("cpu:", StringComparison.Ordinal)));
        Assert.False(CommandRun.Of(["plan", .. Options("--json")]).Json.ContainsKey("memory_curves"));
    }

    /// <summary>A table says itself what goes to the host: here one activation of two on the first device, and none on the second.</summary>
    [Fact]
    public void Plan_draws_the_memory_of_a_table_with_copies()
    {
        string[] Plan(string name, string table)
        {
            File.WriteAllText(files[name], table);
            return ["plan", files.Model, "--devices", "cpu:2", "--mini-batch", "16", "--schedule", files[name]];
        }

        const string second = "\n1F0,1B0,1F1,1B1\n";
        string[] with = Plan("copies.csv", "0F0,0OFF_SEND_START0,0OFF_SEND_END0,0F1,0OFF_RECV_PREP0,0OFF_RECV_START0,0B0,0OFF_RECV_END0,0B1" + second);
        var curves = CommandRun.Of([.. with, "--json"]).Json["memory_curves"]!.AsArray();
        long[] host = [.. curves.Select(device => device!["host_peak_bytes"]!.GetValue<long>())];
        Assert.True(host[0] > 0);
        Assert.Equal(0, host[1]);
        Assert.Contains("memory over a mini-batch", CommandRun.Of(with).Out, StringComparison.Ordinal);
        Assert.False(CommandRun.Of([.. Plan("none.csv", "0F0,0F1,0B0,0B1" + second), "--json"]).Json.ContainsKey("memory_curves"));
    }

    [Theory]
    [InlineData("plan")]
    [InlineData("compile")]
    public void Too_little_host_memory_is_the_answer_no(string verb)
    {
        string[] output = verb == "compile" ? ["-o", files["never.gpb"]] : [];
        var run = CommandRun.Of([verb, .. Options("--offload", "full", "--host-memory", "1KiB", "--json"), .. output]);
        Assert.Equal(1, run.ExitCode);
        Assert.All(run.Codes, code => Assert.Equal(Codes.PlanOverHostMemory, code));
        Assert.NotEmpty(run.Codes);
        Assert.False(File.Exists(files["never.gpb"]));
    }

    /// <summary>Two devices and the schedule gpipe: each device forwards all, then backwards all. With copies that are longer than all work the first copy out and the last one back are waited for.</summary>
    [Fact]
    public void A_bundle_is_simulated_with_its_copies()
    {
        string bundle = files["offloaded.gpb"], trace = files["offloaded.json"];
        Assert.Equal(0, CommandRun.Of(["compile", .. Options("--offload", "full", "-o", bundle)]).ExitCode);
        double Time(string costs) => CommandRun.Of("simulate", bundle, "--costs", costs, "--json").Json["iteration_us"]!.GetValue<double>();
        // 8 micro-batches of F + B on each device, and one more to fill and drain.
        Assert.Equal(9 * 30, Time("10,20,0"));
        Assert.Equal(Time("10,20,15"), Time("10,20"));
        Assert.InRange(Time("10,20,1000"), 2 * 1000, double.PositiveInfinity);
        var text = CommandRun.Of("simulate", bundle, "--costs", "10,20,10", "--trace", trace);
        Assert.Contains("\n  out | ", text.Out, StringComparison.Ordinal);
        Assert.Contains("\n   in | ", text.Out, StringComparison.Ordinal);
        Assert.Contains("\n  out | ", CommandRun.Of("trace", trace).Out, StringComparison.Ordinal);
        Assert.Contains(">copy to the host<", CommandRun.Of("simulate", bundle, "--costs", "10,20,10", "--format", "svg").Out, StringComparison.Ordinal);
        foreach (string wrong in new[] { "1", "1,2,3,4", "1,2,-1", "1,,2", "1,2,x" })
            Assert.Equal(2, CommandRun.Of("simulate", bundle, "--costs", wrong).ExitCode);
    }

    /// <summary>Losses of every step are those of the same model without copies.</summary>
    [Fact]
    public void Training_has_the_same_losses()
    {
        string Losses(string choice)
        {
            string log = files[$"{choice}.jsonl"];
            Assert.Equal(0, CommandRun.Of(["train", .. Options("--offload", choice, "--data", files.Data, "--steps", "3", "--log", log)]).ExitCode);
            return string.Join('\n', File.ReadAllLines(log).Select(l => System.Text.Json.Nodes.JsonNode.Parse(l)!["loss"]?.ToJsonString()));
        }

        string expected = Losses("none");
        Assert.Contains('.', expected);
        Assert.Equal(expected, Losses("full"));
        Assert.Equal(expected, Losses("auto"));
    }
}
