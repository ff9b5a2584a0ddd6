using GraphPipe.Benchmarks;
using GraphPipe.Benchmarks.Evaluation;
using GraphPipe.Benchmarks.Gpu;

// That of a GPU has options, and belongs to eng/gpu-check.sh.
if (args is ["gpu", ..])
    return GpuBenchmark.Run(args[1..]);

// That of profiles may be of some models alone.
if (args is ["profile", _, ..] && Array.TrueForAll(args[1..], ProfileBenchmark.Has))
{
    ProfileBenchmark.Run(args[1..]);
    return 0;
}

// One benchmark a class; run one by name, or all.
var benchmarks = new Dictionary<string, Action>
{
    ["step"] = StepBenchmark.Run,
    ["overhead"] = OverheadBenchmark.Run,
    ["fusion"] = FusionBenchmark.Run,
    ["planners"] = PlannersBenchmark.Run,
    ["profile"] = () => ProfileBenchmark.Run(),
    ["simulator"] = SimulatorBenchmark.Run,
    ["tuner"] = TunerBenchmark.Run,
    ["search"] = SearchTimes.Run,
    ["evaluation"] = EvaluationBenchmark.Run,
};
foreach (string name in args.Length > 0 ? args : [.. benchmarks.Keys])
{
    if (!benchmarks.TryGetValue(name, out var run))
    {
        Console.Error.WriteLine($"no benchmark is called '{name}'; there are {string.Join(", ", benchmarks.Keys)}");
        return 2;
    }

    run();
}

return 0;
