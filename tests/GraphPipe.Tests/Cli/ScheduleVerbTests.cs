using GraphPipe.Planning;
using Xunit;
using static GraphPipe.Tests.Cli.CommandAnswers;

namespace GraphPipe.Tests.Cli;

/// <summary><c>schedule</c>.</summary>
public sealed class ScheduleVerbTests(CommandFiles files) : IClassFixture<CommandFiles>
{
    [Fact]
    public void A_file_for_another_verb_says_which()
    {
        File.WriteAllText(files["order.csv"], CommandRun.Of("schedule", "1f1b", "--ranks", "2", "--micro-batches", "4", "--format", "csv").Out);
        Assert.Contains($"graphpipe schedule {files["order.csv"]}", Advice(2, "simulate", files["order.csv"]), StringComparison.Ordinal);
        Assert.Contains("schedule --program greedy", Advice(2, "schedule", "greedy"), StringComparison.Ordinal);
        Assert.Contains("schedule --program mine.sched", Advice(2, "schedule", "mine.sched"), StringComparison.Ordinal);
        // What runs after every micro-batch in a schedule runs once by its table, and that is said.
        var printed = CommandRun.Of("schedule", "pipedream", "--format", "csv");
        Assert.Equal(0, printed.ExitCode);
        Assert.Contains("GP3013", printed.Error, StringComparison.Ordinal);

        static string Advice(int exit, params string[] args)
        {
            var run = CommandRun.Of(args);
            Assert.Equal(exit, run.ExitCode);
            return run.Error;
        }
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
        Assert.Equal(tuned["program_makespan"]!.GetValue<double>(), Json("schedule", "--program", files["tuned.sched"], "--ranks", "2", "--micro-batches", "4", "--costs", "1,1,1,0")["makespan"]!.GetValue<double>());
        // An order of work that no program makes is kept as a table.
        string[] tune = ["schedule", "--tune", "--micro-batches", "12", "--costs", "10,10,20,3", "--in-flight-limit", "3", "--candidates", "100", "--one-copy"];
        var order = Json(tune);
        Assert.True(order["makespan"]!.GetValue<double>() < order["program_makespan"]!.GetValue<double>());
        File.WriteAllText(files["tuned.csv"], CommandRun.Of([.. tune, "--format", "csv"]).Out);
        Assert.Equal(order["makespan"]!.GetValue<double>(), Json("schedule", files["tuned.csv"], "--costs", "10,10,20,3")["makespan"]!.GetValue<double>());
        Assert.Contains("an order of work, kept with --format csv", CommandRun.Of(tune).Out, StringComparison.Ordinal);
        Assert.Equal(["GP3005"], Fails(2, "schedule", "--program", "none"));
        Assert.Equal(["GP3007"], Fails(3, "schedule", "--program", files["none.sched"]));
        Assert.Equal(["GP3013"], Fails(1, "schedule", "--tune", "--stages-per-rank", "2", "--in-flight-limit", "1", "--candidates", "50"));
        Assert.Equal(["GP8001"], Fails(2, "schedule"));
        Assert.Equal(["GP8001"], Fails(2, "schedule", "1f1b", "--tune"));
        Assert.Equal(["GP8001"], Fails(2, "schedule", "1f1b", "--format", "program"));
        Assert.Equal(["GP8001"], Fails(2, "schedule", "1f1b", "--candidates", "3"));
        Assert.Equal(["GP8001"], Fails(2, "schedule", "1f1b", "--one-copy"));
        Assert.Equal(["GP8001"], Fails(2, "schedule", "--tune", "--group-size", "3"));
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
        foreach (string[] order in new string[][] { ["po-h", "--ranks", "4", "--stages-per-rank", "2"], ["gis", "--ranks", "2", "--stages-per-rank", "2", "--recompute-chunks", "1"] })
        {
            // With messages that take no time the same work takes as long as without.
            string[] schedule = ["schedule", .. order, "--micro-batches", "8"];
            Assert.Equal(Json(schedule)["makespan"]!.GetValue<double>(), Json([.. schedule, "--communication"])["makespan"]!.GetValue<double>());
        }

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
            Assert.Equal("GP3008", Text(stuck.Json["diagnostics"]![0]!["code"]));
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
            foreach (string stray in new[] { "2147483647UNSHARD", "0SEND_F2147483647", "0OFF_SEND_START7" })
            {
                File.WriteAllText(file, $"0F0,0B0,{stray}\n");
                Assert.Equal(["GP3015"], Fails(3, "schedule", file));
            }

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
}
