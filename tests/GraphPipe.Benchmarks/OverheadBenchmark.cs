using System.Globalization;
using GraphPipe.Bundle;
using GraphPipe.Compiler;
using GraphPipe.Models;
using GraphPipe.Planning;
using GraphPipe.Runtime;

namespace GraphPipe.Benchmarks;

/// <summary>
/// What an action costs beyond its kernels: the small shipped models as pipelines of two devices, where kernels are tiny and the interpreter,
/// the messages and the feeding are all there is to see. Median over steps of the slower device.
/// </summary>
internal static class OverheadBenchmark
{
    private const int Steps = 200;

    public static void Run()
    {
        foreach (string name in new[] { "mmt-small", "candle-uno-small", "dlrm-small" })
        {
            var built = ModelCatalog.Build(name);
            var compiled = ModelCompiler.Compile(built.ToOnnx(), new CompileOptions
            {
                Loss = built.Loss,
                Mesh = DeviceMesh.Cpu(2),
                Stages = 2,
                MiniBatch = 8,
                MicroBatch = MicroBatchChoice.Of(4),
            });
            using var session = new TrainingSession(compiled.Bundle, new DeviceOptions { ThreadsPerDevice = 1 });
            var batch = new SyntheticSource(session.Executor.Inputs, 8, 1, 0, built.Ranges).Epoch(0).First();
            var overheads = new List<double>();
            long allocated = long.MaxValue;
            for (int i = 0; i < Steps; i++)
            {
                session.Step(batch);
                var reports = session.Executor.Report();
                overheads.Add(reports.Max(r => (r.Busy.Value - r.Kernels.Value) / r.Actions));
                allocated = Math.Min(allocated, reports.Sum(r => r.Allocated.Value));
            }

            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{name}: {overheads.Order().ElementAt(Steps / 2):f2} us per action beyond kernels (median), {allocated} bytes allocated per step"));
        }
    }
}
