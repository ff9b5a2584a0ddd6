using CsCheck;
using GraphPipe.Bundle;
using GraphPipe.Planning;
using Xunit;

namespace GraphPipe.Tests.Planning;

public class TableScheduleTests
{
    [Theory]
    [InlineData("0F0,0F1,0B0\n1F0,1B0,1F1,1B1\n", 1, "'0B1' is missing")]
    [InlineData("0F0,0F1,0B0,0B1\n1F0,1B0,1F1,1B1,1F1\n", 2, "'1F1' is there twice")]
    [InlineData("0F0,0F1,0B0,0B1\n1B0,1F0,1F1,1B1\n", 2, "'1B0' stands before '1F0'")]
    [InlineData("0F0,0B0,0F1,0B1\n1F0,1I0,1F1,1W1,1I1,1W0\n", 2, "'1W1' stands before '1I1'")]
    [InlineData("0F0,0B0,0F1,0B1\n1F0,1I0,1F1,1I1,1W1\n", 2, "'1W0' is missing")]
    [InlineData("0F0,0B0,0F1,0B1\n1F0,1I0,1B0,1F1,1B1\n", 2, "'1B0' is the whole backward, and there is '1I0' too")]
    [InlineData("0F0,0B0,0F1,1F1\n1F0,1B0,0B1,1B1\n", 1, "'1F1' is of stage 1, which is on line 2 already ('1F0')")]
    [InlineData("0F0,1F1,0B0,1B1\n1F0,0F1,1B1,0B1,1B0\n", 2, "'1B1' is there twice")]
    [InlineData("0F0,1F0,1B0,0B0\n1F1,0F1,0B1,1B1\n2F0,2B0\n2F1,2B1\n", 4, "second copy of the model alone")]
    [InlineData("0F0,1F1,0B0,1B1,0F2,1F2,0B2,1B2\n1F0,0F1,1B0,0B1\n", 1, "'1F2' is not on line 2, where the copy of the model is that this micro-batch began with")]
    [InlineData("0F0,0OFF_SEND_START0,0OFF_SEND_END0,0OFF_RECV_PREP0,0B0,0OFF_RECV_START0,0OFF_RECV_END0\n1F0,1B0\n", 1, "'0OFF_RECV_START0' is not in its place")]
    [InlineData("0F0,0OFF_SEND_START0,0OFF_SEND_END0,0OFF_RECV_PREP0,0OFF_RECV_START0,0B0\n1F0,1B0\n", 1, "'0OFF_RECV_END0' is missing")]
    [InlineData("0F0,0OFF_SEND_START0,0OFF_SEND_START0,0OFF_SEND_END0,0OFF_RECV_PREP0,0OFF_RECV_START0,0B0,0OFF_RECV_END0\n1F0,1B0\n", 1, "'0OFF_SEND_START0' is there twice")]
    [InlineData("0F0,0B0,1OFF_SEND_START0\n1F0,1B0\n", 1, "the forward is on another line")]
    [InlineData("0F0,0B0\n2F0,2B0\n", 2, "there is no stage 1")]
    [InlineData("0F0,0B0\n\n1F0,1B0\n", 2, "no work on the line")]
    [InlineData("0F0,0R0,0B0\n1F0,1B0\n", 1, "'0R0' is not executed")]
    [InlineData("0F0,0B0\n1F0,1X0\n", 2, "'1X0' is no work")]
    public void A_fault_is_told_with_its_line_and_cell(string text, int line, string message)
    {
        var bag = new DiagnosticBag();
        Assert.Null(TableSchedule.Parse("t.csv", "dir/t.csv", text, bag));
        var told = bag.All.Where(d => d.Location == $"dir/t.csv, line {line}").Select(d => d.Message);
        Assert.Contains(told, m => m.Contains(message, StringComparison.Ordinal));
        Assert.All(bag.All, d => Assert.Contains(d.Code, new[] { Codes.ScheduleTableFaulty, Codes.PlanMalformed }));
    }

    // Backwards of stage 0 before those behind it; forwards in a circle through two lines.
    [Theory]
    [InlineData("0F0,0B0,0F1,0B1\n1F0,1F1,1B0,1B1\n", "0 1", "line 1: '0B0' waits for ever for '1B0'; line 2: '1F1' waits for ever for '0F1'")]
    [InlineData("1F0,0F0,0B0,1B0\n2F0,2B0\n", "0 0 1", "line 1: '1F0' waits for ever for '0F0'; line 2: '2F0' waits for ever for '1F0'")]
    public void Lines_that_wait_for_ever_are_told(string text, string lineOf, string expected)
    {
        var bag = new DiagnosticBag();
        int[] lines = [.. lineOf.Split(' ').Select(int.Parse)];
        var table = Tables.Schedule(text);
        Assert.Null(table.Generate(new(Tables.Chain(table.MicroBatches, lines), lines.Max() + 1), bag));
        Assert.Equal(expected, string.Join("; ", bag.All.Select(d => $"{d.Location["t.csv, ".Length..]}: {d.Message}")));
    }

