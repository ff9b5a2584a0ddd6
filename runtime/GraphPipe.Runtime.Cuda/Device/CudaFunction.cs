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

    /// <param name="calls">Null for one that could not be bound; the error in the caller's bag keeps the function from being run.</param>
    /// <param name="timer">Keeps the times of the calls; null if nobody wants to know.</param>
    public CudaFunction(FunctionBinding binding, CudaCall?[] calls, CallTimer? timer)
    {
        _timer = timer;
        _entries = new Entry[calls.Length];
        for (int i = 0; i < calls.Length; i++)
        {
            var call = binding.Function.Calls[i];
            _entries[i] = new Entry(calls[i], call, OperandPlace.Of(binding, call.Inputs), OperandPlace.Of(binding, call.Outputs));
            _mostOperands = Math.Max(_mostOperands, call.Inputs.Length + call.Outputs.Length);
        }
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
