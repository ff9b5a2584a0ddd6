using CsCheck;
using GraphPipe.Bundle;
using GraphPipe.Planning;
using Xunit;

namespace GraphPipe.Tests.Planning;

public class ScheduleProgramTests
{
    /// <summary>Tables that are themselves checked against those of others (<see cref="ScheduleReferenceTests"/>), work for work.</summary>
    [Theory]
    [InlineData("1f1b", 1)]
    [InlineData("interleaved", 1)]
    [InlineData("interleaved", 2)]
    [InlineData("interleaved", 3)]
    [InlineData("zb-h1", 1)]
    [InlineData("zb-h1", 2)]
    [InlineData("zb-h1", 3)]
    [InlineData("zb-v", 2)]
    [InlineData("dualpipe", 1)]
    public void Shipped_programs_equal_the_tables(string name, int stagesPerDevice)
    {
        int compared = 0, refused = 0;
        var program = ShippedPrograms.Find(name)!;
        for (int devices = 2; devices <= 16; devices++)
        {
            for (int microBatches = 1; microBatches <= 64; microBatches++)
            {
                var bag = new DiagnosticBag();
                if (ScheduleTable.Find(name, bag)!.Place(devices * stagesPerDevice, devices, bag) is null)
                {
                    Assert.Null(program.Place(devices * stagesPerDevice, devices, bag));
                    continue;
                }

                var request = new ScheduleRequest(ScheduleData.Line(name, devices, stagesPerDevice, microBatches), devices);
                var table = ScheduleTable.Find(name, bag)!.Generate(request, bag);
                var ours = program.Generate(request, bag);
                Assert.Equal(table is null, ours is null);
                if (table is null)
                {
                    refused++;
                    continue;
                }

                compared++;
                Assert.Equal(ScheduleCsv.Write(table), ScheduleCsv.Write(ours!));
            }
        }

        Assert.True(compared >= 100, $"{compared} compared, {refused} refused");
    }

    /// <summary>1F1B comes out of its limit and the priority of backwards, where a backward takes as long as a forward or longer.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Priorities_within_a_limit_make_1F1B(double backward)
    {
        var program = Parse("place one\nlimit depth\nrest: B | F\n");
        for (int devices = 1; devices <= 16; devices++)
        {
            for (int microBatches = 1; microBatches <= 64; microBatches += 3)
            {
                var costs = ScheduleCosts.Even(devices, new(1, backward / 2, backward / 2), 0);
                var request = new ScheduleRequest(ScheduleData.Line("1f1b", devices, 1, microBatches), devices) { Costs = costs };
                Assert.Equal(ScheduleCsv.Write(ScheduleData.Generate("1f1b", devices, 1, microBatches)), ScheduleCsv.Write(program.Generate(request, new DiagnosticBag())!));
            }
        }
    }

    /// <summary>By hand: a device with two stages whose turns are two micro-batches, of five; backwards from the last stage.</summary>
    [Fact]
    public void Turns_go_from_stage_to_stage()
    {
        var rows = Line("place loop\nturn 2\nrest: F\nrest: B\n", 1, 2, 5);
        Assert.Equal("0F0,0F1,1F0,1F1,0F2,0F3,1F2,1F3,0F4,1F4,1B0,1B1,0B0,0B1,1B2,1B3,0B2,0B3,1B4,0B4\n", rows);
    }

    /// <summary>By hand, F = I = W = 1: device 1 ends 1F0 at 2, when 1F1 and 1I0 are both ready, and at 3 has the choice between 1W0 and the next forward.</summary>
    [Theory]
    [InlineData("I | F | W", "0F0,0F1,0F2,0I0,0W0,0I1,0W1,0I2,0W2\n1F0,1I0,1F1,1I1,1F2,1I2,1W0,1W1,1W2\n")]
    [InlineData("I | W | F", "0F0,0F1,0F2,0I0,0W0,0I1,0W1,0I2,0W2\n1F0,1I0,1W0,1F1,1I1,1W1,1F2,1I2,1W2\n")]
    [InlineData("F | I | W", "0F0,0F1,0F2,0I0,0I1,0I2,0W0,0W1,0W2\n1F0,1F1,1F2,1I0,1I1,1I2,1W0,1W1,1W2\n")]
    public void The_first_that_is_ready_is_run(string items, string expected) => Assert.Equal(expected, Line($"place one\nrest: {items}\n", 2, 1, 3));

