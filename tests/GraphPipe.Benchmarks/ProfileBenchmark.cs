using System.Globalization;
using GraphPipe.Bundle;
using GraphPipe.Compiler;
using GraphPipe.Models;
using GraphPipe.Onnx;
using GraphPipe.Planning;
using GraphPipe.Runtime;

namespace GraphPipe.Benchmarks;

/// <summary>
/// The step time that a profile plans against the one that is measured, on two CPU devices of one thread: each model is profiled at micro-batches of 1
/// to 8 samples, compiled with the profile for micro-batches of 8, its step predicted before it runs, and then run. Profile and run take turns; of
/// the rounds the one counts in which other processes used least of the machine, and that share is printed. The model device's prediction stands
/// beside it.
/// </summary>
internal static class ProfileBenchmark
{
    private const int Devices = 2;
    private const long MicroBatch = 8;
    private const int Rounds = 5;
    private const int Steps = 25;

    // What nobody else used is quiet enough; no need for more rounds.
    private const double Quiet = 0.02;

    private static readonly (string Name, string[] Sizes, int MicroBatches)[] Models =
    [
        ("mmt", ["branches=4", "layers=2", "hidden=192", "heads=4", "sequence=32", "features=64", "ffn=768", "classes=10"], 4),
        ("gpt", ["layers=4", "hidden=192", "heads=4", "sequence=32", "vocabulary=512", "ffn=768"], 4),
        ("resnet", ["image=16", "width=32", "blocks=1,1,1", "groups=8", "large_stem=false", "classes=10"], 4),
        ("vlm", ["image=32", "patch=8", "vision_layers=2,2", "vision_hidden=96", "vision_heads=4", "vocabulary=512", "sequence=16", "layers=3", "hidden=192", "heads=4", "ffn=768"], 4),
        ("candle-uno", ["branches=4", "layers=3", "width=768", "features=512", "trunk_layers=2", "trunk_width=768"], 8),
        ("dlrm", ["dense_branches=3", "dense_layers=3", "dense_width=768", "dense_features=512", "sparse_branches=4", "rows=5000", "dim=64", "bag=20", "top_layers=2", "top_width=512"], 8),
    ];

    public static void Run()
    {
        var ratios = new List<double>();
        Console.WriteLine("model       step ms  planned ms  planned/measured  device model/measured  calls measured  used by others");
        foreach (var (name, sizes, microBatches) in Models)
        {
            var built = ModelCatalog.Build(name, sizes);
            var model = OnnxModel.Parse(OnnxExport.Write(built.Module));
            Outcome? best = null;
            for (int round = 0; round < Rounds && best is not { Foreign: < Quiet }; round++)
            {
                ForeignLoad.WaitUntilBelow(Quiet, TimeSpan.FromSeconds(20));
                var outcome = Measure(model, built, microBatches);
                // A system that does not say what others used leaves the first round.
                best = best is null || outcome.Foreign < best.Foreign ? outcome : best;
            }

            ratios.Add(best!.Planned / best.Measured);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{name,-10}  {best.Measured / 1e3,7:f2}  {best.Planned / 1e3,10:f2}  {best.Planned / best.Measured,16:f3}  {best.Modelled / best.Measured,21:f3}  {best.Coverage.Measured,7} of {best.Calls,3}  {best.Foreign,14:p1}"));
        }

        var errors = ratios.Select(r => Math.Abs(r - 1)).ToList();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"error: mean {errors.Average():p1}, largest {errors.Max():p1}"));
    }

    private static Outcome Measure(OnnxModel model, BuiltModel built, int microBatches)
    {
        var options = new CompileOptions
        {
            Loss = built.Loss,
            Mesh = DeviceMesh.Cpu(Devices),
            Stages = Devices,
            MiniBatch = MicroBatch * microBatches,
            MicroBatch = MicroBatchChoice.Size(MicroBatch),
            Freeze = built.Frozen,
            Optimizer = new OptimizerSettings("sgd", 0.001, 0.9, false, 0, 0, 0, 0),
        };
        var devices = new DeviceOptions { ThreadsPerDevice = 1 };
        var load = new ForeignLoad();
        var profile = new Profiler(model, options, devices, new ProfilerOptions(MicroBatch, 0.5)).Run();
        var compiler = new ModelCompiler(model, options);
        var modelled = compiler.ToPlan(compiler.ToCosts(compiler.ToGraph())).Iteration;
        var bundle = ModelCompiler.Compile(model, options with { Profile = profile }).Bundle;
        var planned = PlannedStep.Of(bundle, profile);
        using var session = new TrainingSession(bundle, devices);
        var measured = PipelineBenchmark.Run(session, new SyntheticSource(session.Executor.Inputs, options.MiniBatch, 4, 0, built.Ranges), Steps, 3);
        return new Outcome(measured.Step.Value, planned.Step.Value, modelled.Value, planned.Calls, load.Share());
    }

    private sealed record Outcome(double Measured, double Planned, double Modelled, ProfileCoverage Coverage, double Foreign)
    {
        public int Calls => Coverage.Measured + Coverage.Interpolated + Coverage.Predicted;
    }
}