    [Fact]
    public void Branches_need_not_wait_for_each_other()
    {
        // Stages 0 and 1 feed 2, and 0 forwards first though 1 stands first on the line; on a chain 1 would wait for 0.
        var table = Tables.Schedule("1F0,0F0,1B0,0B0\n2F0,2B0\n");
        var bag = new DiagnosticBag();
        var graph = Tables.Chain(1, 0, 0, 1) with { Edges = [(new(0), new(2)), (new(1), new(2))] };
        Assert.NotNull(table.Generate(new(graph, 2), bag));
        Assert.Null(table.Generate(new(Tables.Chain(1, 0, 0, 1), 2), bag));
    }

    [Fact]
    public void Stages_micro_batches_and_places_must_fit()
    {
        var table = Tables.Schedule("0F0,0F1,0B0,0B1\n1F0,1B0,1F1,1B1\n");
        string Refusal(StageGraph graph, int devices)
        {
            var bag = new DiagnosticBag();
            Assert.Null(table.Generate(new(graph, devices), bag));
            Assert.All(bag.All, d => Assert.Equal(Codes.ScheduleUnsuitable, d.Code));
            return string.Join('\n', bag.All);
        }

        Assert.Contains("has 2 micro-batches; stage 0 has 4", Refusal(Tables.Chain(4, 0, 1), 2));
        Assert.Contains("has 2 stages on 2 devices; asked for are 3 on 3", Refusal(Tables.Chain(2, 0, 1, 2), 3));
        Assert.Contains("on different devices, but they are on", Refusal(Tables.Chain(2, 0, 0), 2));
        var bag = new DiagnosticBag();
        Assert.Equal("1F0,1B0,1F1,1B1\n0F0,0F1,0B0,0B1\n", ScheduleCsv.Write(table.Generate(new(Tables.Chain(2, 1, 0), 2), bag)!));
    }

    [Fact]
    public void Tables_of_PyTorch_are_run_as_they_stand()
    {
        string? data = RepositoryRoot.Data;
        Assert.SkipWhen(data is null, "no ../shared/data beside the checkout");
        int run = 0;
        foreach (string file in Directory.GetFiles(Path.Combine(data!, "schedules", "torch"), "*mb*.csv"))
        {
            var bag = new DiagnosticBag();
            string text = File.ReadAllText(file);
            var table = TableSchedule.Parse("t.csv", file, text, bag);
            Assert.True(table is not null, string.Join('\n', bag.All));
            int[] lineOf = [.. Enumerable.Range(0, table.Stages).Select(s => Array.FindIndex(text.Split('\n'), l => $",{l}".Contains($",{s}F0", StringComparison.Ordinal)))];
            Assert.SkipWhen(lineOf.Contains(-1), "");
            var schedule = table.Generate(new(Tables.Chain(table.MicroBatches, lineOf), lineOf.Max() + 1), bag);
            Assert.True(schedule is not null, $"{file}: {string.Join('\n', bag.All)}");
            // What torch sends and receives is left out; all else is as it was.
            var expected = text.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n').Select(l => string.Join(',', l.Split(',').Where(c => !c.Contains('_', StringComparison.Ordinal) || c.EndsWith("OVERLAP_F_B", StringComparison.Ordinal))));
            Assert.Equal(expected, ScheduleCsv.Write(schedule).TrimEnd('\n').Split('\n'));
            run++;
        }

        Assert.True(run > 100, $"{run} tables");
    }

    [Theory]
    [MemberData(nameof(Synchronous))]
    public void A_schedule_of_ours_runs_as_the_table_that_it_prints(string name)
    {
        const int p = 4, m = 8;
        var bag = new DiagnosticBag();
        var schedule = ScheduleTable.Find(name, bag)!;
        int stages = p * (schedule.Traits.Placement is PlacementKind.OneStage or PlacementKind.Bidirectional ? 1 : 2);
        var placement = schedule.Place(stages, p, bag)!;
        var graph = StageGraph.Line(placement, m);
        var order = schedule.Generate(new(graph, p), bag)!;
        var table = TableSchedule.Parse("t.csv", "t.csv", ScheduleCsv.Write(order), bag);
        Assert.True(table is not null, string.Join('\n', bag.All));
        Assert.Equal(ScheduleCsv.Write(order), ScheduleCsv.Write(table.Generate(new(graph, p), bag)!));
        Assert.Equal(InFlight.ResidentOf(order, graph), table.Resident(graph));
        var place = table.Place(stages, p, bag)!;
        Assert.Equal(placement.Copies, place.Copies);
        for (int copy = 0; copy < placement.Copies; copy++)
            Assert.Equal(Enumerable.Range(0, stages).Select(s => placement[new(s), copy]), Enumerable.Range(0, stages).Select(s => place[new(s), copy]));
    }

