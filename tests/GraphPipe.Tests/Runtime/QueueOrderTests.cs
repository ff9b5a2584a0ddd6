using GraphPipe.Bundle;
using GraphPipe.Runtime;
using Xunit;

namespace GraphPipe.Tests.Runtime;

/// <summary>Devices that work behind their callers: the waits between their queues, and what their threads wait for.</summary>
public class QueueOrderTests
{
    /// <summary>A forward, the send of its result, and a second forward into the same memory: the send waits for the first, the second for the send.</summary>
    [Fact]
    public void Only_what_shares_memory_waits()
    {
        var order = new QueueOrder(inOrder: true);
        int first = order.Add(0, DeviceQueue.Compute, Touches(writes: [(100, 50)]));
        int other = order.Add(0, DeviceQueue.Compute, Touches(writes: [(300, 50)]));
        int send = order.Add(0, DeviceQueue.Send, Touches(reads: [(120, 10)]));
        int reader = order.Add(0, DeviceQueue.Compute, Touches(reads: [(100, 50)], writes: [(400, 4)]));
        int second = order.Add(0, DeviceQueue.Compute, Touches(writes: [(90, 40)]));
        int elsewhere = order.Add(0, DeviceQueue.Compute, Touches(writes: [(130, 4)]));
        var waits = order.Waits();
        Assert.Equal([first], waits[send]);
        Assert.Equal([send], waits[second]);
        Assert.All((int[])[first, other, reader, elsewhere], i => Assert.Empty(waits[i]));
    }

    /// <summary>The answer to a message comes after it, so who receives the answer need not wait for the message's send too.</summary>
    [Fact]
    public void What_follows_from_other_waits_is_left_out()
    {
        var order = new QueueOrder(inOrder: true);
        int forward = order.Add(0, DeviceQueue.Compute, Touches(writes: [(100, 10)]));
        int send = order.Add(0, DeviceQueue.Send, Touches(reads: [(100, 10)]));
        int answer = order.Add(0, DeviceQueue.Receive, Touches(writes: [(100, 10)]));
        int there = order.Add(1, DeviceQueue.Receive, Touches(writes: [(500, 10)]));
        int work = order.Add(1, DeviceQueue.Compute, Touches(reads: [(500, 10)], writes: [(600, 10)]));
        int back = order.Add(1, DeviceQueue.Send, Touches(reads: [(600, 10)]));
        order.Order(send, there);
        order.Order(back, answer);
        var waits = order.Waits();
        Assert.Equal([back], waits[answer]);
        Assert.Equal([forward], waits[send]);
        Assert.Equal([send], waits[there]);
        Assert.Equal([there], waits[work]);
        Assert.Equal([work], waits[back]);
    }

    /// <summary>Against a closure by brute force: with the waits that are kept everything ordered is ordered, and without any one of them something is not.</summary>
    [Fact]
    public void Waits_are_enough_and_none_too_many()
    {
        var random = new Random(7);
        for (int round = 0; round < 200; round++)
        {
            var order = new QueueOrder(inOrder: true);
            var nodes = new List<(int Device, DeviceQueue Queue, (long, long) Read, (long, long) Write)>();
            for (int i = 0; i < 24; i++)
            {
                int device = i / 12;
                nodes.Add((device, (DeviceQueue)random.Next(3), (1000 * device + random.Next(8), 1), (1000 * device + random.Next(8), 1)));
                order.Add(device, nodes[i].Queue, Touches([nodes[i].Read], [nodes[i].Write]));
            }

            var asked = new List<(int Before, int After)>();
            for (int k = 0; k < 3; k++)
            {
                asked.Add((random.Next(12), 12 + random.Next(12)));
                order.Order(asked[^1].Before, asked[^1].After);
            }

            for (int j = 0; j < nodes.Count; j++)
            {
                for (int i = 0; i < j; i++)
                {
                    bool meets = nodes[i].Write == nodes[j].Write || nodes[i].Write == nodes[j].Read || nodes[i].Read == nodes[j].Write;
                    if (nodes[i].Device == nodes[j].Device && nodes[i].Queue != nodes[j].Queue && meets)
                        asked.Add((i, j));
                }
            }

            var lines = from j in Enumerable.Range(0, nodes.Count) from i in Enumerable.Range(0, j) where nodes[i].Device == nodes[j].Device && nodes[i].Queue == nodes[j].Queue select (i, j);
            var kept = order.Waits().SelectMany((w, j) => w.Select(i => (i, j))).ToList();
            Assert.True(Orders(lines.Concat(kept), asked, nodes.Count));
            foreach (var wait in kept)
                Assert.False(Orders(lines.Concat(kept.Where(k => k != wait)), asked, nodes.Count), $"round {round}: {wait} follows from the others");
        }
    }

