using System.Collections.Immutable;
using System.Diagnostics;
using GraphPipe.Bundle;

namespace GraphPipe.Runtime.Cpu;

/// <summary>A stage function on the CPU: bound calls, some of them fused, and for each operand the offset of its buffer.</summary>
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
        var fused = Fuse(binding, calls);
        _entries = [.. Enumerable.Range(0, calls.Length).Select(i => EntryOf(i)).OfType<Entry>()];
        _mostOperands = _entries.Select(e => e.Inputs.Length + e.Outputs.Length).DefaultIfEmpty(0).Max();

        Entry? EntryOf(int i)
        {
            if (!fused.TryGetValue(i, out var all))
                return new Entry(calls[i], binding.Function.Calls[i], [i], PlacesOf(binding.Function.Calls[i].Inputs), PlacesOf(binding.Function.Calls[i].Outputs), function.Workspaces[i]);
            if (i != all.Calls.Calls[^1])
                return null;
            var call = all.Calls.Describe(binding.Function);
            return new Entry(all.Bound, call, all.Calls.Calls, PlacesOf(call.Inputs), PlacesOf(call.Outputs), 0);
        }

        OperandPlace[] PlacesOf(ImmutableArray<BufferId> buffers) => OperandPlace.Of(binding, buffers);
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
                var entry = _entries[i];
                byte** outputs = operands + entry.Inputs.Length;
                Resolve(entry.Inputs, bases, operands);
                Resolve(entry.Outputs, bases, outputs);
                entry.Bound.Run(new KernelContext(operands, outputs, temporary + entry.Workspace, _resources, run));
                if (_resources.Fault.IsSet)
                    throw Fault(entry.Call, _resources.Fault.Take());
                if (_clock is null)
                    continue;
                long now = Stopwatch.GetTimestamp();
                _clock.Record(entry.Calls.AsSpan(), now - before);
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

    // By the position of every call that is fused with others.
    private static Dictionary<int, (FusedCalls Calls, FusedCall Bound)> Fuse(FunctionBinding binding, CpuCall[] calls)
    {
        var fused = new Dictionary<int, (FusedCalls, FusedCall)>();
        foreach (var group in binding.Memory[binding.Function.Kind].Fused)
        {
            if (FusedCall.Of(group, binding.Program, binding.Function, calls) is not { } bound)
                continue;
            foreach (int call in group.Calls)
                fused.Add(call, (group, bound));
        }

        return fused;
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

    /// <param name="Call">What runs, for reports.</param>
    /// <param name="Calls">Its positions in the function: one, or those that are fused.</param>
    private sealed record Entry(CpuCall Bound, KernelCall Call, ImmutableArray<int> Calls, OperandPlace[] Inputs, OperandPlace[] Outputs, long Workspace);
}
