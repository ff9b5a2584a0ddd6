using GraphPipe.Bundle;
using GraphPipe.Runtime.Cuda.Driver;

namespace GraphPipe.Runtime.Cuda;

/// <summary>A stage function on a CUDA device: bound calls, and for each operand the offset of its buffer.</summary>
internal sealed class CudaFunction : IBoundFunction
{
    private readonly Entry[] _entries;
    private readonly int _mostOperands;
    private readonly CallTimer? _timer;
    private readonly FunctionGraphs? _graphs;
    private int _current;

    /// <param name="calls">In the order in which they run.</param>
    /// <param name="timer">Keeps the times of the calls; null if nobody wants to know.</param>
    public CudaFunction(CudaDevice device, FunctionBinding binding, IEnumerable<BoundCall> calls, CallTimer? timer)
    {
        _timer = timer;
        _entries = [.. calls.Select(c => new Entry(c.Bound, c.Call, OperandPlace.Of(binding, c.Call.Inputs), OperandPlace.Of(binding, c.Call.Outputs)))];
        _mostOperands = _entries.Select(e => e.Inputs.Length + e.Outputs.Length).DefaultIfEmpty(0).Max();

        // One call whose numbers change from step to step (Adam's) and the whole function is launched. Such functions are updates, run once a step where the others run once a micro-batch, and hold little else: cutting them into
        // pieces, or renewing the numbers of a graph's nodes, would gain nothing.
        if (timer is null && _entries.Length >= FunctionGraphs.FewestCalls && Array.TrueForAll(_entries, e => e.Bound is { IsRepeatable: true }))
            _graphs = device.CreateGraphs([.. _entries.SelectMany(e => e.Inputs.Concat(e.Outputs)).Select(p => p.Life).OfType<BufferLife>().Distinct()]);
    }

    /// <summary>The call that is being enqueued, null for a graph of all of them; the device is behind it.</summary>
    public KernelCall? Current
    {
        get
        {
            int current = Volatile.Read(ref _current);
            return current < _entries.Length ? _entries[current].Call : null;
        }
    }

    public void Run(ReadOnlySpan<nint> bases, in FunctionRun run)
    {
        if (_graphs?.Find(bases, run.IsFirstMicroBatch) is { } set && (set.HasGraph || Capture(set, bases, run)))
        {
            Volatile.Write(ref _current, _entries.Length);
            _graphs.Launch(set);
            return;
        }

        Enqueue(bases, run);
    }

    private bool Capture(FunctionGraphs.AddressSet set, ReadOnlySpan<nint> bases, in FunctionRun run)
    {
        if (!_graphs!.BeginCapture())
            return false;
        bool isComplete = false;
        try
        {
            Enqueue(bases, run);
            isComplete = true;
        }
        catch (KernelException)
        {
            // It can't be captured, or can't be done at all: the launches that follow will tell.
        }
        catch
        {
            // Such as a device that is lost. A stream that is still captured could be neither waited for nor destroyed.
            _graphs.EndCapture(set, isComplete: false);
            throw;
        }

        return _graphs.EndCapture(set, isComplete);
    }

    private void Enqueue(ReadOnlySpan<nint> bases, in FunctionRun run)
    {
        Span<nint> operands = stackalloc nint[_mostOperands];
        _timer?.Begin();
        for (int i = 0; i < _entries.Length; i++)
        {
            Volatile.Write(ref _current, i);
            ref readonly var entry = ref _entries[i];
            var outputs = operands[entry.Inputs.Length..];
            Resolve(entry.Inputs, bases, operands);
            Resolve(entry.Outputs, bases, outputs);
            try
            {
                entry.Bound!.Enqueue(new CallContext(operands, outputs, run));
                _timer?.Mark(i + 1);
            }
            catch (Exception e)
            {
                throw e is CudaException { IsSticky: true } ? new DeviceLostException(entry.Call, e) : new KernelException(entry.Call, e);
            }
        }
    }

    private static void Resolve(OperandPlace[] places, ReadOnlySpan<nint> bases, Span<nint> addresses)
    {
        for (int i = 0; i < places.Length; i++)
            addresses[i] = places[i].AddressIn(bases);
    }

    private readonly record struct Entry(CudaCall? Bound, KernelCall Call, OperandPlace[] Inputs, OperandPlace[] Outputs);
}
