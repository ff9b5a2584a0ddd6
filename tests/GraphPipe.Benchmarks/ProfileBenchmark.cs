using System.Collections.Immutable;
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
/// to 4 samples, compiled with the profile for micro-batches of 4, its step predicted, and then run. A machine's speed drifts by
/// more than the prediction's error, so profiles and runs take turns: a run's prediction is the mean of what the profiles before and behind it
/// predict, and of the rounds that had the machine to themselves the one counts whose ratio of planned to measured is the median. The device
/// model's prediction stands beside it. One model once more with all that it saves on the host (<c>gpt host</c>), with gpipe, whose micro-batches all wait there.
/// </summary>
internal static class ProfileBenchmark
{
    private const int Devices = 2;
    private const long MicroBatch = 4;
    private const int Rounds = 15;
    private const int Steps = 40;

    // Rounds in which others used more of the machine count only if there are no better ones.
    private const double Quiet = 0.03;

    private static readonly DeviceOptions Threads = new() { ThreadsPerDevice = 1 };

    private static readonly ImmutableArray<(string Name, string[] Sizes, int MicroBatches, OffloadChoice Offload)> Models =
    [
        ("mmt", ["branches=4", "layers=2", "hidden=192", "heads=4", "sequence=32", "features=64", "ffn=768", "classes=10"], 4, OffloadChoice.None),
        ("gpt", ["layers=4", "hidden=192", "heads=4", "sequence=32", "vocabulary=512", "ffn=768"], 4, OffloadChoice.None),
        ("gpt", ["layers=4", "hidden=192", "heads=4", "sequence=32", "vocabulary=512", "ffn=768"], 4, OffloadChoice.Full),
        ("resnet", ["image=16", "width=32", "blocks=1,1,1", "groups=8", "large_stem=false", "classes=10"], 4, OffloadChoice.None),
        ("vlm", ["image=32", "patch=8", "vision_layers=2,2", "vision_hidden=96", "vision_heads=4", "vocabulary=512", "sequence=16", "layers=3", "hidden=192", "heads=4", "ffn=768"], 4, OffloadChoice.None),
        ("candle-uno", ["branches=4", "layers=3", "width=768", "features=512", "trunk_layers=2", "trunk_width=768"], 8, OffloadChoice.None),
        ("dlrm", ["dense_branches=3", "dense_layers=3", "dense_width=768", "dense_features=512", "sparse_branches=4", "rows=5000", "dim=64", "bag=20", "top_layers=2", "top_width=512"], 8, OffloadChoice.None),
    ];

    /// <summary>Whether a model of that name is measured.</summary>
    public static bool Has(string name) => Models.Any(m => m.Name == name);

    /// <param name="names">The models to measure; none for all.</param>
    public static void Run(params string[] names)
    {
        var outcomes = new List<Outcome>();
        var all = new List<Outcome>();
        Console.WriteLine("model       planned ms  median ms  fastest ms  planned/median  over the rounds  device model/median  calls measured  used by others");
        foreach (var (name, sizes, microBatches, offload) in Models.Where(m => names.Length == 0 || names.Contains(m.Name)))
        {
            var built = ModelCatalog.Build(name, sizes);
            var model = built.ToOnnx();
            var rounds = new List<Outcome>();
            var options = offload == OffloadChoice.None ? Options(built, microBatches) : Options(built, microBatches) with { Schedule = "gpipe", Offload = offload };
            var before = Profiled(model, options);
            for (int round = 0; round < Rounds; round++)
            {
                var run = Measured(model, options, built, before.Profile);
                var behind = Profiled(model, options);
                var (first, second) = (PlannedStep.Of(run.Bundle, before.Profile), PlannedStep.Of(run.Bundle, behind.Profile));
                double foreign = Math.Max(run.Foreign, Math.Max(before.Foreign, behind.Foreign));
                rounds.Add(new Outcome(run.Median, run.Fastest, (first.Step.Value + second.Step.Value) / 2, run.Modelled, first.Calls, foreign));
                before = behind;
            }

            var quiet = rounds.Where(r => r.Foreign < Quiet).ToList();
            var counted = (quiet.Count > 0 ? quiet : [rounds.MinBy(r => r.Foreign)!]).OrderBy(r => r.Ratio).ToList();
            var median = counted[counted.Count / 2];
            outcomes.Add(median);
            all.AddRange(counted);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{name + (offload == OffloadChoice.None ? "" : " host"),-10}  {median.Planned / 1e3,10:f2}  {median.Median / 1e3,9:f2}  {median.Fastest / 1e3,10:f2}  {median.Ratio,14:f3}  {counted[0].Ratio,6:f3} to {counted[^1].Ratio,5:f3}  {median.Modelled / median.Median,19:f3}  {median.Coverage.Measured,7} of {median.Calls,3}  {counted.Count,2} rounds, {counted.Max(r => r.Foreign):p1}"));
        }

        Tell("of the models", outcomes);
        Tell("of all rounds that count", all);
    }

    private static void Tell(string what, List<Outcome> outcomes)
    {
        double[] errors = [.. outcomes.Select(o => Math.Abs(o.Ratio - 1)).Order()];
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"error against the median step, {what}: mean {errors.Average():p1}, 95th percentile {errors[(int)Math.Ceiling(0.95 * errors.Length) - 1]:p1}, largest {errors[^1]:p1}"));
    }

    private static CompileOptions Options(BuiltModel built, int microBatches) => new()
    {
        Loss = built.Loss,
        Mesh = DeviceMesh.Cpu(Devices),
        Stages = Devices,
        MiniBatch = MicroBatch * microBatches,
        MicroBatch = MicroBatchChoice.Size(MicroBatch),
        Freeze = built.Frozen,
        Optimizer = new OptimizerSettings("sgd", 0.001, 0.9, false, 0, 0, 0, 0),
    };

    private static ProfileReading Profiled(OnnxModel model, CompileOptions options)
    {
        ForeignLoad.WaitUntilBelow(Quiet, TimeSpan.FromSeconds(30));
        var load = new ForeignLoad();
        return new ProfileReading(new Profiler(model, options, Threads, new ProfilerOptions(MicroBatch, 0.3)).Run(), load.Share());
    }

    private static RunReading Measured(OnnxModel model, CompileOptions options, BuiltModel built, Profile profile)
    {
        var compiler = new ModelCompiler(model, options);
        var modelled = compiler.ToPlan(compiler.ToCosts(compiler.ToGraph())).Iteration;
        var bundle = ModelCompiler.Compile(model, options with { Profile = profile }).Bundle;
        ForeignLoad.WaitUntilBelow(Quiet, TimeSpan.FromSeconds(30));
        var load = new ForeignLoad();
        using var session = new TrainingSession(bundle, Threads);
        var measured = PipelineBenchmark.Run(session, new SyntheticSource(session.Executor.Inputs, options.MiniBatch, 4, 0, built.Ranges), Steps, 3);
        return new RunReading(bundle, measured.Step.Value, measured.FastestStep.Value, modelled.Value, load.Share());
    }

    private readonly record struct ProfileReading(Profile Profile, double Foreign);

    private readonly record struct RunReading(StageBundle Bundle, double Median, double Fastest, double Modelled, double Foreign);

    private sealed record Outcome(double Median, double Fastest, double Planned, double Modelled, ProfileCoverage Coverage, double Foreign)
    {
        public double Ratio => Planned / Median;

        public int Calls => Coverage.Measured + Coverage.Interpolated + Coverage.Extrapolated + Coverage.Predicted;
    }
}
