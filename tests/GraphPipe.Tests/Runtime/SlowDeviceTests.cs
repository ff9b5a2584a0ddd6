using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Runtime;
using Xunit;

namespace GraphPipe.Tests.Runtime;

public class SlowDeviceTests
{
    /// <summary>Device 1 takes twice its time from step 9 on; the third such step in a row counts, and the usual time does not follow.</summary>
    [Fact]
    public void Twice_as_slow_as_before_is_told_from_the_third_step_on()
    {
        var slow = Detector("0", "1", "2");
        for (int step = 1; step <= 40; step++)
        {
            var found = slow.Observe([100, step >= 9 ? 400 : 200, 300]);
            if (step < 11)
                Assert.Empty(found);
            else
                Assert.Equal([new SlowDevice(new(1), new("cpu", 1), 2, false)], found);
        }

        Assert.Empty(slow.Observe([100, 200, 300]));
    }

    /// <summary>A busy machine: all take longer, by unlike factors. And noise: a step at ten times the time, now and then.</summary>
    [Fact]
    public void What_slows_all_down_or_passes_is_no_devices_fault()
    {
        var slow = Detector("0", "1", "2", "3");
        for (int step = 1; step <= 60; step++)
        {
            double all = step >= 20 ? 3 : 1, one = step % 3 == 0 ? 10 : 1;
            Assert.Empty(slow.Observe([100 * all, 200 * all * 1.4, 50 * all * one, 100 * all * 0.9]));
        }
    }

    /// <summary>Replicas have the same work from the first step on. The first two steps are warm-up.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Twice_as_slow_as_the_other_replicas_is_told(int replicas)
    {
        var slow = new SlowDeviceDetector([.. Enumerable.Range(0, replicas + 1).Select(d => new DeviceName("cpu", d))], ["0", .. Enumerable.Repeat("1", replicas)]);
        double[] busy = [1000, .. Enumerable.Repeat(100.0, replicas - 1), 200];
        for (int step = 1; step <= 10; step++)
        {
            var found = slow.Observe(busy);
            Assert.Equal(step < 5 ? [] : [new SlowDevice(new(replicas), new("cpu", replicas), 2, true)], found);
        }
    }

    [Fact]
    public void A_device_alone_is_compared_with_itself_and_one_without_work_with_nothing()
    {
        var slow = Detector("0", "");
        for (int step = 1; step <= 12; step++)
            Assert.Equal(step >= 10 ? 1 : 0, slow.Observe([step >= 8 ? 20 : 10, 0]).Length);
    }

    /// <summary>Every stage's forward sleeps 4 ms, beside which a small machine's noise is small; behind the sixth step one device begins to take twice its time.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void A_device_that_takes_twice_its_time_is_named_and_nobody_else(int device)
    {
        var steps = new TwiceAsSlow(device);
        var pipeline = new DensePipeline(DenseModel.Diamond(), [0, 1, 2, 3, 3])
        {
            Interference = steps,
            Rewrite = p => p with
            {
                Functions = [.. p.Functions.Select(f => f.Kind != FunctionKind.Forward ? f : f with { Calls = f.Calls.Add(new KernelCall("test.Sleep", [], [], Attributes.Empty.With("milliseconds", 4), Dim.Zero, [])) })],
            },
        };
        using var executor = pipeline.Open();
        var data = Enumerable.Repeat(pipeline.Model.Batch(8), 16);
        var told = new List<TrainingEvent.DeviceSlow>();
        var named = new HashSet<int>();
        new Trainer(executor, new Repeated(data), new TrainerOptions
        {
            Epochs = 1,
            Progress = e =>
            {
                if (e is TrainingEvent.StepDone { Step: 6 })
                    steps.IsSlow = true;
                if (e is not TrainingEvent.DeviceSlow slow)
                    return;
                told.Add(slow);
                named.UnionWith(executor.SlowDevices.Select(d => d.Device.Value));
            },
        }).Run();
        Assert.All(told, t => Assert.Equal(device, t.Device.Device.Value));
        Assert.NotEmpty(told);
        Assert.Equal([device], named);
    }

    private static SlowDeviceDetector Detector(params ImmutableArray<string> peers) => new([.. peers.Select((_, d) => new DeviceName("cpu", d))], peers);

    private sealed class Repeated(IEnumerable<MiniBatch> batches) : IBatchSource
    {
        public IEnumerable<MiniBatch> Epoch(int epoch) => batches;
    }
}
