using System.Text.Json;
using GraphPipe.Bundle;

namespace GraphPipe.Runtime;

/// <summary>
/// Writes events as JSON lines: <c>{"event":"step","step":1,"epoch":0,"loss":0.5,"samples":32,"seconds":0.01}</c>; likewise <c>validate</c>,
/// <c>checkpoint</c>, <c>slow_device</c> and <c>finish</c>.
/// </summary>
public sealed class MetricLog(Stream stream) : IDisposable
{
    private readonly Utf8JsonWriter _json = new(stream);

    /// <summary>Opens a log file; a run that resumes goes on at its end.</summary>
    public static MetricLog Open(string path, bool append) => new(new FileStream(path, append ? FileMode.Append : FileMode.Create, FileAccess.Write, FileShare.Read));

    /// <exception cref="DiagnosticException">GP5007: the disk is full, or refuses for another reason.</exception>
    public void Write(TrainingEvent happened)
    {
        try
        {
            WriteLine(happened);
        }
        catch (IOException e)
        {
            string name = stream is FileStream file ? file.Name : "the log";
            throw new DiagnosticException(Diagnostic.Error(Codes.WriteFailed, $"can't be written: {e.Message.ReplaceLineEndings(" ").TrimEnd('.')}", name, "free some space on that disk, or write elsewhere"));
        }
    }

    private void WriteLine(TrainingEvent happened)
    {
        _json.WriteStartObject();
        _json.WriteString("event", NameOf(happened));
        _json.WriteNumber("step", happened.Step);
        switch (happened)
        {
            case TrainingEvent.StepDone step:
                _json.WriteNumber("epoch", step.Epoch);
                _json.WriteNumber("loss", step.Loss);
                _json.WriteNumber("samples", step.Samples);
                _json.WriteNumber("seconds", step.Seconds);
                break;
            case TrainingEvent.Validated validated:
                _json.WriteNumber("loss", validated.Loss);
                _json.WriteNumber("samples", validated.Samples);
                _json.WriteNumber("seconds", validated.Seconds);
                break;
            case TrainingEvent.CheckpointWritten written:
                _json.WriteNumber("seconds", written.Seconds);
                break;
            case TrainingEvent.DeviceSlow slow:
                _json.WriteString("device", slow.Device.Name.ToString());
                _json.WriteNumber("times", slow.Device.Times);
                _json.WriteString("against", slow.Device.IsAgainstPeers ? "peers" : "history");
                break;
            case TrainingEvent.Finished finished:
                _json.WriteBoolean("interrupted", finished.Interrupted);
                break;
        }

        _json.WriteEndObject();
        _json.Flush();
        stream.WriteByte((byte)'\n');
        stream.Flush();
        _json.Reset(stream);
    }

    public void Dispose()
    {
        _json.Dispose();
        stream.Dispose();
    }

    private static string NameOf(TrainingEvent happened) => happened switch
    {
        TrainingEvent.StepDone => "step",
        TrainingEvent.Validated => "validate",
        TrainingEvent.CheckpointWritten => "checkpoint",
        TrainingEvent.DeviceSlow => "slow_device",
        _ => "finish",
    };
}
