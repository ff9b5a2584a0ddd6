namespace GraphPipe.Runtime;

/// <summary>Something that happened in a training run; a line of the metric log.</summary>
/// <param name="Step">Steps done.</param>
public abstract record TrainingEvent(long Step)
{
    /// <param name="Loss">Of the mini-batch, before the update.</param>
    /// <param name="Seconds">From the step's start to its end.</param>
    public sealed record StepDone(long Step, int Epoch, double Loss, long Samples, double Seconds) : TrainingEvent(Step);

    /// <param name="Loss">Mean over all validation samples.</param>
    public sealed record Validated(long Step, double Loss, long Samples, double Seconds) : TrainingEvent(Step);

    public sealed record CheckpointWritten(long Step, double Seconds) : TrainingEvent(Step);

    /// <summary>A device has become slow; told once, until it has been as fast as usual again.</summary>
    public sealed record DeviceSlow(long Step, SlowDevice Device) : TrainingEvent(Step);

    public sealed record Finished(long Step, bool Interrupted) : TrainingEvent(Step);
}
