using System.Diagnostics;
using GraphPipe.Bundle;

namespace GraphPipe.Runtime;

/// <summary>When a training run ends and what it does beside steps.</summary>
public sealed record TrainerOptions
{
    /// <summary>Stop when so many steps are done in all, those before a resume included; null for no limit.</summary>
    public long? Steps { get; init; }

    /// <summary>Stop after so many epochs.</summary>
    public int Epochs { get; init; } = int.MaxValue;

    /// <summary>Null: no validation.</summary>
    public IBatchSource? Validation { get; init; }

    /// <summary>Steps between validations; one also comes before the first step and one after the last.</summary>
    public long ValidateEvery { get; init; } = 100;

    /// <summary>Where the data begins: the position that a checkpoint gave, when resuming. Its step is the executor's.</summary>
    public TrainingPosition From { get; init; } = new(0, 0, 0, 0);

    /// <summary>Called between steps to write a checkpoint; null: none.</summary>
    public Action<TrainingPosition>? Checkpoint { get; init; }

    /// <summary>Steps between checkpoints; one also comes at the end.</summary>
    public long CheckpointEvery { get; init; } = 1000;

    /// <summary>Null: no log.</summary>
    public MetricLog? Log { get; init; }

    /// <summary>Called on the training thread with every event.</summary>
    public Action<TrainingEvent>? Progress { get; init; }
}

/// <summary>The loop around <see cref="PipelineExecutor.Step"/>.</summary>
public sealed class Trainer(PipelineExecutor executor, IBatchSource data, TrainerOptions options)
{
    private TrainingPosition _position = options.From;
    private IReadOnlySet<DeviceId> _slow = new HashSet<DeviceId>();

    /// <summary>
    /// Trains until the options' end, from <see cref="TrainerOptions.From"/> on: samples of the epoch that were used are skipped. With another mini-batch
    /// than before, a mini-batch that was used in part is skipped too.
    /// </summary>
    /// <param name="cancellation">Ends the run between two steps, with a checkpoint and <see cref="TrainingEvent.Finished"/>.</param>
    /// <returns>The loss of the last step; NaN if there was none.</returns>
    /// <exception cref="DiagnosticException">As for <see cref="PipelineExecutor.Step"/>.</exception>
    public double Run(CancellationToken cancellation = default)
    {
        double loss = double.NaN;
        long begun = executor.StepCount, before = begun, written = begun, validated = -1;
        bool interrupted = false;
        // A mini-batch may be several steps, so a multiple may be passed over.
        bool Passed(long every) => (executor.StepCount - begun) / every != (before - begun) / every;
        for (int epoch = (int)options.From.Epoch; epoch < options.Epochs && !interrupted && !IsEnough(); epoch++)
        {
            bool any = false;
            long used = 0, skip = epoch == options.From.Epoch ? options.From.EpochPosition : 0;
            foreach (var batch in data.Epoch(epoch))
            {
                any = true;
                if (used < skip)
                {
                    used += batch.Samples;
                    continue;
                }

                if (IsEnough() || (interrupted = cancellation.IsCancellationRequested))
                    break;
                if (validated < 0 || Passed(options.ValidateEvery))
                    Validate(ref validated);
                before = executor.StepCount;
                loss = Step(batch, epoch);
                used += batch.Samples;
                _position = options.From with { Epoch = epoch, EpochPosition = used };
                if (Passed(options.CheckpointEvery))
                    Checkpoint(ref written);
            }

            if (!any)
                throw new DiagnosticException(Diagnostic.Error(Codes.DataEmpty, $"epoch {epoch} of the data has no mini-batch"));
            if (!interrupted && !IsEnough())
                _position = options.From with { Epoch = epoch + 1, EpochPosition = 0 };
        }

        if (!interrupted)
            Validate(ref validated);
        Checkpoint(ref written);
        Tell(new TrainingEvent.Finished(executor.StepCount, interrupted));
        return loss;
    }

    /// <summary>Loss over a source's first epoch, as if it were one mini-batch.</summary>
    /// <exception cref="DiagnosticException">GP7006: the source is empty, or none of its targets counts.</exception>
    public static (double Loss, long Samples) Evaluate(PipelineExecutor executor, IBatchSource data)
    {
        var mean = new LossMean(executor.Loss);
        foreach (var batch in data.Epoch(0))
            mean.Add(batch, executor.Evaluate(batch).Loss!.Value);
        return mean.IsEmpty
            ? throw new DiagnosticException(Diagnostic.Error(Codes.DataEmpty, mean.Samples == 0 ? "the validation data has no mini-batch" : "none of the validation data's targets counts"))
            : (mean.Value, mean.Samples);
    }

    private bool IsEnough() => executor.StepCount >= (options.Steps ?? long.MaxValue);

    private double Step(MiniBatch batch, int epoch)
    {
        long start = Stopwatch.GetTimestamp();
        var result = executor.Step(batch);
        Tell(new TrainingEvent.StepDone(result.Step, epoch, result.Loss, result.Samples, Stopwatch.GetElapsedTime(start).TotalSeconds));
        foreach (var slow in executor.SlowDevices.Where(d => !_slow.Contains(d.Device)))
            Tell(new TrainingEvent.DeviceSlow(result.Step, slow));
        _slow = executor.SlowDevices.Select(d => d.Device).ToHashSet();
        return result.Loss;
    }

    private void Validate(ref long validated)
    {
        if (options.Validation is null || validated == executor.StepCount)
            return;
        long start = Stopwatch.GetTimestamp();
        var (loss, samples) = Evaluate(executor, options.Validation);
        validated = executor.StepCount;
        Tell(new TrainingEvent.Validated(executor.StepCount, loss, samples, Stopwatch.GetElapsedTime(start).TotalSeconds));
    }

    private void Checkpoint(ref long written)
    {
        if (options.Checkpoint is null || written == executor.StepCount)
            return;
        long start = Stopwatch.GetTimestamp();
        options.Checkpoint(_position with { Step = executor.StepCount });
        written = executor.StepCount;
        Tell(new TrainingEvent.CheckpointWritten(executor.StepCount, Stopwatch.GetElapsedTime(start).TotalSeconds));
    }

    private void Tell(TrainingEvent happened)
    {
        options.Log?.Write(happened);
        options.Progress?.Invoke(happened);
    }
}
