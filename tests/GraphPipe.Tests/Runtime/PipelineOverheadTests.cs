using GraphPipe.Bundle;
using GraphPipe.Runtime;
using GraphPipe.Runtime.Cpu;
using Xunit;

namespace GraphPipe.Tests.Runtime;

public class PipelineOverheadTests
{
    [Theory]
    [InlineData(1, Dispatch.Planned)]
    [InlineData(2, Dispatch.Planned)]
    [InlineData(1, Dispatch.Ready)]
    public void A_step_allocates_nothing_on_the_device_threads(int threads, Dispatch dispatch)
    {
        var model = DenseModel.Diamond(0.9f);
        using var executor = new DensePipeline(model, [0, 1, 2, 3, 3]) { OneForwardOneBackward = true, Depth = 4, Threads = threads, Dispatch = dispatch }.Open();
        var full = model.Batch(8);
        var tail = model.Batch(3);

        // The first runs may fill the runtime's own caches.
        for (int i = 0; i < 3; i++)
        {
            executor.Step(full);
            executor.Step(tail);
            executor.Forward(tail);
        }

        // A collection on another thread gives this one a new allocation context, which counts; a step that allocates does it every time.
        long step = long.MaxValue;
        long forward = long.MaxValue;
        for (int i = 0; i < 20; i++)
        {
            executor.Step(i % 2 == 0 ? full : tail);
            step = Math.Min(step, executor.Report().Sum(r => r.Allocated.Value));
            executor.Forward(full);
            forward = Math.Min(forward, executor.Report().Sum(r => r.Allocated.Value));
        }

        Assert.Equal((0, 0), (step, forward));
    }

    [Fact]
    public void Calls_are_timed_where_asked_for()
    {
        var model = DenseModel.Chain();
        var (plan, programs) = new DensePipeline(model, [0, 1]).Compile();
        using var executor = new PipelineExecutor(
            plan, programs, model.Weights(), [new CpuDeviceProvider(1, kernelAssemblies: [typeof(DensePipeline).Assembly])], new ExecutorOptions { Loss = DensePipeline.Loss, ClockedRuns = 6 });
        Assert.All(executor.Clocks, c => Assert.Equal(0, c.Runs));
        executor.Step(model.Batch(8)); // four micro-batches
        Assert.Equal(programs.SelectMany(p => p.Functions.Where(f => f.Calls.Length > 0).Select(f => (p.Id, f.Kind))), executor.Clocks.Select(c => (c.Stage, c.Function.Kind)));
        Assert.All(executor.Clocks, c => Assert.Equal(c.Function.Kind == FunctionKind.Update ? 1 : 4, c.Runs));
        executor.Step(model.Batch(8));
        Assert.All(executor.Clocks, c => Assert.Equal(c.Function.Kind == FunctionKind.Update ? 2 : 6, c.Runs));
        foreach (var clock in executor.Clocks)
        {
            Assert.All(Enumerable.Range(0, clock.Function.Calls.Length), call => Assert.Equal(clock.Runs, clock.TimesOf(call).Count(t => t.Value >= 0)));
            clock.Reset();
            Assert.Equal(0, clock.Runs);
        }
    }

    [Fact]
    public void A_clock_keeps_each_calls_times_in_the_order_of_runs()
    {
        KernelCall call = new("Relu", [], [], Attributes.Empty, Dim.Zero, []);
        var clock = new CallClock(new(0), new StageFunction(FunctionKind.Forward, [call, call]), samples: 4, capacity: 2);
        foreach (int run in new[] { 1, 2, 3 })
        {
            clock.Record(0, run * System.Diagnostics.Stopwatch.Frequency);
            Assert.Equal(Math.Min(run - 1, 2), clock.Runs);
            clock.Record(1, run * System.Diagnostics.Stopwatch.Frequency * 10);
        }

        Assert.Equal([1e6, 2e6], clock.TimesOf(0).Select(t => t.Value));
        Assert.Equal([1e7, 2e7], clock.TimesOf(1).Select(t => t.Value));
    }

    [Fact]
    public void Calls_are_not_timed_otherwise()
    {
        using var executor = new DensePipeline(DenseModel.Chain(), [0, 1]).Open();
        Assert.Empty(executor.Clocks);
    }

    [Fact]
    public void The_time_line_has_every_action_in_order()
    {
        var model = DenseModel.Chain();
        using var executor = new DensePipeline(model, [0, 1]).Open();
        executor.Step(model.Batch(8));
        var timeline = executor.Timeline();
        Assert.Equal(executor.Report().Sum(r => r.Actions), timeline.Length);
        foreach (var device in timeline.GroupBy(t => t.Device))
        {
            var order = device.ToList();
            for (int i = 0; i < order.Count; i++)
            {
                Assert.True(order[i].End >= order[i].Start + order[i].Wait);
                Assert.True(i == 0 || order[i].Start >= order[i - 1].End);
            }
        }
    }
}
