using System.Diagnostics;
using GraphPipe.Bundle;

namespace GraphPipe.Runtime.Cpu;

/// <summary>A stage function on the CPU: bound calls, and for each operand the offset of its buffer.</summary>
internal sealed unsafe class CpuFunction : IBoundFunction
{
    private readonly Entry[] _entries;
    private readonly KernelResources _resources;
    private readonly int _mostOperands;
    private readonly CallClock? _clock;
    private int _current;

    public CpuFunction(FunctionBinding binding, CpuCall[] calls, KernelResources resources)
    {
        _resources = resources;
        _clock = binding.Clock;
        var function = binding.Memory[binding.Function.Kind];
        _entries = new Entry[calls.Length];
        for (int i = 0; i < calls.Length; i++)
        {
            var call = binding.Function.Calls[i];
            _entries[i] = new Entry(calls[i], call, OperandPlace.Of(binding, call.Inputs), OperandPlace.Of(binding, call.Outputs), function.Workspaces[i]);
            _mostOperands = Math.Max(_mostOperands, call.Inputs.Length + call.Outputs.Length);
        }
    }

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
        byte** operands = stackalloc byte*[_mostOperands];
        byte* temporary = (byte*)bases[(int)BufferLife.Temporary];
        long before = _clock is null ? 0 : Stopwatch.GetTimestamp();
        try
        {
            for (int i = 0; i < _entries.Length; i++)
            {
                Volatile.Write(ref _current, i);
                ref readonly var entry = ref _entries[i];
                byte** outputs = operands + entry.Inputs.Length;
                Resolve(entry.Inputs, bases, operands);
                Resolve(entry.Outputs, bases, outputs);
                entry.Bound.Run(new KernelContext(operands, outputs, temporary + entry.Workspace, _resources, run));
                if (_resources.Fault.IsSet)
                    throw Fault(entry.Call, _resources.Fault.Take());
                if (_clock is null)
                    continue;
                long now = Stopwatch.GetTimestamp();
                _clock.Record(i, now - before);
                before = now;
            }
        }
        catch (DivideByZeroException)
        {
            throw Fault(_entries[_current].Call, "a whole number is divided by zero");
        }
        catch (Exception e) when (e is not DiagnosticException)
        {
            throw new KernelException(_entries[_current].Call, e);
        }
    }

    private static void Resolve(OperandPlace[] places, ReadOnlySpan<nint> bases, byte** addresses)
    {
        for (int i = 0; i < places.Length; i++)
            addresses[i] = (byte*)places[i].AddressIn(bases);
    }

    private static DiagnosticException Fault(KernelCall call, string what) => new(Diagnostic.Error(
        Codes.DataValue,
        what,
        call.Nodes.IsEmpty ? $"kernel {call.Kernel}" : $"node \"{string.Join("\", \"", call.Nodes)}\"",
        "correct the data"));

    private readonly record struct Entry(CpuCall Bound, KernelCall Call, OperandPlace[] Inputs, OperandPlace[] Outputs, long Workspace);
}
