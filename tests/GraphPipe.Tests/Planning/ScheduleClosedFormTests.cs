using CsCheck;
using GraphPipe.Planning;
using Xunit;

namespace GraphPipe.Tests.Planning;

/// <summary>What the papers promise, over sizes; F = I = W = 1 and messages that take no time unless said.</summary>
public class ScheduleClosedFormTests
{
    private static readonly Gen<(int P, int V, int Rounds)> s_sizes = Gen.Select(Gen.Int[2, 16], Gen.Int[1, 4], Gen.Int[1, 4], (p, v, rounds) => (p, v, rounds));

    [Fact]
    public void Interleaved() => s_sizes.Sample(s =>
    {
        var (p, v, m) = (s.P, s.V, s.P * s.Rounds);
        var timeline = Valid("interleaved", p, v, m);
        Assert.Equal(3 * (v * m + p - 1), timeline.Makespan);
        Assert.Equal(Enumerable.Range(0, p).Select(r => Math.Min(v * m, (v - 1) * p + 2 * (p - 1 - r) + 1)), Peaks(timeline));
    }, iter: 40);

    [Fact]
    public void BreadthFirst() => s_sizes.Sample(s =>
    {
        int m = s.P + s.Rounds;
        var timeline = Valid("breadth-first", s.P, s.V, m);
        Assert.Equal(3 * (s.V * m + s.P - 1), timeline.Makespan);
        Assert.All(Peaks(timeline), peak => Assert.Equal(s.V * m, peak));
    }, iter: 40);

    [Fact]
    public void ZeroBubbleH1() => s_sizes.Sample(s => Assert.Equal(3 * s.V * s.P * s.Rounds + s.P - 1, Valid("zb-h1", s.P, s.V, s.P * s.Rounds).Makespan), iter: 40);

    [Fact]
    public void ZeroBubbleV() => Gen.Select(Gen.Int[2, 16], Gen.Int[0, 32]).Sample((p, more) =>
    {
        int m = 2 * p - 1 + more;
        var timeline = Valid("zb-v", p, 2, m);
        Assert.Equal(6 * m + p - 1, timeline.Makespan);
        Assert.All(timeline.Devices, d => Assert.Equal(6 * m, d.OwnSpan));
        if (m >= 2 * p)
            Assert.All(Peaks(timeline), peak => Assert.Equal(2 * p, peak));
    }, iter: 40);

    [Fact]
    public void DualPipeV() => Gen.Select(Gen.Int[2, 16], Gen.Int[0, 32]).Sample((p, more) =>
    {
        int m = 2 * p + more;
        var timeline = Valid("dualpipe-v", p, 2, m);
        Assert.Equal(6 * m + p - 1, timeline.Makespan);
        Assert.All(Peaks(timeline), peak => Assert.Equal(2 * p + 1, peak));
        // A pair as one block of max(F, B) = 2: the repository's bubble, (S/2 − 1)(X + B − 3W) with S = 2p stages.
        var blocks = ScheduleData.Simulate(ScheduleData.Generate("dualpipe-v", p, 2, m), overlap: OverlapMode.Max);
        Assert.Equal(p - 1, blocks.Devices.Max(d => blocks.Makespan - d.Busy));
    }, iter: 40);

    [Fact]
    public void DualPipe() => Gen.Select(Gen.Int[1, 8], Gen.Int[0, 16]).Sample((half, more) =>
    {
        int p = 2 * half, m = 2 * p + 2 * more;
        var timeline = Valid("dualpipe", p, 1, m);
        Assert.Equal(3 * m + half - 1, timeline.Makespan);
        Assert.All(Peaks(timeline), peak => Assert.Equal(p + 1, peak));
    }, iter: 40);

    [Fact]
    public void Chimera() => Gen.Select(Gen.Int[1, 8], Gen.Int[1, 2]).Sample((half, blocks) =>
    {
        int d = 2 * half, n = blocks * d;
        var order = ScheduleData.Generate("chimera", d, 1, n);
        ScheduleData.AssertValid(order, d);
        // F = B: the two parts of the backward together.
        var even = ScheduleData.Simulate(order, f: 2, i: 1, w: 1);
        Assert.Equal(2.0 * (2 * n + d - 2), even.Makespan);
        Assert.Equal(Enumerable.Range(0, d).Select(r => half + 1 + Math.Min(r, d - 1 - r)), Peaks(even));
        if (blocks == 1)
            Assert.Equal(d * 1 + (2 * d - 2) * 2, ScheduleData.Simulate(order).Makespan);
    }, iter: 40);

