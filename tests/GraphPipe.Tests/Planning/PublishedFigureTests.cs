using GraphPipe.Planning;
using Xunit;

namespace GraphPipe.Tests.Planning;

/// <summary>Memory and bubbles against 1F1B's, as the papers print them; F = I = W = 1 and messages that take no time.</summary>
public class PublishedFigureTests
{
    /// <summary>
    /// Qi et al., Pipeline Parallelism with Controllable Memory, arXiv 2405.15362; the authors' table (huggingface space sail/pipeline-parallelism-with-controllable-memory): "Activation Memory
    /// (by #micro-batch)" 1F1B p, V-Min (p + 4) // 3, V-Half (p + 2) // 2, V-ZB p; "Bubble Rate (assuming T_F = T_B = T_W)" ~ p/m, ~ 2p/3m, ~ p/2m, 0, where the rate is 1 − (F + B + W) · m /
    /// longest stage time. A stage of 1F1B is two of a V, so that a micro-batch counts two activations.
    /// </summary>
    [Theory]
    [InlineData("v-min", 3, 4, 2.0 / 3)]
    [InlineData("v-half", 2, 2, 1.0 / 2)]
    [InlineData("zb-v", 1, 0, 0)]
    public void Schedules_on_a_V_hold_the_published_part_of_1F1B_and_wait_no_longer(string name, int divisor, int more, double ofBubble)
    {
        foreach (int p in new[] { 2, 3, 4, 6, 8, 12, 16 })
        {
            int m = 4 * p;
            var one = ScheduleData.Simulate(ScheduleData.Generate("1f1b", p, 1, m));
            var timeline = ScheduleData.Simulate(ScheduleData.Generate(name, p, 2, m));
            Assert.Equal(p, one.Devices.Max(d => d.PeakInFlight));
            Assert.Equal(2 * ((p + more) / divisor), timeline.Devices.Max(d => d.PeakInFlight));
            double rate = 1 - 6.0 * m / timeline.LongestOwnSpan, published = ofBubble * p / m;
            Assert.InRange(rate, 0, published);
            // 1F1B's, by the same definition: what "~ p/m" abbreviates.
            double oneRate = 1 - 3.0 * m / one.LongestOwnSpan;
            Assert.Equal((p - 1.0) / (m + p - 1), oneRate, 9);
            double ratio = (timeline.LongestOwnSpan - 6 * m) / (2 * (one.LongestOwnSpan - 3 * m));
            Assert.InRange(ratio, p == 16 ? 0.9 * ofBubble : 0, ofBubble);
        }
    }

    /// <summary>
    /// Wan et al., PipeOffload, arXiv 2503.01328v2, table 1, with d devices of v stages and M the activations that 1F1B holds: GIS M, GIS-H (v + 1)/(2v) · M, PO-H ≈ (v + 2)/(8v) · M; bubbles
    /// GIS (d − 1)(F + B), GIS-H (d − 1)(F + B) + (v − 1)d/2 · (F + B − W), PO-H less than 1F1B's v(d − 1)(F + B + W). A copy one way takes half of a stage's work, k = 1 of section 1. The paper's figure
    /// for PO-H is what waits; three activations more are being made, copied out and copied in.
    /// </summary>
    [Theory]
    [InlineData(4, 2)]
    [InlineData(4, 4)]
    [InlineData(8, 2)]
    [InlineData(8, 4)]
    [InlineData(8, 16)]
    [InlineData(16, 4)]
    public void PipeOffload_holds_the_published_part_of_1F1B(int d, int v)
    {
        int m = 4 * d, work = 3 * v * m;
        ScheduleTimeline Of(string name, int perRank) => ScheduleData.Simulate(ScheduleData.Generate(name, d, perRank, m));
        int all = v * Of("1f1b", 1).Devices.Max(r => r.PeakInFlight);
        var (gis, half, offloaded) = (Of("gis", v), Of("gis-h", v), Of("po-h", v));
        Assert.Equal(d * v, all);
        Assert.Equal(all, Held(gis));
        Assert.Equal(work + (d - 1) * 2, gis.Makespan);
        Assert.Equal((v + 1) * all / (2 * v), Held(half));
        Assert.Equal(work + (d - 1) * 2 + (v - 1) * d / 2, half.Makespan);
        double waiting = (v + 2) / (8.0 * v) * all;
        Assert.InRange(Held(offloaded), waiting, waiting + 3);
        Assert.InRange(offloaded.Makespan, work, work + v * (d - 1) * 3 - 1);
    }

    /// <summary>The same paper, section 2 and figure 3: 8 devices of 16 stages, half of them offloaded, keep about one quarter of what uniform repeating holds. Section 5.1: PO-H at most a sixth of interleaved 1F1B.</summary>
    [Fact]
    public void Half_of_the_stages_on_the_host_leave_a_quarter()
    {
        ScheduleTimeline Of(string name, Func<ScheduleRequest, ScheduleRequest>? settings = null) => ScheduleData.Simulate(ScheduleData.Generate(name, 8, 16, 32, settings));
        double repeated = Held(Of("gis", r => r with { GroupSize = 1 })), half = Held(Of("po-h")), interleaved = Held(Of("interleaved"));
        Assert.InRange(half / repeated, 0.25, 0.3);
        Assert.InRange(half / interleaved, 0, 1.0 / 6);
    }

    /// <summary>The same, table 1: PO-F holds O(M/(vd)), which does not grow with the number of stages of a device.</summary>
    [Fact]
    public void All_stages_on_the_host_leave_a_few()
    {
        int[] held = [.. new[] { 2, 4, 8, 16 }.Select(v => Held(ScheduleData.Simulate(ScheduleData.Generate("po-f", 8, v, 32))))];
        Assert.All(held, h => Assert.InRange(h, 1, 4));
    }

    private static int Held(ScheduleTimeline timeline) => timeline.Devices.Max(r => r.PeakInFlight);
}
