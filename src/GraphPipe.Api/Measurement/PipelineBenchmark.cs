using System.Collections.Immutable;
using System.Diagnostics;
using GraphPipe.Bundle;
using GraphPipe.Planning;
using GraphPipe.Runtime;

namespace GraphPipe;

/// <summary>A device in a measurement.</summary>
/// <param name="BusyFraction">Part of the step spent in actions, waiting excepted.</param>
public sealed record DeviceMeasurement(string Name, Bytes PredictedPeak, Bytes MeasuredPeak, double BusyFraction);

/// <summary>What steps of a pipeline cost. Times are medians over the steps.</summary>
/// <param name="FastestStep">The one that other processes disturbed least.</param>
/// <param name="PredictedStep">What the simulator says of the plan when each stage's actions take the median time that they took.</param>
/// <param name="OverheadPerAction">Time in actions, beside kernels and waiting, per action.</param>
/// <param name="AllocatedPerStep">Managed bytes that the devices' threads allocated in a step.</param>
public sealed record Measurement(
    int Steps, Microseconds Step, Microseconds FastestStep, Microseconds PredictedStep, double SamplesPerSecond, int Actions, Microseconds OverheadPerAction, Bytes AllocatedPerStep, ImmutableArray<DeviceMeasurement> Devices)
{
    /// <summary>The times the prediction was made of, by stage.</summary>
    public required SimulationCosts Costs { get; init; }
}

/// <summary>Measures training steps and compares them with the simulator.</summary>
public static class PipelineBenchmark
{
    /// <param name="warmUp">Steps before the measured ones.</param>
    /// <exception cref="DiagnosticException">As for <see cref="PipelineExecutor.Step"/>.</exception>
    public static Measurement Run(TrainingSession session, IBatchSource data, int steps, int warmUp, CancellationToken cancellation = default)
    {
        var executor = session.Executor;
        var plan = session.Bundle.Plan;
        var times = new List<double>();
        var overheads = new List<double>();
        var allocated = new List<double>();
        var busy = plan.Mesh.Devices.Select(_ => new List<double>()).ToArray();
        var durations = new Dictionary<(ActionKind Kind, int Target), List<double>>();
        ImmutableArray<DeviceReport> report = [];
        int done = 0;
        long samples = 0;
        foreach (var batch in Endless(data).Take(warmUp + steps))
        {
            long start = Stopwatch.GetTimestamp();
            session.Step(batch, cancellation);
            double time = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
            if (++done <= warmUp)
                continue;
            samples += batch.Samples;
            times.Add(time);
            report = executor.Report();
            overheads.Add(report.Sum(d => d.Busy.Value - d.Kernels.Value) / Math.Max(1, report.Sum(d => d.Actions)));
            allocated.Add(report.Sum(d => (double)d.Allocated.Value));
            for (int d = 0; d < report.Length; d++)
                busy[d].Add(report[d].Busy.Value / time);
            foreach (var action in executor.Timeline())
            {
                var key = action.Action.Kind is ActionKind.Send or ActionKind.Recv ? (ActionKind.Send, -1) : (action.Action.Kind, action.Action.Target);
                if (!durations.TryGetValue(key, out var list))
                    durations.Add(key, list = []);
                list.Add(action.End.Value - action.Start.Value - action.Wait.Value);
            }
        }

        var costs = CostsOf(plan, durations);
        double step = Median(times);
        return new Measurement(
            steps, new(step), new(times.Min()), Simulator.Run(plan, costs, session.Dispatch).Makespan, samples / (times.Sum() / 1e6), report.Sum(d => d.Actions), new(Median(overheads)), new((long)Median(allocated)),
            [.. report.Select((d, i) => new DeviceMeasurement(d.Name.ToString(), d.PredictedPeak, d.MeasuredPeak, Median(busy[i])))])
        {
            Costs = costs,
        };
    }

    // A message is a copy at either end: both cost the overhead, which the compute actions then have in them already. Copies to the host and back are as long as each other.
    private static SimulationCosts CostsOf(ExecutionPlan plan, Dictionary<(ActionKind Kind, int Target), List<double>> durations)
    {
        double message = durations.TryGetValue((ActionKind.Send, -1), out var messages) ? messages.Average() : 0;
        double Of(ActionKind kind, StageId stage) => durations.TryGetValue((kind, stage.Value), out var list) ? Math.Max(0, Median(list) - message) : 0;
        StageTimes Times(StageId stage)
        {
            double weight = Of(ActionKind.BackwardWeight, stage);
            return new StageTimes(new(Of(ActionKind.Forward, stage)), new(Of(ActionKind.Backward, stage) + Of(ActionKind.BackwardInput, stage) + weight), new(weight), new(Of(ActionKind.Step, stage)));
        }

        Microseconds HostCopy(StageId stage)
        {
            List<double> copies = [.. new[] { ActionKind.Offload, ActionKind.Reload }.SelectMany(kind => durations.GetValueOrDefault((kind, stage.Value)) ?? [])];
            return new(Median(copies));
        }

        return new SimulationCosts([.. plan.Stages.Select(s => Times(s.Id))]) { ActionOverhead = new(message), HostCopies = [.. plan.Stages.Select(s => HostCopy(s.Id))] };
    }

    private static IEnumerable<MiniBatch> Endless(IBatchSource data)
    {
        for (int epoch = 0; ; epoch++)
        {
            bool any = false;
            foreach (var batch in data.Epoch(epoch))
            {
                any = true;
                yield return batch;
            }

            if (!any)
                throw new DiagnosticException(Diagnostic.Error(Codes.DataEmpty, "the data has no mini-batch"));
        }
    }

    private static double Median(List<double> values) => values.Count == 0 ? 0 : Statistics.Median(values);
}
