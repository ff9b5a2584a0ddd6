using System.Collections.Immutable;
using System.Runtime.InteropServices;
using GraphPipe.Bundle;
using GraphPipe.Runtime;
using GraphPipe.Runtime.Cpu;
using Xunit;

namespace GraphPipe.Tests.Kernels;

/// <summary>One kernel call on tensors of its own: every result is filled with junk before and has guards behind it.</summary>
internal static unsafe class KernelRun
{
    private const int Guard = 64;
    private const byte Junk = 0xFF;
    private static readonly KernelRegistry<CpuKernel> Registry = new(typeof(CpuKernel).Assembly);

    /// <summary>Runs on one thread, then on two and three, and checks that the bits are the same.</summary>
    /// <param name="op">A core op.</param>
    /// <param name="attributes">Its attributes.</param>
    /// <param name="inputs">Operands, null for one that is left out.</param>
    /// <param name="outputs">Types of the results, null for one that nobody reads.</param>
    /// <param name="workspace">Bytes.</param>
    public static TensorData[] On(string op, Attributes attributes, TensorData?[] inputs, OperandType?[] outputs, long workspace = 0)
    {
        var results = Once(op, attributes, inputs, outputs, workspace, 1, out string? fault);
        Assert.Null(fault);
        foreach (int threads in (int[])[2, 3])
        {
            var again = Once(op, attributes, inputs, outputs, workspace, threads, out _);
            for (int i = 0; i < results.Length; i++)
                Assert.True(results[i].Bytes.Span.SequenceEqual(again[i].Bytes.Span), $"{op}: result {i} on {threads} threads differs from that on one");
        }

        return results;
    }

    /// <summary>The only result.</summary>
    public static TensorData On(string op, Attributes attributes, TensorData?[] inputs, long[] shape, long workspace = 0) =>
        On(op, attributes, inputs, [Floats(shape)], workspace)[0];

    /// <summary>What the call reports about its data, or null.</summary>
    public static string? FaultOf(string op, Attributes attributes, TensorData?[] inputs, OperandType output)
    {
        Once(op, attributes, inputs, [output], 0, 2, out string? fault);
        return fault;
    }

    public static OperandType Floats(params long[] shape) => new(DType.F32, [.. shape]);

    /// <summary>The bound call, or null if the kernel refuses.</summary>
    public static CpuCall? Bind(string op, Attributes attributes, TensorData?[] inputs, OperandType?[] outputs, long workspace = 0, int threads = 1)
    {
        var call = new KernelCall(op, [.. inputs.Select(_ => BufferId.None)], [.. outputs.Select(_ => BufferId.None)], attributes, Dim.Of(workspace), []);
        var types = inputs.Select(t => t is null ? null : new OperandType(t.Type, t.Shape)).ToImmutableArray();
        return Assert.IsType<CpuKernel>(Registry.Find(op), exactMatch: false).Bind(new KernelBinding(call, types, [.. outputs], new Bytes(workspace), threads));
    }

    private static TensorData[] Once(
        string op, Attributes attributes, TensorData?[] inputs, OperandType?[] outputs, long workspace, int threads, out string? fault)
    {
        var call = Bind(op, attributes, inputs, outputs, workspace, threads);
        Assert.True(call is not null, $"{op} does not bind");
        var blocks = new List<nint>();
        byte** operands = stackalloc byte*[inputs.Length + outputs.Length];
        for (int i = 0; i < inputs.Length; i++)
        {
            operands[i] = inputs[i] is { } t ? Allocate(blocks, t.Bytes.Length) : null;
            inputs[i]?.Bytes.Span.CopyTo(new Span<byte>(operands[i], inputs[i]!.Bytes.Length));
        }

        for (int i = 0; i < outputs.Length; i++)
            operands[inputs.Length + i] = outputs[i] is { } t ? Allocate(blocks, t.Bytes) : null;
        using var workers = new WorkerGroup(threads, op);
        var resources = new KernelResources(workers, Allocate(blocks, threads * MemoryPlan.ScratchPerThread.Value), MemoryPlan.ScratchPerThread.Value);
        var context = new KernelContext(operands, operands + inputs.Length, Allocate(blocks, workspace), resources, new FunctionRun(1, true));
        call.Run(context);
        long allocated = long.MaxValue;
        for (int attempt = 0; attempt < 5 && allocated != 0; attempt++)
        {
            // A collection on another thread gives this one a new allocation context, which counts; a kernel that allocates does it every time.
            long before = GC.GetAllocatedBytesForCurrentThread();
            call.Run(context);
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Assert.True(allocated == 0, $"{op} allocates {allocated} bytes");
        fault = resources.Fault.IsSet ? resources.Fault.Take() : null;
        var results = new List<TensorData>();
        for (int i = 0; i < outputs.Length; i++)
        {
            if (outputs[i] is not { } type)
                continue;
            byte* p = operands[inputs.Length + i];
            Assert.True(new ReadOnlySpan<byte>(p + type.Bytes, Guard).IndexOfAnyExcept(Junk) < 0, $"{op} wrote past the end of result {i}");
            results.Add(new TensorData(type.Type, type.Shape, new ReadOnlySpan<byte>(p, (int)type.Bytes).ToArray()));
        }

        foreach (nint block in blocks)
            NativeMemory.AlignedFree((void*)block);
        return [.. results];
    }

    private static byte* Allocate(List<nint> blocks, long bytes)
    {
        byte* block = (byte*)NativeMemory.AlignedAlloc((nuint)(bytes + Guard), 64);
        new Span<byte>(block, (int)bytes + Guard).Fill(Junk);
        blocks.Add((nint)block);
        return block;
    }
}