    [Theory]
    [InlineData("7 / 2", 3)]
    [InlineData("(1 - 8) / 2", -4)]
    [InlineData("(1 - 8) % 2", 1)]
    [InlineData("8 - 3 - 2", 3)]
    [InlineData("8 - (3 - 2)", 7)]
    [InlineData("2 + 3 * 4 % 5", 4)]
    [InlineData("12 / 2 / 3", 2)]
    [InlineData("12 / (2 * 3)", 2)]
    [InlineData("max(p - r, min(m, 2)) * v", 6)]
    [InlineData("m/p+depth", 9)]
    public void Formulas_are_arithmetic(string formula, long expected)
    {
        var values = new Dictionary<string, long> { ["p"] = 4, ["r"] = 1, ["m"] = 24, ["v"] = 2, ["depth"] = 3 };
        var program = Parse($"place one\nlet x = {formula}\nrest: F B\n").Program;
        Assert.Equal(expected, program.Lets[0].Value.Value(values));
        // The text means the same.
        Assert.Equal(expected, Parse(program.ToString()).Program.Lets[0].Value.Value(values));
    }

    [Theory]
    [InlineData("place one\nrest: F Q\n", "line 2, column 9", "expected work, not 'Q'")]
    [InlineData("place one\nrest: F |\n", "line 2, column 10", "expected work, not the end of the line")]
    [InlineData("place one\nrest:\n", "line 2, column 6", "expected work, not the end of the line")]
    [InlineData("place ring\nrest: F B\n", "line 1, column 7", "expected a placement, not 'ring'")]
    [InlineData("place one\nq: F B\n", "line 2, column 1", "expected a number, not 'q'")]
    [InlineData("place one\n2 * (p - 1: F\n", "line 2, column 11", "expected ')', not ':'")]
    [InlineData("place one\nmin(p; 1): F\n", "line 2, column 6", "expected ',', not ';'")]
    [InlineData("place one\nneed m % 2\nrest: F B\n", "line 2, column 11", "expected a comparison, not the end of the line")]
    [InlineData("place one\nlet p = 2\nrest: F B\n", "line 2, column 5", "'p' has a meaning already")]
    [InlineData("place one\nlet F = 2\nrest: F B\n", "line 2, column 5", "expected a name, not 'F'")]
    [InlineData("place one\nrest: F B\nlimit p\n", "line 3, column 1", "'limit' stands behind a step")]
    [InlineData("place one\nplace one\nrest: F B\n", "line 2, column 1", "there is a 'place' already")]
    [InlineData("place one extra\nrest: F B\n", "line 1, column 11", "expected the end of the line, not 'extra'")]
    [InlineData("place one\nrest: B+F\n", "line 2, column 8", "'B' and 'F' can't be issued together")]
    [InlineData("place one\n2p: F\n", "line 2, column 1", "'2p' is no number")]
    [InlineData("place one\n99999999999999999999: F\n", "line 2, column 1", "'99999999999999999999' is no number")]
    [InlineData("rest: F B\n", "", "does not say where stages live")]
    [InlineData("place one\n# only words\n", "", "has no steps")]
    public void Faults_are_told_with_their_place(string text, string place, string message)
    {
        var bag = new DiagnosticBag();
        Assert.Null(ProgramSchedule.Parse("t.sched", "dir/t.sched", text, bag));
        var fault = Assert.Single(bag.All);
        Assert.Equal(Codes.ScheduleProgramFaulty, fault.Code);
        Assert.Equal(place.Length > 0 ? $"dir/t.sched, {place}" : "dir/t.sched", fault.Location);
        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
        Assert.NotEmpty(fault.Advice);
    }

    [Fact]
    public void Every_wrong_line_is_told_and_brackets_end()
    {
        var bag = new DiagnosticBag();
        Assert.Null(ProgramSchedule.Parse("t", "t", $"place x\nneed 1\nrest F\n{new string('(', 100_000)}: F\n", bag));
        Assert.Equal(4, bag.All.Count);
    }

    [Theory]
    [InlineData("place one\nrest: F\n", "GP3033", "line 2", "device 0 is through the steps, and '0B0' is not done")]
    [InlineData("place one\nlimit 1\nrest: F\nrest: B\n", "GP3033", "line 3", "device 0 holds 1 activations, and '0F1' would be beyond the limit")]
    [InlineData("place one\nrest: B F\n", "GP3033", "line 2", "on device 0 '0B0' waits for ever for '0F0'")]
    [InlineData("place one\nrest: F B1\n", "GP3033", "line 2", "'B1' is of stage 1 of its device, and device 0 has 1")]
    [InlineData("place one\nm / r: F\nrest: F B\n", "GP3033", "line 2", "a division by zero on device 0")]
    [InlineData("place one\nlet x = 9000000000000000000 * p\nrest: F B\n", "GP3033", "line 2", "a number beyond 64 bits on device 0")]
    [InlineData("place loop\nturn 0 - r\nrest: F B\n", "GP3033", "", "a turn of 0 micro-batches on device 0")]
    [InlineData("place one\nneed m % 2 = 0\nrest: F B\n", "GP3013", "line 2", "needs m % 2 = 0 on every device; there are 3 micro-batches of 2 stages on 2 devices")]
    [InlineData("place two\nrest: F B\n", "GP3013", null, "two copies of the model; there are 3")]
    public void What_can_not_be_run_is_told(string text, string code, string? line, string message)
    {
        var bag = new DiagnosticBag();
        var program = Parse(text);
        Assert.Null(program.Generate(Request(program, 2, 1, 3), bag));
        Assert.Equal(code, bag.All[0].Code);
        Assert.Equal(line switch { null => "", "" => "t.sched", _ => $"t.sched, {line}" }, bag.All[0].Location);
        Assert.Contains(message, bag.All[0].Message, StringComparison.Ordinal);
    }