    [Theory]
    [InlineData(false, Dispatch.Planned)]
    [InlineData(true, Dispatch.Planned)]
    [InlineData(true, Dispatch.Ready)]
    public void Threads_run_ahead_until_the_update(bool offloads, Dispatch dispatch)
    {
        var devices = new QueuedDevices();
        var plain = new DensePipeline(DenseModel.Diamond(0.9f), [0, 1, 2, 3, 3]) { OneForwardOneBackward = !offloads, Split = true, Depth = offloads ? 8 : 2 };
        var pipeline = plain with { Provider = devices, Dispatch = dispatch, RewritePlan = offloads ? p => HostCopies.Add(p, 1) : p => p };
        using var one = (DensePipeline.OneStage(plain.Model) with { Split = true }).Open();
        using var many = pipeline.Open();
        foreach (int samples in (int[])[8, 3, 8])
        {
            devices.ThreadWaits.Clear();
            Assert.Equal(one.Step(plain.Model.Batch(samples)).Loss, many.Step(plain.Model.Batch(samples)).Loss);
            foreach (string device in (string[])["cpu:0", "cpu:1", "cpu:2", "cpu:3"])
            {
                // The clock at the beginning; the losses of the generation before the update; then, with everything queued, the ends of all actions.
                var own = devices.ThreadWaits.Where(w => w.StartsWith(device, StringComparison.Ordinal)).Select(w => w[(device.Length + 1)..]).ToList();
                int losses = (samples + 1) / 2;
                Assert.Equal(["waits for a fence", .. Enumerable.Repeat("waits for a loss", losses), "waits for a fence"], own.Take(losses + 2));
                Assert.Equal([.. Enumerable.Repeat("waits for a loss", losses), "settles"], own.TakeLast(losses + 1));
                Assert.DoesNotContain("waits for a loss", own.Skip(losses + 1).SkipLast(losses + 1));
            }
        }

        Assert.All(one.Parameters, p => Assert.Equal(one.GetParameter(p.Name).Hash, many.GetParameter(p.Name).Hash));
        Assert.True(devices.QueueWaits > 50, $"{devices.QueueWaits} waits");
    }

    /// <summary>The first step of a large model: all is queued in no time, and the first loss comes in after the limit of short actions.</summary>
    [Fact]
    public void A_first_step_that_takes_long_is_no_stall()
    {
        var devices = new QueuedDevices { LossDelay = TimeSpan.FromSeconds(4) };
        var pipeline = new DensePipeline(DenseModel.Diamond(0.9f), [0, 1, 2, 3, 3]) { Depth = 2, OneForwardOneBackward = true, Provider = devices, StallTimeout = null };
        using var one = DensePipeline.OneStage(pipeline.Model).Open();
        using var many = pipeline.Open();
        Assert.Equal(one.Step(pipeline.Model.Batch(8)).Loss, many.Step(pipeline.Model.Batch(8)).Loss);
    }

    private static Footprint Touches((long From, long Bytes)[]? reads = null, (long From, long Bytes)[]? writes = null)
    {
        var footprint = new Footprint();
        foreach (var (from, bytes) in reads ?? [])
            footprint.Read((nint)from, bytes);
        foreach (var (from, bytes) in writes ?? [])
            footprint.Write((nint)from, bytes);
        return footprint;
    }

    private static bool Orders(IEnumerable<(int Before, int After)> edges, List<(int Before, int After)> asked, int count)
    {
        bool[,] reach = new bool[count, count];
        foreach (var (before, after) in edges)
            reach[before, after] = true;
        for (int k = 0; k < count; k++)
        {
            for (int i = 0; i < count; i++)
            {
                for (int j = 0; j < count; j++)
                    reach[i, j] |= reach[i, k] && reach[k, j];
            }
        }

        return asked.TrueForAll(a => reach[a.Before, a.After]);
    }
}