    public static TheoryData<string> Synchronous => [.. ScheduleTable.Names.Where(n => !ScheduleTable.Find(n, new DiagnosticBag())!.Traits.IsAsynchronous)];

    [Fact]
    public void Tables_that_must_be_refused_are()
    {
        string? data = RepositoryRoot.Data;
        Assert.SkipWhen(data is null, "no ../shared/data beside the checkout");
        // The fault of one lies in its sends and receives, which are not read.
        foreach (string file in Directory.GetFiles(Path.Combine(data!, "schedules", "invalid"), "*.csv").Where(f => !f.Contains("comm_wait", StringComparison.Ordinal)))
        {
            var bag = new DiagnosticBag();
            var table = TableSchedule.Parse("t.csv", file, File.ReadAllText(file), bag);
            if (table is not null)
                Assert.Null(table.Generate(new(Tables.Chain(table.MicroBatches, [.. Enumerable.Range(0, table.Stages)]), table.Stages), bag));
            Assert.NotEmpty(bag.All);
            Assert.All(bag.All, d => Assert.StartsWith(file + ", line ", d.Location));
        }
    }

    [Fact]
    public void Whole_backwards_of_stages_that_split_are_both_parts()
    {
        var schedule = new PipelineSchedule("t", Parse("0F0,0B0,0F1,0I1,0W1\n1F0,1B0,1F1,1B1\n"));
        Assert.Equal([new StageId(0)], SplitBackwards.StagesOf(schedule));
        Assert.Equal("0F0,0I0,0W0,0F1,0I1,0W1\n1F0,1B0,1F1,1B1\n", ScheduleCsv.Write(SplitBackwards.Of(schedule)));
    }

    [Theory]
    [InlineData("0F0,0F1,0B0,0B1\n1F0,1F1,1B0,1B1\n", "0 1")]
    [InlineData("0F0,0F1,0B1,0B0\n1F0,1F1,1B1,1B0\n", "1 0")]
    [InlineData("0F0,0F1,0I0,0I1,0W1,0W0\n1F0,1F1,1I0,1W0,1B1\n", null)]
    [InlineData("0F0,0F1,0I0,0I1,0W1,0W0\n1F0,1F1,1I0,1B1,1W0\n", "1 0")]
    public void Sums_are_taken_in_one_order(string text, string? expected)
    {
        var bag = new DiagnosticBag();
        var order = SumOrder.Of(new PipelineSchedule("t", Parse(text)), Tables.Chain(2, 0, 1), bag);
        Assert.Equal(expected, order is null ? null : string.Join(' ', order.Value.Select(m => m.Index)));
        Assert.Equal(expected is null ? [Codes.SumOrderDiffers] : [], bag.All.Select(d => d.Code));
    }

    [Fact]
    public void Ends_of_a_channel_may_take_micro_batches_in_different_orders()
    {
        // Stage 1 wants micro-batch 1 first, but 0 comes out of the channel before it; its gradients leave in the order 1 0 and are wanted so.
        var plan = Lowered.Of(Tables.Chain(2, 0, 1), Parse("0F0,0F1,0B1,0B0\n1F1,1F0,1B1,1B0\n"));
        Assert.Equal(["RECV 0 mb 0 [0,1)", "RECV 0 mb 1 [1,2)", "FORWARD 1 mb 1 [1,2)", "FORWARD 1 mb 0 [0,1)", "BACKWARD 1 mb 1 [1,2)"], plan.Devices[1].Actions.Take(5).Select(a => a.ToString()));
        Assert.Empty(PlanProof.Check(plan));
    }

    [Fact]
    public void Any_order_that_is_possible_is_taken() => Tables.Any.Sample(text =>
    {
        var table = Tables.Schedule(text);
        int[] lineOf = [.. Enumerable.Range(0, table.Stages).Select(s => Array.FindIndex(text.Split('\n'), l => $",{l}".Contains($",{s}F", StringComparison.Ordinal)))];
        var bag = new DiagnosticBag();
        var graph = Tables.Chain(table.MicroBatches, lineOf);
        var schedule = table.Generate(new(graph, lineOf.Max() + 1), bag);
        Assert.True(schedule is not null, string.Join('\n', bag.All));
        Assert.Equal(text, ScheduleCsv.Write(schedule));
        Assert.NotNull(SumOrder.Of(schedule, graph, bag));
    });

    private static System.Collections.Immutable.ImmutableArray<System.Collections.Immutable.ImmutableArray<ScheduleTask>> Parse(string text) => ScheduleCsv.Parse("t", text, new DiagnosticBag())!.Devices;
}