    /// <summary>Two branches that meet: stages at one depth hold as much, and the order is that of the schedule for graphs.</summary>
    [Fact]
    public void Depth_is_that_of_the_graph()
    {
        var graph = Tables.Chain(8, 0, 1, 2, 3) with { Edges = [(new(0), new(3)), (new(1), new(2)), (new(2), new(3))] };
        var bag = new DiagnosticBag();
        Assert.Equal(
            ScheduleCsv.Write(ScheduleTable.Find("1f1b", bag)!.Generate(new(graph, 4), bag)!), ScheduleCsv.Write(ShippedPrograms.Find("1f1b")!.Generate(new(graph, 4), bag)!));
        Assert.Equal([2L, 3L, 2L, 1L], ShippedPrograms.Find("1f1b")!.Resident(graph));
    }

    /// <summary>Whatever a program says, on any costs: an order that devices can run within the limit, or a diagnostic; and its text is the same program.</summary>
    [Fact]
    public void Any_program_makes_an_order_or_says_why_not()
    {
        int orders = 0;
        Gen.Select(AnyProgram, Gen.Int[1, 4], Gen.Int[1, 6], Gen.Double[0, 3], Gen.Double[0, 2]).Sample((text, devices, microBatches, backward, message) =>
        {
            var program = Parse(text);
            Assert.Equal(program.Program.ToString(), Parse(program.Program.ToString()).Program.ToString());
            int perDevice = program.Program.Placement is PlacementKind.V or PlacementKind.Wave or PlacementKind.Loop ? 2 : 1;
            var bag = new DiagnosticBag();
            if (program.Place(devices * perDevice, devices, bag) is null)
                return;
            var costs = ScheduleCosts.Even(devices * perDevice, new(1, backward, 1), message);
            var schedule = program.Generate(Request(program, devices, perDevice, microBatches) with { Costs = costs, InFlightLimit = 5 }, bag);
            Assert.Equal(schedule is null, bag.HasErrors);
            if (schedule is null)
                return;
            Interlocked.Increment(ref orders);
            ScheduleData.AssertValid(schedule, devices * perDevice);
            Assert.All(ScheduleData.Simulate(schedule).Devices, d => Assert.InRange(d.PeakInFlight, 0, 5));
        }, iter: 3000);
        Assert.True(orders > 100, $"{orders} orders");
    }

    private static readonly Gen<string> AnyWork =
        from kind in OneOf("F", "B", "I", "W")
        from stage in OneOf("", "", "0", "1")
        select kind + stage;

    private static readonly Gen<string> AnyItem = Gen.OneOf(
        AnyWork,
        AnyWork.Array[2, 4].Select(w => string.Join(" | ", w)),
        OneOf("F+B", "F0+B1", "F1+B0", "F B", "I W"));

    private static readonly Gen<string> AnyProgram =
        from placement in OneOf("one", "loop", "v", "wave", "two")
        from head in OneOf("", "turn 2\n", "limit p + 1\n", "let k = min(m, 3)\nturn k\n")
        from steps in Gen.Select(OneOf("p - r", "r", "2", "m / 2 - r", "rest"), AnyItem.Array[1, 4], (c, i) => $"{c}: {string.Join(' ', i)}\n").Array[0, 4]
        from last in OneOf("rest: B | F | W\n", "rest: F I W\n", "rest: F\nrest: B W\n", "rest: I | F | W\n")
        select $"place {placement}\n{head}{string.Concat(steps)}{last}";

    private static Gen<string> OneOf(params string[] texts) => Gen.Int[0, texts.Length - 1].Select(i => texts[i]);

    private static ProgramSchedule Parse(string text)
    {
        var bag = new DiagnosticBag();
        var program = ProgramSchedule.Parse("t.sched", "t.sched", text, bag);
        Assert.True(program is not null, text + string.Join('\n', bag.All));
        return program;
    }

    private static ScheduleRequest Request(ProgramSchedule program, int devices, int perDevice, int microBatches) =>
        new(StageGraph.Line(program.Place(devices * perDevice, devices, new DiagnosticBag())!, microBatches), devices);

    private static string Line(string text, int devices, int perDevice, int microBatches)
    {
        var program = Parse(text);
        var bag = new DiagnosticBag();
        var schedule = program.Generate(Request(program, devices, perDevice, microBatches), bag);
        Assert.True(schedule is not null, string.Join('\n', bag.All));
        return ScheduleCsv.Write(schedule);
    }
}
