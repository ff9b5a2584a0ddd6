using GraphPipe.Bundle;
using GraphPipe.Compiler;
using GraphPipe.Models;
using GraphPipe.Planning;
using GraphPipe.Runtime;
using GraphPipe.Runtime.Cpu;
using Xunit;

namespace GraphPipe.Tests.Runtime;

/// <summary>
/// Time does not touch the numbers: whatever keeps actions and messages waiting, losses, gradients, parameters and optimizer states have the bits of
/// the undisturbed run, and no run hangs; nor where devices take what is ready.
/// </summary>
public class RandomDelayTests
{
    private const int Steps = 3;

    private static readonly string[] s_models = ["mmt-small", "gpt-small", "dlrm-small"];

    public static TheoryData<string> Schedules => [.. ScheduleTable.Names.Where(n => !ScheduleTable.Find(n, new DiagnosticBag())!.Traits.IsAsynchronous)];

    /// <summary>Three seeds of each schedule; with GRAPHPIPE_LONG=1 a thousand of all. They take turns on models, on two and four devices, and on one and two stages of each where it can have both.</summary>
    [Theory]
    [MemberData(nameof(Schedules))]
    public void No_bit_changes_and_nothing_hangs(string schedule)
    {
        int seeds = Environment.GetEnvironmentVariable("GRAPHPIPE_LONG") == "1" ? 1000 / Schedules.Count + 1 : 3;
        var cases = Cases(schedule).ToList();
        foreach (var (number, (model, devices, perDevice)) in cases.Index().Take(seeds))
        {
            var built = ModelCatalog.Build(model);
            var bundle = Compile(built, schedule, devices, perDevice);
            var expected = Train(bundle, built, null);
            for (int seed = number; seed < seeds; seed += cases.Count)
            {
                Assert.Equal(expected, Train(bundle, built, new RandomDelays(seed)));
                Assert.Equal(expected, Train(bundle, built, new RandomDelays(seed), Dispatch.Ready));
            }
        }
    }

    private static IEnumerable<(string Model, int Devices, int PerDevice)> Cases(string schedule) =>
        from perDevice in (int[])[2, 1]
        from devices in (int[])[4, 2]
        where ScheduleTable.Find(schedule, new DiagnosticBag())!.Place(devices * perDevice, devices, new DiagnosticBag()) is not null
        from model in s_models
        select (model, devices, perDevice);

    private static StageBundle Compile(BuiltModel model, string schedule, int devices, int perDevice) => ModelCompiler.Compile(model.ToOnnx(), new CompileOptions
    {
        Loss = model.Loss,
        Freeze = model.Frozen,
        Mesh = DeviceMesh.Cpu(devices),
        Stages = devices * perDevice,
        Schedule = schedule,
        MiniBatch = 8,
        MicroBatch = MicroBatchChoice.Size(1),
        Optimizer = new OptimizerSettings("adamw", 0.003, 0, false, 0.01, 0.9, 0.999, 1e-8),
    }).Bundle;

    // Every number of a short training by name, as its bits.
    private static List<(string Name, string Bits)> Train(StageBundle bundle, BuiltModel model, Interference? delays, Dispatch dispatch = Dispatch.Planned)
    {
        var weights = bundle.Stages.SelectMany(s => s.Weights).DistinctBy(w => w.Key).ToDictionary();
        using var executor = new PipelineExecutor(
            bundle.Plan, [.. bundle.Stages.Select(s => s.Program)], weights, [new CpuDeviceProvider(1)],
            new ExecutorOptions { Loss = bundle.Manifest.Loss, Interference = delays, Dispatch = dispatch });
        var numbers = new List<(string, string)>();
        var trained = executor.Parameters.Where(p => p.Role == ParameterRole.Trained).ToList();
        foreach (var batch in Dataset.Create(new SyntheticData(model).Draw(8 * Steps - 3, draw: 1), executor.Inputs, 8).Epoch(0))
        {
            // The last mini-batch is a short one.
            numbers.Add(("loss", BitConverter.DoubleToInt64Bits(executor.Step(batch).Loss).ToString("x")));
            numbers.AddRange(trained.Select(p => ($"gradient of {p.Name}", executor.GetGradient(p.Name).Hash)));
        }

        numbers.AddRange(trained.Select(p => (p.Name, executor.GetParameter(p.Name).Hash)));
        numbers.AddRange(trained.SelectMany(p => p.States.Select(s => ($"{s} of {p.Name}", executor.GetState(p.Name, s).Hash))));
        return numbers;
    }
}
