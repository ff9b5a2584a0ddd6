using GraphPipe.Bundle;
using GraphPipe.Compiler;
using GraphPipe.Models;
using GraphPipe.Planning;
using GraphPipe.Runtime;
using GraphPipe.Runtime.Cpu;
using Xunit;

namespace GraphPipe.Tests.Models;

/// <summary>The small models learn what is in the data made for them, on samples they have not seen.</summary>
public sealed class ModelLearningTests
{
    private const int MiniBatch = 16;

    [Theory]
    [InlineData("mmt-small", 0.3)]
    [InlineData("dlrm-small", 0.6)]
    [InlineData("candle-uno-small", 0.8)]
    [InlineData("gpt-small", 0.7)]
    [InlineData("resnet-small", 0.7)]
    [InlineData("vlm-small", 0.7)]
    public void The_loss_falls(string name, double to)
    {
        var model = ModelCatalog.Build(name);
        var options = new CompileOptions
        {
            Loss = model.Loss,
            Freeze = model.Frozen,
            MiniBatch = MiniBatch,
            MicroBatch = MicroBatchChoice.Size(4),
            Optimizer = new OptimizerSettings("adamw", 0.003, 0, false, 0.01, 0.9, 0.999, 1e-8),
        };
        var bundle = ModelCompiler.Compile(model.ToOnnx(), options).Bundle;
        var weights = bundle.Stages.SelectMany(s => s.Weights).DistinctBy(w => w.Key).ToDictionary();
        using var executor = new PipelineExecutor(
            bundle.Plan, [.. bundle.Stages.Select(s => s.Program)], weights, [new CpuDeviceProvider()], new ExecutorOptions { Loss = bundle.Manifest.Loss });
        var data = new SyntheticData(model);
        var validation = Dataset.Create(data.Draw(64, draw: 2), executor.Inputs, MiniBatch);
        double before = Trainer.Evaluate(executor, validation).Loss;
        new Trainer(executor, Dataset.Create(data.Draw(1024, draw: 1), executor.Inputs, MiniBatch, shuffleSeed: 1), new TrainerOptions { Steps = 60 }).Run();
        Assert.InRange(Trainer.Evaluate(executor, validation).Loss, 0, to * before);
    }
}
