using GraphPipe.Bundle;
using GraphPipe.Runtime.Cuda.Driver;

namespace GraphPipe.Runtime.Cuda;

/// <summary>A stage function on a CUDA device: bound calls, and for each operand the offset of its buffer.</summary>
internal sealed class CudaFunction : IBoundFunction
{
    private readonly Entry[] _entries;
    private readonly int _mostOperands;
    private readonly CallTimer? _timer;
    private int _current;

    /// <param name="calls">In the order in which they run.</param>
    /// <param name="timer">Keeps the times of the calls; null if nobody wants to know.</param>
    public CudaFunction(FunctionBinding binding, IEnumerable<BoundCall> calls, CallTimer? timer)
    {
        _timer = timer;
        _entries = [.. calls.Select(c => new Entry(c.Bound, c.Call, OperandPlace.Of(binding, c.Call.Inputs), OperandPlace.Of(binding, c.Call.Outputs)))];
        _mostOperands = _entries.Select(e => e.Inputs.Length + e.Outputs.Length).DefaultIfEmpty(0).Max();
    }

    /// <summary>The call that is being enqueued; the device is behind it.</summary>
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
