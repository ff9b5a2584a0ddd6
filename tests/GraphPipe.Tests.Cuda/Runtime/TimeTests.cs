using GraphPipe.Bundle;
using GraphPipe.Runtime;
using GraphPipe.Tests.Cuda.EndToEnd;
using GraphPipe.Tests.Cuda.Native;
using GraphPipe.Tests.Runtime;

namespace GraphPipe.Tests.Cuda.Runtime;

/// <summary>Times come from the GPU's own clock, in the form that traces and profiles of all devices have.</summary>
[Collection(nameof(OneDriver))]
public sealed class TimeTests(CudaRuntimeFixture cuda)
{
    /// <summary>On one GPU the clock is one: an action begins after what it waits for has ended, whichever queue that is in, and queues keep their order.</summary>
    [Fact]
    public void The_timeline_is_in_the_order_of_the_work()
    {
        var pipeline = QueuePipelines.Of("offload, one resident", cuda.Provider);
        using var executor = pipeline.Open();
        for (int step = 0; step < 2; step++)
        {
            executor.Step(pipeline.Model.Batch(8));
            var timeline = executor.Timeline();
            Assert.Equal(pipeline.Compile().Plan.Devices.Sum(d => d.Actions.Length), timeline.Length);
            Assert.All(timeline, t => Assert.True(t.End >= t.Start && t.Wait.Value == 0, $"{t.Action} from {t.Start} to {t.End}, waiting {t.Wait}"));
            foreach (var device in timeline.GroupBy(t => t.Device))
            {
                foreach (var queue in device.GroupBy(t => t.Action.IsCopy ? (int)t.Action.Kind : t.Action.IsCompute || t.Action.Kind == ActionKind.Step ? -1 : (int)t.Action.Kind))
                {
                    var own = queue.ToList();
                    Assert.All(own.Zip(own.Skip(1)), p => Assert.True(p.Second.Start >= p.First.End - Rounding, $"{p.Second.Action} begins before {p.First.Action} ends"));
                }

                foreach (var backward in device.Where(t => t.Action.Kind == ActionKind.Backward))
                    Assert.All(device.Where(t => t.Action.Kind == ActionKind.Reload && t.Action.MicroBatch == backward.Action.MicroBatch), r => Assert.True(backward.Start >= r.End - Rounding));
            }
        }

        foreach (var report in executor.Report())
        {
            Assert.Equal(report.PredictedPeak, report.MeasuredPeak);
            Assert.Equal(report.PredictedHost, report.MeasuredHost);
            Assert.True(report.MeasuredHost > Bytes.Zero);
        }

        Assert.Empty(MockLibrary.Reports());
    }

    [Fact]
    public void Every_call_of_a_function_has_its_time()
    {
        var pipeline = QueuePipelines.Of("gpipe", cuda.Provider);
        var (plan, programs) = pipeline.Compile();
        using var executor = new PipelineExecutor(plan, programs, pipeline.Model.Weights(), [cuda.Provider], new ExecutorOptions { Loss = DensePipeline.Loss, ClockedRuns = 5, StallTimeout = TimeSpan.FromMinutes(2) });
        executor.Step(pipeline.Model.Batch(8));
        executor.Step(pipeline.Model.Batch(8));
        Assert.NotEmpty(executor.Clocks);
        foreach (var clock in executor.Clocks)
        {
            // Four micro-batches of each of two steps, of which five are kept; one update a step.
            Assert.Equal(clock.Function.Kind == FunctionKind.Update ? 2 : 5, clock.Runs);
            for (int call = 0; call < clock.Function.Calls.Length; call++)
                Assert.All(clock.TimesOf(call), t => Assert.True(t.Value >= 0));
            Assert.Contains(clock.TimesOf(0), t => t.Value > 0);
        }

        Assert.Empty(MockLibrary.Reports());
    }

    // Milliseconds are floats in the driver's interface.
    private static Microseconds Rounding { get; } = new(50);
}
