using System.Diagnostics;
using GraphPipe.Bundle;
using GraphPipe.Runtime;

namespace GraphPipe.Cli;

/// <summary>
/// Shows a training run while it goes on: on a terminal one line that is overwritten, elsewhere a line now and then; and keeps what the
/// closing summary says.
/// </summary>
/// <param name="begun">Steps done before the run.</param>
/// <param name="wanted">Steps asked for, if a number was.</param>
internal sealed class TrainingDisplay(Call call, long begun, long? wanted)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ShortPause = TimeSpan.FromMilliseconds(100);

    private long _shown;
    private long _samples;
    private double _seconds;
    private bool _lineIsOpen;
    private readonly List<SlowDevice> _slow = [];

    /// <summary>Steps of the run: updates, of which an asynchronous plan makes several on a mini-batch.</summary>
    public long Steps { get; private set; }

    public double Loss { get; private set; } = double.NaN;

    public double FirstValidationLoss { get; private set; } = double.NaN;

    public double ValidationLoss { get; private set; } = double.NaN;

    public bool WasInterrupted { get; private set; }

    /// <summary>Devices that became slow, in order.</summary>
    public IReadOnlyList<SlowDevice> SlowDevices => _slow;

    /// <summary>Of the steps alone, validation and checkpoints excepted.</summary>
    public double SamplesPerSecond => _seconds > 0 ? _samples / _seconds : double.NaN;

    public void Show(TrainingEvent happened)
    {
        switch (happened)
        {
            case TrainingEvent.StepDone step:
                Steps = step.Step - begun;
                Loss = step.Loss;
                _samples += step.Samples;
                _seconds += step.Seconds;
                if (IsTime(step.Step))
                    Line($"step {step.Step}{(wanted is { } n ? $"/{n}" : "")}  epoch {step.Epoch}  loss {step.Loss:G6}{(double.IsNaN(ValidationLoss) ? "" : $"  validation {ValidationLoss:G6}")}  {SamplesPerSecond:0.#} samples/s", false);
                break;
            case TrainingEvent.Validated validated:
                if (double.IsNaN(FirstValidationLoss))
                    FirstValidationLoss = validated.Loss;
                ValidationLoss = validated.Loss;
                Line($"step {validated.Step}  validation loss {validated.Loss:G6} over {validated.Samples} samples", true);
                break;
            case TrainingEvent.CheckpointWritten written when call.IsVerbose:
                Line($"step {written.Step}  checkpoint written in {written.Seconds:0.###} s", true);
                break;
            case TrainingEvent.DeviceSlow { Device: var device }:
                if (_lineIsOpen)
                    call.Progress.WriteLine();
                _lineIsOpen = false;
                _slow.Add(device);
                call.Tell([Diagnostic.Warning(
                    Codes.DeviceSlow,
                    $"{device.Name} has taken {device.Times:0.#} times as long as {(device.IsAgainstPeers ? "the other replicas" : "before")} for three steps",
                    $"step {happened.Step}",
                    "look at what else runs on it; every step waits for it")]);
                break;
            case TrainingEvent.Finished finished:
                WasInterrupted = finished.Interrupted;
                if (_lineIsOpen)
                    call.Progress.WriteLine();
                _lineIsOpen = false;
                break;
        }
    }

    private bool IsTime(long step)
    {
        bool isRound = !call.IsInteractive && (step == 1 || (wanted is { } n && step % Math.Max(1, n / 10) == 0));
        return isRound || _shown == 0 || Stopwatch.GetElapsedTime(_shown) > (call.IsInteractive ? ShortPause : Pause);
    }

    private void Line(string text, bool stays)
    {
        _shown = Stopwatch.GetTimestamp();
        if (!call.IsInteractive)
        {
            call.Progress.WriteLine(text);
            return;
        }

        call.Progress.Write($"\r\e[K{text}");
        if (stays)
            call.Progress.WriteLine();
        _lineIsOpen = !stays;
        call.Progress.Flush();
    }
}
