using System.Collections.Concurrent;
using System.Collections.Immutable;
using GraphPipe.Bundle;
using Microsoft.ML.OnnxRuntime;

namespace GraphPipe.Runtime.Ort;

/// <summary>One mini-batch on its way through the stages. A message is the memory of a value itself where a whole micro-batch travels.</summary>
internal sealed class OrtRun : IDisposable
{
    private readonly ExecutionPlan _plan;
    private readonly OrtStageEngine[] _stages;
    private readonly MiniBatch _batch;
    private readonly IReadOnlyDictionary<string, byte[]> _outputs;
    private readonly BlockingCollection<HostTensor>[] _channels;
    private readonly CancellationTokenSource _stop;
    private readonly CancellationToken _callerStops;
    private Exception? _failure;

    public OrtRun(ExecutionPlan plan, OrtStageEngine[] stages, MiniBatch batch, IReadOnlyDictionary<string, byte[]> outputs, CancellationToken cancellation)
    {
        _plan = plan;
        _stages = stages;
        _batch = batch;
        _outputs = outputs;
        _channels = [.. plan.Channels.Select(c => new BlockingCollection<HostTensor>(Math.Max(1, c.Depth)))];
        _callerStops = cancellation;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
    }

    public void Execute()
    {
        var threads = new List<Thread>();
        foreach (var device in _plan.Devices)
        {
            var actions = ActionFilter.ForwardOnly(ActionFilter.Shorten(device.Actions, _batch.Samples), _plan.Channels);
            var thread = new Thread(() => Guard(actions)) { IsBackground = true, Name = $"ort {_plan.Mesh[device.Device]}" };
            thread.Start();
            threads.Add(thread);
        }

        threads.ForEach(t => t.Join());
        if (_failure is { } failure)
            throw failure is DiagnosticException known ? new DiagnosticException(known.Diagnostics) : new InvalidOperationException($"a device thread failed: {failure.Message}", failure);
        if (_callerStops.IsCancellationRequested)
            throw new DiagnosticException(Diagnostic.Error(Codes.Interrupted, "interrupted"));
    }

    public void Dispose()
    {
        foreach (var channel in _channels)
            channel.Dispose();
        _stop.Dispose();
    }

