using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Runtime;

/// <summary>A finished step.</summary>
/// <param name="Step">Its number, from 1; by an asynchronous plan that of the last update.</param>
/// <param name="Loss">Of the mini-batch, before the update; by an asynchronous plan the mean of those of its generations. 0 for a program without loss.</param>
public sealed record StepResult(long Step, double Loss, long Samples);

/// <summary>A finished forward.</summary>
/// <param name="Outputs">The model's outputs for the whole mini-batch, by name.</param>
/// <param name="Loss">Null where there were no targets.</param>
public sealed record ForwardResult(ImmutableSortedDictionary<string, TensorData> Outputs, double? Loss, long Samples);

/// <summary>A parameter or constant, as checkpoints and users see it.</summary>
/// <param name="States">Names of the optimizer's state tensors; each has the parameter's shape.</param>
public sealed record ParameterInfo(string Name, DType Type, ImmutableArray<long> Shape, ParameterRole Role, StageId Owner, ImmutableArray<string> States);

/// <summary>What a device did in the last run, and its memory.</summary>
/// <param name="Threads">That share a kernel's work.</param>
/// <param name="Busy">Time in actions, waiting for neighbours excepted.</param>
/// <param name="Kernels">The part of <paramref name="Busy"/> spent in bound functions.</param>
/// <param name="Allocated">Managed bytes that the device's thread allocated.</param>
public sealed record DeviceReport(
    DeviceName Name, int Threads, Bytes PredictedPeak, Bytes MeasuredPeak, int Actions, Microseconds Busy, Microseconds Kernels, Bytes Allocated)
{
    /// <summary>Host memory for what is offloaded, as planned.</summary>
    public Bytes PredictedHost { get; init; }

    public Bytes MeasuredHost { get; init; }
}

/// <summary>One action of the last run; of OFFLOAD and RELOAD the copy, not putting it into its queue.</summary>
/// <param name="Start">Counted from the first action of any device.</param>
/// <param name="Wait">The part of it spent waiting for a neighbour.</param>
/// <param name="Kernels">The part of it spent in bound functions.</param>
public readonly record struct ActionTiming(DeviceId Device, PlanAction Action, Microseconds Start, Microseconds End, Microseconds Wait, Microseconds Kernels)
{
    /// <summary>Time that the action occupied its device, a copy its queue.</summary>
    public Microseconds Busy => End - Start - Wait;
}
