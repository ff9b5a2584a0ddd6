using System.Text;
using CsCheck;
using GraphPipe.Bundle;
using Xunit;

namespace GraphPipe.Tests.Bundle;

public class PlanTextTests
{
    private const string Small = """
        graphpipe-plan 1
        mini_batch 8
        schedule 1f1b
        mesh cpu:0 cpu:1

        stage branch0 on cpu:0 micro_batch 2 in_flight 4
        stage "the head" on cpu:1 micro_batch 2 in_flight 4

        channel h0 activation f32[N,64] batch(0) from branch0 to "the head" depth 2
        channel w#g parameter_gradient f32[4] from "the head" to branch0 depth 1

        device cpu:0
          FORWARD branch0 mb 0 [0,2)
          SEND h0 mb 0 [0,2)
          RECV "w#g"
          STEP branch0

        device cpu:1
          RECV h0 mb 0 [0,2)
          BACKWARD_INPUT "the head" mb 0 [0,2)
          SEND "w#g"

        """;

    private static string SmallText => Small.Replace("channel w#g", "channel \"w#g\"", StringComparison.Ordinal);

    [Fact]
    public void The_text_is_as_documented()
    {
        var plan = PlanText.Parse(SmallText);
        Assert.Equal(SmallText, PlanText.Write(plan));
        Assert.Equal(8, plan.MiniBatch);
        Assert.Equal(new PlannedStage(new(1), "the head", new(1), 2, 4), plan.Stages[1]);
        Assert.Equal(PlanAction.Send(new(0), new(0), new(0, 2)), plan.Devices[0].Actions[1]);
        Assert.Equal(new PlanAction(ActionKind.Recv, 1, PlanAction.NoMicroBatch, default), plan.Devices[0].Actions[2]);
    }

    [Theory]
    [InlineData("replica 1 of 3", 1, 3, 0)]
    [InlineData("replica 1 of 2 turn 4", 1, 2, 4)]
    public void A_replica_says_which_it_is(string words, int index, int count, int turn)
    {
        string text = SmallText.Replace("branch0 on cpu:0 micro_batch 2 in_flight 4", "branch0 on cpu:0 micro_batch 2 in_flight 4 " + words, StringComparison.Ordinal);
        var plan = PlanText.Parse(text);
        Assert.Equal(new Replica(index, count, turn), plan.Stages[0].Replica);
        Assert.Equal(text, PlanText.Write(plan));
    }

    [Fact]
    public void Every_plan_is_read_back() => BundleSamples.Plan.Sample(plan =>
    {
        string text = PlanText.Write(plan);
        var read = PlanText.Parse(text);
        Assert.Equal(plan.MiniBatch, read.MiniBatch);
        Assert.Equal(plan.Schedule, read.Schedule);
        Assert.Equal(plan.Mesh, read.Mesh);
        Assert.Equal(plan.Stages.AsEnumerable(), read.Stages);
        Assert.Equal(plan.Channels.AsEnumerable(), read.Channels);
        Assert.Equal(plan.Devices.Select(d => d.Device), read.Devices.Select(d => d.Device));
        foreach (var (expected, actual) in plan.Devices.Zip(read.Devices))
            Assert.Equal(expected.Actions.AsEnumerable(), actual.Actions);
        Assert.Equal(text, PlanText.Write(read));
    });

    [Fact]
    public void Lines_may_end_as_on_Windows_and_comments_are_skipped() =>
        Assert.Equal(SmallText, PlanText.Write(PlanText.Parse(SmallText.Replace("\n", "\r\n  // why\r\n", StringComparison.Ordinal))));

