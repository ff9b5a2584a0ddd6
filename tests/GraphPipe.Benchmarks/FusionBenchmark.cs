using System.Diagnostics;
using System.Globalization;
using GraphPipe.Bundle;
using GraphPipe.Compiler;
using GraphPipe.Models;
using GraphPipe.Planning;
using GraphPipe.Runtime;

namespace GraphPipe.Benchmarks;

/// <summary>What fused calls save: steps of models on one CPU device with one thread, with the calls fused and one by one, in turn; the ratio is of medians.</summary>
internal static class FusionBenchmark
{
    private const int MiniBatch = 8;
    private const int Rounds = 20;

    private static readonly (string Model, string[] Settings)[] Models =
    [
        ("mmt", ["hidden=256", "layers=2", "sequence=64"]),
        ("gpt", ["hidden=256", "heads=4", "layers=4", "sequence=64", "vocabulary=1000"]),
        ("resnet-small", []),
        ("vlm-small", []),
    ];

    public static void Run()
    {
        Console.WriteLine("model         calls  fused into  step ms  one by one  ratio");
        foreach (var (name, settings) in Models)
        {
            var built = ModelCatalog.Build(name, settings);
            var bundle = ModelCompiler.Compile(built.ToOnnx(), new CompileOptions
            {
                Loss = built.Loss,
                Mesh = DeviceMesh.Cpu(1),
                MiniBatch = MiniBatch,
                MicroBatch = MicroBatchChoice.Of(1),
            }).Bundle;
            using var fused = new TrainingSession(bundle, new DeviceOptions { ThreadsPerDevice = 1 });
            using var single = new TrainingSession(bundle with { Stages = [.. bundle.Stages.Select(s => s with { Program = OneByOne(s.Program) })] }, new DeviceOptions { ThreadsPerDevice = 1 });
            var batch = new SyntheticSource(fused.Executor.Inputs, MiniBatch, 1, 0, built.Ranges).Epoch(0).First();
            var (together, alone) = (new List<double>(), new List<double>());
            for (int round = 0; round < Rounds; round++)
            {
                together.Add(Time(fused, batch));
                alone.Add(Time(single, batch));
            }

            var program = bundle.Stages[0].Program;
            var groups = program.Functions.SelectMany(f => FusedCalls.Of(program, f)).Where(g => g.Calls.Length > 1).ToList();
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{name,-12} {groups.Sum(g => g.Calls.Length),6} {groups.Count,11} {Statistics.Median(together),8:f2} {Statistics.Median(alone),11:f2} {Statistics.Median(together) / Statistics.Median(alone),6:f3}"));
        }
    }

    /// <summary>The program with calls that nothing fuses.</summary>
    private static StageProgram OneByOne(StageProgram program) => program with
    {
        Functions = [.. program.Functions.Select(f => f with { Calls = [.. f.Calls.Select(c => c with { IsElementwise = false })] })],
    };

    private static double Time(TrainingSession session, MiniBatch batch)
    {
        long start = Stopwatch.GetTimestamp();
        session.Step(batch);
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }
}
