using System.Text;
using System.Text.Json;
using GraphPipe.Bundle;
using GraphPipe.Runtime;
using Xunit;

namespace GraphPipe.Tests.Runtime;

public class TrainerTests
{
    private static readonly DenseModel Model = DenseModel.Diamond(0.9f);

    [Fact]
    public void Training_learns_validates_logs_and_writes_checkpoints()
    {
        using var executor = Open();
        var events = new List<TrainingEvent>();
        using var stream = new MemoryStream();
        using var log = new MetricLog(stream);
        var saved = new List<long>();
        new Trainer(executor, Data(executor), new TrainerOptions
        {
            Epochs = 4,
            Validation = Data(executor),
            ValidateEvery = 5,
            Checkpoint = p => saved.Add(p.Step),
            CheckpointEvery = 4,
            Log = log,
            Progress = events.Add,
        }).Run();
        Assert.Equal([4L, 8, 12], saved);
        Assert.Equal([0L, 5, 10, 12], events.OfType<TrainingEvent.Validated>().Select(e => e.Step));
        Assert.Equal([8L, 8, 4], events.OfType<TrainingEvent.StepDone>().Take(3).Select(e => e.Samples));
        var validated = events.OfType<TrainingEvent.Validated>().ToList();
        Assert.True(validated[^1].Loss < 0.9 * validated[0].Loss);
        string[] lines = Encoding.UTF8.GetString(stream.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(events.Count, lines.Length);
        using var second = JsonDocument.Parse(lines[1]);
        Assert.Equal("step", second.RootElement.GetProperty("event").GetString());
        Assert.Equal(1, second.RootElement.GetProperty("step").GetInt64());
    }

    [Fact]
    public void A_resumed_run_ends_with_the_bits_of_an_uninterrupted_one()
    {
        using var whole = Open();
        new Trainer(whole, Data(whole), new TrainerOptions { Steps = 7 }).Run();
        using var first = Open();
        var position = new TrainingPosition(0, 0, 0, 0);
        new Trainer(first, Data(first), new TrainerOptions { Steps = 4, Checkpoint = p => position = p }).Run();
        Assert.Equal(new TrainingPosition(4, 1, 8, 0), position);
        using var second = Open();
        foreach (var parameter in first.Parameters)
        {
            second.SetParameter(parameter.Name, first.GetParameter(parameter.Name));
            second.SetState(parameter.Name, "momentum", first.GetState(parameter.Name, "momentum"));
        }

        second.StepCount = first.StepCount;
        new Trainer(second, Data(second), new TrainerOptions { Steps = 7, From = position }).Run();
        foreach (var parameter in whole.Parameters)
            Assert.Equal(whole.GetParameter(parameter.Name).Hash, second.GetParameter(parameter.Name).Hash);
    }

    [Fact]
    public void Cancellation_ends_after_the_step_with_a_checkpoint()
    {
        using var executor = Open();
        using var source = new CancellationTokenSource();
        var events = new List<TrainingEvent>();
        new Trainer(executor, Data(executor), new TrainerOptions
        {
            Checkpoint = _ => { },
            Progress = e =>
            {
                events.Add(e);
                if (e is TrainingEvent.StepDone { Step: 2 })
                    source.Cancel();
            },
        }).Run(source.Token);
        Assert.Equal(2, executor.StepCount);
        Assert.Equal(new TrainingEvent.Finished(2, Interrupted: true), events[^1]);
        Assert.IsType<TrainingEvent.CheckpointWritten>(events[^2]);
    }

    private static PipelineExecutor Open() => new DensePipeline(Model, [0, 1, 2, 3, 3]) { OneForwardOneBackward = true }.Open();

    private static Dataset Data(PipelineExecutor executor)
    {
        var batch = Model.Batch(20);
        return Dataset.Create(batch.Names.ToDictionary(n => n, n => batch[n]), executor.Inputs, 8, shuffleSeed: 3);
    }
}
