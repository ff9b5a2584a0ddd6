using System.Collections.Immutable;
using System.Diagnostics;
using GraphPipe.Bundle;
using GraphPipe.Compiler;
using GraphPipe.Onnx;
using GraphPipe.Planning;
using GraphPipe.Runtime;

namespace GraphPipe;

/// <summary>How long and how far to measure.</summary>
/// <param name="Largest">Micro-batch sizes are 1, 2, 4 … up to this, and this one.</param>
/// <param name="Seconds">Steps are repeated for so long at each size, and at least <see cref="LeastSteps"/> times.</param>
/// <param name="MicroBatches">Micro-batches of a step; null for twice the devices, at least four.</param>
public sealed record ProfilerOptions(long Largest = 32, double Seconds = 2, int? MicroBatches = null)
{
    /// <summary>Steps that count, at any size.</summary>
    public const int LeastSteps = 3;

    /// <summary>Ascending.</summary>
    public IEnumerable<long> Sizes
    {
        get
        {
            for (long size = 1; size < Largest; size *= 2)
                yield return size;
            yield return Largest;
        }
    }
}

/// <summary>
/// Measures what the ops of a model take on the devices of this machine: compiles it into a pipeline of as many stages as there are devices, trains
/// made-up mini-batches at one micro-batch size after the other, and reads the clock after every kernel call. So what is measured is what will run: fused and
/// differentiated ops in the order of a step, on caches that the rest of the step has used, while the other devices work.
/// </summary>
public sealed class Profiler(OnnxModel model, CompileOptions options, DeviceOptions session, ProfilerOptions profiling)
{
    private const int WarmUp = 2;

    // Of a function at one size: a median of more is no better, and times of a large model's calls take memory.
    private const int MostRuns = 1024;

    private readonly Dictionary<(OpKey Key, OpPhase Phase), SortedDictionary<long, List<double>>> _times = [];
    private readonly Dictionary<OpKey, (Work Work, SortedSet<string> Nodes)> _ops = [];
    private readonly OverheadMeter _overheads = new();
    private readonly List<(StageBundle Bundle, Microseconds Step)> _steps = [];
    private int _threads = 1;

    /// <summary>Called before each size is measured.</summary>
    public Action<long>? Progress { get; init; }

    /// <summary>Called with the notes and warnings of every compilation, and of ops that a fallback executes.</summary>
    public Action<IReadOnlyList<Diagnostic>>? Tell { get; init; }

    /// <summary>Ends the measurement with GP6005 before the next step.</summary>
    public CancellationToken Cancellation { get; init; }

    /// <exception cref="DiagnosticException">The model can't be compiled or run, or the measurement was interrupted.</exception>
    public Profile Run()
    {
        foreach (long size in profiling.Sizes)
        {
            Progress?.Invoke(size);
            Measure(size);
        }

        var profile = new Profile(
            MachineReading.Read(),
            new ProfiledDevices(options.Mesh.Devices[0].Kind, options.Mesh.Count, _threads),
            DateTimeOffset.UtcNow,
            _overheads.Result(),
            [.. _ops.OrderBy(o => o.Key.Text, StringComparer.Ordinal).Select(o => new OpProfile(o.Key, [.. o.Value.Nodes], o.Value.Work, TimesOf(o.Key)))]);
        double stretch = Statistics.Median(_steps.Select(s => s.Step.Value / PlannedStep.Of(s.Bundle, profile).Step.Value));
        return profile with { Overheads = profile.Overheads with { Stretch = Math.Round(stretch, 4) } };
    }

    private void Measure(long size)
    {
        int devices = options.Mesh.Count, microBatches = profiling.MicroBatches ?? Math.Max(4, 2 * devices);
        var pipeline = ModelCompiler.Compile(model, options with
        {
            Stages = devices,
            MiniBatch = size * microBatches,
            MicroBatch = MicroBatchChoice.Size(size),
            MaxReplicas = 1,
        });
        Tell?.Invoke(pipeline.Diagnostics);
        using var trained = new TrainingSession(pipeline.Bundle, session with { ClockedRuns = Math.Max(MostRuns, microBatches * ProfilerOptions.LeastSteps) });
        Tell?.Invoke(trained.Executor.Notes);
        _threads = trained.Executor.Report().Max(d => d.Threads);
        var batch = new SyntheticSource(trained.Executor.Inputs, size * microBatches, 1, 0, SyntheticLimits.Of(pipeline.Bundle, ModelHints.Of(model))).Epoch(0).First();
        for (int i = 0; i < WarmUp; i++)
            trained.Step(batch, Cancellation);
        foreach (var clock in trained.Executor.Clocks)
            clock.Reset();
        long start = Stopwatch.GetTimestamp();
        var times = new List<double>();
        for (int steps = 0; steps < ProfilerOptions.LeastSteps || Stopwatch.GetElapsedTime(start).TotalSeconds < profiling.Seconds; steps++)
        {
            long before = Stopwatch.GetTimestamp();
            trained.Step(batch, Cancellation);
            var whole = Stopwatch.GetElapsedTime(before);
            times.Add(whole.TotalMicroseconds);
            _overheads.Add(pipeline.Bundle.Plan, trained.Executor.Timeline(), new(whole.TotalMicroseconds));
        }

        _steps.Add((pipeline.Bundle, new(Statistics.Median(times))));

        var calls = new PipelineCalls(pipeline);
        foreach (var clock in trained.Executor.Clocks)
            Take(calls.Of(clock.Stage, clock.Function.Kind), clock, size);
    }

    private void Take(ImmutableArray<CostedOp> calls, CallClock clock, long size)
    {
        for (int i = 0; i < calls.Length; i++)
        {
            var call = calls[i];
            if (!_ops.TryGetValue(call.Key, out var op))
                _ops.Add(call.Key, op = (call.Work, new SortedSet<string>(StringComparer.Ordinal)));
            op.Nodes.UnionWith(clock.Function.Calls[i].Nodes);
            if (!_times.TryGetValue((call.Key, call.Phase), out var sizes))
                _times.Add((call.Key, call.Phase), sizes = []);
            if (!sizes.TryGetValue(size, out var times))
                sizes.Add(size, times = []);
            times.AddRange(clock.TimesOf(i).Select(t => t.Value));
        }
    }

    private ImmutableSortedDictionary<OpPhase, ImmutableSortedDictionary<long, MeasuredTime>> TimesOf(OpKey key) => Enum.GetValues<OpPhase>().Where(p => _times.ContainsKey((key, p))).ToImmutableSortedDictionary(
        phase => phase,
        phase => _times[(key, phase)].Where(t => t.Value.Count > 0).ToImmutableSortedDictionary(
            t => t.Key,
            t => new MeasuredTime(Nanoseconds(Statistics.Median(t.Value)), Nanoseconds(Statistics.Spread(t.Value)), t.Value.Count)));

    // The clock is no finer.
    private static Microseconds Nanoseconds(double microseconds) => new(Math.Round(microseconds, 3));
}
