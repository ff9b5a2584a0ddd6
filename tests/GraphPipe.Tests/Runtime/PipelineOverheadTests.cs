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