    [Fact]
    public void GroupedInterleaved() => s_sizes.Sample(s =>
    {
        var (p, v, m) = (s.P, s.V, s.P * s.Rounds);
        var whole = Valid("gis", p, v, m);
        Assert.Equal(3 * v * m + 2 * (p - 1), whole.Makespan);
        Assert.Equal(Enumerable.Range(0, p).Select(r => Math.Min(v * m, p * (v - 1) + p - r)), Peaks(whole));
        if (p % 2 == 0)
        {
            var half = Valid("gis-h", p, v, m);
            Assert.Equal(3 * v * m + 2 * (p - 1) + (v - 1) * p / 2, half.Makespan);
            Assert.Equal(Enumerable.Range(0, p).Select(r => Math.Min(v * m, p / 2 * (v - 1) + p - r)), Peaks(half));
        }
    }, iter: 40);

    /// <summary>2p activations leave no device idle between its first and its last work; p leave p − 1 units, the paper's third of 1F1B's bubble.</summary>
    [Fact]
    public void ZeroBubbleH2() => Gen.Select(Gen.Int[2, 8], Gen.Int[0, 4]).Sample((p, more) =>
    {
        int m = 2 * p + more;
        var free = Valid("zb-h2", p, 1, m);
        Assert.Equal(3 * m, free.LongestOwnSpan);
        Assert.Equal(3 * m + p - 1, free.Makespan);
        Assert.InRange(Peaks(free).Max(), 1, 2 * p);
        var lean = Valid("zb-h2", p, 1, m, r => r with { InFlightLimit = p });
        Assert.Equal(3 * m + p - 1, lean.Makespan);
        Assert.InRange(Peaks(lean).Max(), 1, p);
    }, iter: 8);

    /// <summary>Memory of arXiv 2405.15362 (in half-size activations), and what the makespan must at least be.</summary>
    [Fact]
    public void ControllableMemory() => Gen.Select(Gen.Int[2, 9], Gen.Int[1, 20]).Sample((p, m) =>
    {
        foreach (var (name, limit) in new[] { ("v-half", 2 * ((p + 2) / 2)), ("v-min", 2 * ((p + 4) / 3)) })
        {
            var timeline = Valid(name, p, 2, m);
            // All of the limit where there are micro-batches enough, for a bubble that is no longer than 1F1B's.
            Assert.Equal(m >= 2 * p ? limit : Math.Min(limit, Peaks(timeline).Max()), Peaks(timeline).Max());
            Assert.InRange(timeline.LongestOwnSpan, 6 * m, 6 * (m + p - 1));
        }
    }, iter: 8);

    [Fact]
    public void BaPipe() => Gen.Select(Gen.Int[2, 16], Gen.Int[0, 32]).Sample((p, more) =>
    {
        int m = 2 * p + more;
        // One slot for a forward and a backward at once: F = B = 2.
        var parallel = ScheduleData.Simulate(ScheduleData.Generate("fbp-as", p, 1, m), f: 2, i: 1, w: 1, overlap: OverlapMode.Max);
        Assert.Equal(2 * (m + 2 * p - 1), parallel.Makespan);
        Assert.Equal(Enumerable.Range(0, p).Select(r => 2 * (p - r)), Peaks(parallel));
        Assert.Equal(Enumerable.Range(0, p).Select(r => 2 * (p - r)), Peaks(Valid("1f1b-so", p, 1, m)));
    }, iter: 40);

    /// <summary>Recomputation holds nothing of a micro-batch between its two forwards.</summary>
    [Fact]
    public void Recomputation_holds_one_activation_at_most() => s_sizes.Sample(s =>
    {
        var timeline = ScheduleData.Simulate(ScheduleData.Generate("gis", s.P, s.V, s.P * s.Rounds, r => r with { RecomputedChunks = s.V }));
        Assert.All(Peaks(timeline), peak => Assert.Equal(1, peak));
        Assert.All(timeline.Devices, d => Assert.Equal(4 * s.V * s.P * s.Rounds, d.Busy));
    }, iter: 20);

    private static IEnumerable<int> Peaks(ScheduleTimeline timeline) => timeline.Devices.Select(d => d.PeakInFlight);

    private static ScheduleTimeline Valid(string name, int p, int v, int m, Func<ScheduleRequest, ScheduleRequest>? settings = null)
    {
        var schedule = ScheduleData.Generate(name, p, v, m, settings);
        ScheduleData.AssertValid(schedule, p * v);
        return ScheduleData.Simulate(schedule);
    }
}
