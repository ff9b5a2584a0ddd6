using GraphPipe.Bundle;
using Xunit;

namespace GraphPipe.Tests.Runtime;

public class PipelineOverheadTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_step_allocates_nothing_on_the_device_threads(int threads)
    {
        var model = DenseModel.Diamond(0.9f);
        using var executor = new DensePipeline(model, [0, 1, 2, 3, 3]) { OneForwardOneBackward = true, Depth = 4, Threads = threads }.Open();
        var full = model.Batch(8);
        var tail = model.Batch(3);

        // The first runs may fill the runtime's own caches.
        for (int i = 0; i < 3; i++)
        {
            executor.Step(full);
            executor.Step(tail);
            executor.Forward(tail);
        }

        for (int i = 0; i < 20; i++)
        {
            executor.Step(i % 2 == 0 ? full : tail);
            Assert.All(executor.Report(), r => Assert.Equal(Bytes.Zero, r.Allocated));
            executor.Forward(full);
            Assert.All(executor.Report(), r => Assert.Equal(Bytes.Zero, r.Allocated));
        }
    }

    /// <summary>The best of many steps: what the machine does beside is not the runtime's.</summary>
    [Fact]
    public void An_action_costs_less_than_20_us_beyond_its_kernels()
    {
        var model = DenseModel.Diamond();
        using var executor = new DensePipeline(model, [0, 1, 2, 3, 3]).Open();
        var batch = model.Batch(8);
        double best = double.MaxValue;
        for (int i = 0; i < 200; i++)
        {
            executor.Step(batch);
            best = Math.Min(best, executor.Report().Max(r => (r.Busy - r.Kernels).Value / r.Actions));
        }

        TestContext.Current.SendDiagnosticMessage($"{best:0.00} us per action");
        Assert.InRange(best, 0, 20);
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