    private void Guard(ImmutableArray<PlanAction> actions)
    {
        try
        {
            // The values of this device's micro-batches that are still to be read, and how often they are still to be sent.
            var held = new Dictionary<ValueKey, HostTensor>();
            var sends = actions.Where(a => a.Kind == ActionKind.Send).CountBy(SentBy).ToDictionary();
            foreach (var action in actions)
            {
                _stop.Token.ThrowIfCancellationRequested();
                if (action.Kind == ActionKind.Forward)
                    Forward(action, held, sends);
                else if (action.Kind == ActionKind.Send)
                    Send(action, held, sends);
                else
                    Receive(action, held);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Another device has failed, or the caller does not wait any longer.
        }
        catch (Exception e)
        {
            Interlocked.CompareExchange(ref _failure, e, null);
            _stop.Cancel();
        }
    }

    private void Forward(PlanAction action, Dictionary<ValueKey, HostTensor> held, Dictionary<ValueKey, int> sends)
    {
        var stage = _stages[action.Target];
        var range = action.Range;
        var feeds = stage.Program.Feeds.Where(f => f.Kind == FeedKind.Input).ToDictionary(f => stage.Program[f.Buffer].Name, f => f.Name, StringComparer.Ordinal);
        var inputs = new List<HostTensor>();
        foreach (string name in stage.InputNames)
        {
            // A received value is read by this forward alone, unless the stage passes it on; then it is an output too.
            if (held.Remove(new ValueKey(action.Target, name, action.MicroBatch), out var received))
            {
                inputs.Add(received);
                continue;
            }

            var buffer = stage.Buffer(name);
            var tensor = HostTensor.Allocate(buffer, range.Count);
            HostTensor.Copy(buffer, range.Count, _batch[feeds[name]].Bytes.Span, _batch.Samples, range.Start, tensor.Bytes, range.Count, 0);
            inputs.Add(tensor);
        }

        List<HostTensor> outputs = [.. stage.OutputNames.Select(name => HostTensor.Allocate(stage.Buffer(name), range.Count))];
        try
        {
            stage.Run(range.Count, inputs, outputs);
        }
        catch (OnnxRuntimeException e)
        {
            throw new DiagnosticException(Diagnostic.Error(
                Codes.KernelFailed, $"ONNX Runtime failed: {e.Message.ReplaceLineEndings(" ")}", $"{_plan.Mesh[_plan.DeviceOf(action.Stage)]}, FORWARD {stage.Program.Name} mb {action.MicroBatch.Index} {range}"));
        }

        for (int i = 0; i < outputs.Count; i++)
            held[new ValueKey(action.Target, stage.OutputNames[i], action.MicroBatch)] = outputs[i];
        foreach (var output in stage.Program.Outputs)
        {
            var buffer = stage.Program[output.Buffer];
            HostTensor.Copy(buffer, range.Count, held[new ValueKey(action.Target, buffer.Name, action.MicroBatch)].Bytes, range.Count, 0, _outputs[output.Name], _batch.Samples, range.Start);
        }

        foreach (var key in stage.OutputNames.Select(name => new ValueKey(action.Target, name, action.MicroBatch)).Where(key => !sends.ContainsKey(key)))
            held.Remove(key);
    }

    private void Send(PlanAction action, Dictionary<ValueKey, HostTensor> held, Dictionary<ValueKey, int> sends)
    {
        var (stage, buffer, start, count) = End(action, isSend: true);
        var key = new ValueKey(stage, buffer.Name, action.MicroBatch);
        var value = held[key];
        if (--sends[key] == 0)
            held.Remove(key);
        var message = value;
        if (action.Range.Count != count && buffer.Batch is not null)
        {
            message = HostTensor.Allocate(buffer, action.Range.Count);
            HostTensor.Copy(buffer, action.Range.Count, value.Bytes, count, action.Range.Start - start, message.Bytes, action.Range.Count, 0);
        }

        _channels[action.Target].Add(message, _stop.Token);
    }

    private void Receive(PlanAction action, Dictionary<ValueKey, HostTensor> held)
    {
        var (stage, buffer, start, count) = End(action, isSend: false);
        var message = _channels[action.Target].Take(_stop.Token);
        var key = new ValueKey(stage, buffer.Name, action.MicroBatch);
        if (action.Range.Count == count || buffer.Batch is null)
        {
            held[key] = message;
            return;
        }

        if (!held.TryGetValue(key, out var value))
            held.Add(key, value = HostTensor.Allocate(buffer, count));
        HostTensor.Copy(buffer, action.Range.Count, message.Bytes, action.Range.Count, 0, value.Bytes, count, action.Range.Start - start);
    }

    // The stage at this end of the channel, its buffer, and the samples that the buffer holds.
    private (int Stage, BufferDecl Buffer, long Start, long Count) End(PlanAction action, bool isSend)
    {
        var channel = _plan[action.Channel];
        var stage = isSend ? channel.From : channel.To;
        var program = _stages[stage.Value].Program;
        var port = program.Ports.First(p => p.Channel == action.Channel && p.IsSend == isSend);
        var (start, end) = _plan[stage].Samples.RangeOf(action.MicroBatch);
        return (stage.Value, program[port.Buffer], start, Math.Min(end, _batch.Samples) - start);
    }

    private ValueKey SentBy(PlanAction send)
    {
        var (stage, buffer, _, _) = End(send, isSend: true);
        return new ValueKey(stage, buffer.Name, send.MicroBatch);
    }

    private readonly record struct ValueKey(int Stage, string Name, MicroBatch MicroBatch);
}
