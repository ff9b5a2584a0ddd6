using System.Diagnostics;
using System.Globalization;
using GraphPipe.Bundle;
using GraphPipe.Compiler;
using GraphPipe.Models;
using GraphPipe.Onnx;
using GraphPipe.Planning;
using GraphPipe.Runtime;

namespace GraphPipe.Benchmarks;

/// <summary>
/// A training step of the multi-modal transformer (4 branches × 2 layers, hidden 256, sequence 64, mini-batch 32, SGD with momentum) as pipelines
/// of 1, 2 and 4 CPU devices, two threads in all, against PyTorch with two threads on the same model and batch. The peers run in turn, several
/// times; the ratio is of medians.
/// </summary>
internal static class StepBenchmark
{
    private const int MiniBatch = 32;
    private const int Rounds = 3;
    private const int Steps = 8;

    private static readonly MmtOptions Sizes = new() { Branches = 4, Layers = 2, Hidden = 256, Heads = 4, Sequence = 64, Features = 256, FeedForward = 1024, Classes = 10 };

    public static void Run()
    {
        var model = Mmt.Build(Sizes).ToOnnx();
        (int Stages, int MicroBatches, int Threads)[] shapes = [(1, 1, 2), (2, 4, 1), (4, 4, 1)];
        var ours = shapes.Select(_ => new List<double>()).ToArray();
        var torch = new List<double>();
        for (int round = 0; round < Rounds; round++)
        {
            for (int i = 0; i < shapes.Length; i++)
                ours[i].AddRange(Ours(model, shapes[i].Stages, shapes[i].MicroBatches, shapes[i].Threads, report: round == Rounds - 1));
            if (Torch() is { } time)
                torch.Add(time);
        }

        Console.WriteLine(torch.Count == 0
            ? "PyTorch is not installed here (Debian: python3-torch and libopenblas0-pthread): no ratio"
            : string.Create(CultureInfo.InvariantCulture, $"torch, 2 threads: median {Statistics.Median(torch):f1} ms"));
        for (int i = 0; i < shapes.Length; i++)
        {
            string ratio = torch.Count == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", ratio to torch {Statistics.Median(ours[i]) / Statistics.Median(torch):f2}");
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{shapes[i].Stages} device(s), {shapes[i].MicroBatches} micro-batch(es), {shapes[i].Threads} thread(s) each: median {Statistics.Median(ours[i]):f1} ms{ratio}"));
        }
    }

    private static IEnumerable<double> Ours(OnnxModel model, int stages, int microBatches, int threads, bool report)
    {
        var compiled = ModelCompiler.Compile(model, new CompileOptions
        {
            Loss = LossKind.CrossEntropy,
            Mesh = DeviceMesh.Cpu(stages),
            Stages = stages,
            MiniBatch = MiniBatch,
            MicroBatch = MicroBatchChoice.Of(microBatches),
            Optimizer = new OptimizerSettings("sgd", 0.01, 0.9, false, 0, 0, 0, 0),
        });
        using var session = new TrainingSession(compiled.Bundle, new DeviceOptions { ThreadsPerDevice = threads });
        var source = new SyntheticSource(session.Executor.Inputs, MiniBatch, 1, 0, new Dictionary<string, long> { ["target"] = Sizes.Classes });
        var batch = source.Epoch(0).First();
        var times = new List<double>();
        for (int i = 0; i < Steps + 2; i++)
        {
            long start = Stopwatch.GetTimestamp();
            session.Step(batch);
            if (i >= 2)
                times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        if (report)
        {
            foreach (var device in session.Executor.Report())
            {
                double overhead = (device.Busy.Value - device.Kernels.Value) / Math.Max(1, device.Actions);
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"  {stages} device(s): {device.Name} {device.Actions} actions, {overhead:f1} us each beyond kernels, {device.Allocated.Value} bytes allocated, memory predicted {device.PredictedPeak.Value} measured {device.MeasuredPeak.Value}"));
            }
        }

        return times;
    }

    // A peer process, without the variables that pin OpenBLAS to an older kernel on some machines; null where there is no PyTorch.
    private static double? Torch()
    {
        string script = Path.Combine(AppContext.BaseDirectory, "Torch", "mmt_step.py");
        var start = new ProcessStartInfo(File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(script);
        int[] arguments = [Sizes.Branches, Sizes.Layers, Sizes.Hidden, Sizes.Heads, Sizes.Sequence, Sizes.Features, Sizes.FeedForward, Sizes.Classes, MiniBatch, 2, Steps];
        foreach (int argument in arguments)
            start.ArgumentList.Add(argument.ToString(CultureInfo.InvariantCulture));
        start.Environment.Remove("OPENBLAS_CORETYPE");
        start.Environment.Remove("OPENBLAS_L2_SIZE");
        try
        {
            using var process = Process.Start(start)!;
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? System.Text.Json.JsonDocument.Parse(output).RootElement.GetProperty("step_ms").GetDouble() : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