    [Theory]
    [InlineData("graphpipe-plan 1", "graphpipe-plan 2", 1, "version")]
    [InlineData("mini_batch 8", "mini_batch 0", 2, "from 1")]
    [InlineData("mini_batch 8", "mini_batch 99999999999999999999", 2, "from 1")]
    [InlineData("mesh cpu:0 cpu:1", "mesh cpu:0 cpu", 4, "no device such as")]
    [InlineData("schedule 1f1b", "schedule 1f1b\nschedule x", 4, "twice")]
    [InlineData("on cpu:0 micro", "on cpu:7 micro", 6, "cpu:7")]
    [InlineData("stage branch0 on", "stage branch0 at", 6, "'on' is expected")]
    [InlineData("in_flight 4\nstage", "in_flight 4 5\nstage", 6, "too much")]
    [InlineData("in_flight 4\nstage", "in_flight 4 replica 2 of 2\nstage", 6, "from 3")]
    [InlineData("micro_batch 2 in_flight 4\nstage", "micro_batch 9223372036854775807 in_flight 4 replica 1 of 2\nstage", 6, "too many")]
    [InlineData("f32[N,64]", "f33[N,64]", 9, "element type")]
    [InlineData("f32[N,64]", "f32[N,64", 9, "end")]
    [InlineData("f32[N,64]", "f32[M,64]", 9, "symbol")]
    [InlineData("batch(0)", "batch(1)", 9, "does not fit")]
    [InlineData("batch(0)", "batch(7)", 9, "outside")]
    [InlineData("batch(0)", "batch(0,9223372036854775807,9223372036854775807)", 9, "does not fit")]
    [InlineData("batch(0)", "batch(0,1)", 9, "no batch layout")]
    [InlineData("activation", "activity", 9, "activity")]
    [InlineData("from branch0", "from nobody", 9, "nobody")]
    [InlineData("FORWARD branch0", "FORWARD #7", 13, "#7")]
    [InlineData("FORWARD branch0", "FORWARD \"the head\"", 13, "not on device 0")]
    [InlineData("FORWARD branch0 mb 0 [0,2)", "FORWARD branch0 mb 0 [0,9)", 13, "within the mini-batch")]
    [InlineData("FORWARD branch0 mb 0 [0,2)", "FORWARD branch0 mb -1 [0,2)", 13, "micro-batch")]
    [InlineData("FORWARD branch0 mb 0 [0,2)", "JUMP branch0 mb 0 [0,2)", 13, "JUMP")]
    [InlineData("SEND h0 mb", "RECV h0 mb", 14, "not on device 0")]
    [InlineData("device cpu:1", "device cpu:0", 18, "two lists")]
    [InlineData("device cpu:1", "stage x on cpu:0 micro_batch 1 in_flight 1", 18, "too late")]
    [InlineData("RECV h0 mb", "RECV \"h0 mb", 19, "does not end")]
    [InlineData("RECV h0 mb", "RECV \"h\\0\" mb", 19, "escape")]
    public void A_fault_is_reported_with_its_line(string good, string bad, int line, string message)
    {
        Assert.Contains(good, SmallText, StringComparison.Ordinal);
        int at = SmallText.IndexOf(good, StringComparison.Ordinal);
        string text = SmallText[..at] + bad + SmallText[(at + good.Length)..];
        var first = Assert.Throws<DiagnosticException>(() => PlanText.Parse(text, "p.txt")).Diagnostics[0];
        Assert.Equal(Codes.PlanMalformed, first.Code);
        Assert.Equal($"p.txt:{line}", first.Location);
        Assert.Contains(message, first.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void All_faulty_lines_are_reported_together()
    {
        string text = SmallText.Replace("[0,2)", "[2,0)", StringComparison.Ordinal);
        Assert.Equal(4, Assert.Throws<DiagnosticException>(() => PlanText.Parse(text)).Diagnostics.Count);
        Fuzz.Refused(Codes.PlanMalformed, () => PlanText.Parse("graphpipe-plan 1\nmini_batch 2\nschedule x\n"));
        Fuzz.Refused(Codes.PlanMalformed, () => PlanText.Parse(""));
    }

    [Fact]
    public void Damage_is_a_diagnostic() =>
        Fuzz.Damage(Encoding.UTF8.GetBytes(SmallText), bytes => PlanText.Parse(Encoding.UTF8.GetString(bytes)), [Codes.PlanMalformed], 5000);
}
