using System.Collections.Concurrent;
using GraphPipe.Bundle;
using GraphPipe.Runtime;
using GraphPipe.Runtime.Cuda;
using GraphPipe.Tests.Cuda.EndToEnd;
using GraphPipe.Tests.Cuda.Native;
using GraphPipe.Tests.Runtime;

namespace GraphPipe.Tests.Cuda.Runtime;

/// <summary>
/// The streams of devices are ordered by events as far as they must be, and no further: no order in which the driver may run them changes a bit or touches the same memory unordered; and
/// without any single one of the waits the mock finds that something does.
/// </summary>
[Collection(nameof(OneDriver))]
public sealed class StreamOrderTests(CudaRuntimeFixture cuda)
{
    private static bool IsLong => Environment.GetEnvironmentVariable("GRAPHPIPE_LONG") == "1";

    public static TheoryData<string> Pipelines => QueuePipelines.Names;

    /// <summary>Orders in which actions are taken as they come can't be repeated, so single waits are left out where the order is the plan's.</summary>
    public static TheoryData<string> Planned => [.. QueuePipelines.Names.Select(n => n.Data).Where(n => n != "ready")];

    /// <summary>Four seeds of a hundred; all with GRAPHPIPE_LONG=1.</summary>
    [Theory]
    [MemberData(nameof(Pipelines))]
    public void No_schedule_of_the_streams_changes_a_bit(string name)
    {
        var pipeline = QueuePipelines.Of(name, cuda.Provider);

        // Unlike micro-batches change the shape of products, so one stage has other bits: there all schedules must have those of the first.
        var expected = QueuePipelines.Train(pipeline.MicroBatch.Length == 1 ? QueuePipelines.OneStage(pipeline) : pipeline, 8, 3, 7);
        for (int seed = 0; seed < (IsLong ? 100 : 4); seed++)
        {
            MockLibrary.Configure($"seed={seed}");
            var own = QueuePipelines.Train(pipeline, 8, 3, 7);
            Assert.Equal(expected, own);
            Assert.Empty(MockLibrary.Reports());
        }
    }

    /// <summary>Two pipelines of six; all with GRAPHPIPE_LONG=1.</summary>
    [Theory]
    [MemberData(nameof(Planned))]
    public void Every_wait_is_needed(string name)
    {
        Assert.SkipUnless(IsLong || name is "gpipe" or "offload, one resident", "GRAPHPIPE_LONG=1 runs the long sweeps too");
        _ = cuda.Provider;
        var waits = new Waits();
        var provider = new CudaDeviceProvider(MockLibrary.Path, MatrixProducts.OwnKernel) { StreamWaits = waits };
        var pipeline = QueuePipelines.Of(name, provider);
        Step(pipeline);
        var all = waits.Asked;
        Assert.True(all.Values.Sum() > 10, $"{all.Values.Sum()} waits");
        Assert.Empty(MockLibrary.Reports());
        var harmless = new List<string>();
        foreach (var (device, count) in all)
        {
            for (int wait = 0; wait < count; wait++)
            {
                MockLibrary.Configure($"seed={wait}");
                waits.LeaveOut(device, wait);
                Step(pipeline);
                Assert.Equal(all, waits.Asked);
                if (MockLibrary.Reports().Length == 0)
                    harmless.Add($"{device}: {wait} of {count}");
            }
        }

        Assert.Equal("", string.Join("; ", harmless));
    }

    // One step, whatever it computes: what it trains on may be rubbish.
    private static void Step(DensePipeline pipeline)
    {
        using var queued = new AllQueued(pipeline.Compile().Plan.Devices.Length);
        using var executor = (pipeline with { Interference = queued }).Open();
        try
        {
            executor.Step(pipeline.Model.Batch(pipeline.MiniBatch));
        }
        catch (DiagnosticException e) when (e.Diagnostics[0].Code == "GP6002")
        {
        }
    }

    /// <summary>
    /// No device begins its update before all have queued what comes before it. The mock takes the host for one thread, so a wait of one device's thread for its stream would seem to
    /// order what other threads queue later.
    /// </summary>
    private sealed class AllQueued(int devices) : Interference, IDisposable
    {
        private readonly Barrier _barrier = new(devices);

        public override bool Before(DeviceId device, PlanAction action)
        {
            if (action.Kind == ActionKind.Step)
                Assert.True(_barrier.SignalAndWait(TimeSpan.FromMinutes(1)));
            return true;
        }

        public void Dispose() => _barrier.Dispose();
    }

    // Numbered device by device: what the threads of several devices ask comes in any order.
    private sealed class Waits : IStreamWaits
    {
        private readonly ConcurrentDictionary<DeviceName, int> _asked = [];
        private (DeviceName Device, int Wait)? _leftOut;

        public Dictionary<DeviceName, int> Asked => _asked.ToDictionary();

        public void LeaveOut(DeviceName device, int wait)
        {
            _asked.Clear();
            _leftOut = (device, wait);
        }

        public bool IsMade(DeviceName device) => (device, _asked.AddOrUpdate(device, 1, (_, n) => n + 1) - 1) != _leftOut;
    }
}
