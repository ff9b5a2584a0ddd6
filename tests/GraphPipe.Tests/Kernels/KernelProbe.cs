using System.Collections.Immutable;
using System.Runtime.InteropServices;
using GraphPipe.Bundle;
using GraphPipe.Runtime;
using GraphPipe.Runtime.Cpu;
using Xunit;

namespace GraphPipe.Tests.Kernels;

/// <summary>
/// Runs a kernel alone, on one thread, on two and on three: the bits of the results must be the same, nothing may be written outside the
/// results, every element must be written, and a run may not allocate.
/// </summary>
internal static unsafe class KernelProbe
{

    // NaN in every float type.
    private const byte Garbage = 0xFF;
    private const int Guard = 64;
    private static readonly KernelRegistry<CpuKernel> Registry = new(typeof(CpuKernel).Assembly);

    /// <summary>One result.</summary>
    public static TensorData Run(string op, TensorData?[] inputs, string output, Attributes? attributes = null) => RunAll(op, inputs, [output], attributes)[0];

    /// <param name="outputs">Type and shape of each result, e.g. <c>f32[2,3]</c>; null for one that nobody reads.</param>
    /// <returns>The results; empty for one that nobody reads.</returns>
    public static TensorData[] RunAll(string op, TensorData?[] inputs, string?[] outputs, Attributes? attributes = null) =>
        Run(op, attributes ?? Attributes.Empty, inputs, [.. outputs.Select(o => o is null ? null : TypeOf(o))]);

    /// <summary>The only result, of floats.</summary>
    public static TensorData Run(string op, Attributes attributes, TensorData?[] inputs, long[] shape, long workspace = 0) =>
        Run(op, attributes, inputs, [Floats(shape)], workspace)[0];

    /// <param name="outputs">Types of the results; null for one that nobody reads.</param>
    /// <param name="workspace">Bytes.</param>
    /// <returns>The results; empty for one that nobody reads.</returns>
    public static TensorData[] Run(string op, Attributes attributes, TensorData?[] inputs, OperandType?[] outputs, long workspace = 0)
    {
        var one = Bound(op, inputs, outputs, attributes, 1, out _, workspace: workspace);
        foreach (int threads in (int[])[2, 3])
        {
            var more = Bound(op, inputs, outputs, attributes, threads, out _, workspace: workspace);
            for (int i = 0; i < outputs.Length; i++)
                Assert.True(one[i].Bytes.Span.SequenceEqual(more[i].Bytes.Span), $"{op}: result {i} on {threads} threads differs from that on one");
        }

        return one;
    }

    /// <summary>A call that updates its first operand in place; the operands afterwards.</summary>
    public static TensorData[] RunInPlace(string op, TensorData[] inputs, Attributes? attributes = null, long step = 1)
    {
        Bound(op, inputs, [null], attributes, 1, out var after, inPlace: true, step);
        Bound(op, inputs, [null], attributes, 3, out var other, inPlace: true, step);
        for (int i = 0; i < inputs.Length; i++)
            Assert.True(after[i].Bytes.Span.SequenceEqual(other[i].Bytes.Span), $"{op}: operand {i} depends on the number of threads");
        return after;
    }

    /// <summary>True if the kernel takes the call.</summary>
    public static bool Binds(string op, OperandType[] inputs, OperandType[] outputs, Attributes? attributes = null, long workspace = 0) =>
        Registry.Find(op)!.Bind(Binding(op, [.. inputs], [.. outputs], attributes, 1, workspace)) is not null;

    /// <summary>The fault that a run reports.</summary>
    public static string Fault(string op, TensorData?[] inputs, string output, Attributes? attributes = null)
    {
        string? fault = null;
        Bound(op, inputs, [TypeOf(output)], attributes, 1, out _, onFault: f => fault = f);
        return Assert.IsType<string>(fault);
    }

    public static OperandType Floats(params long[] shape) => new(DType.F32, [.. shape]);

    public static OperandType TypeOf(string text)
    {
        int bracket = text.IndexOf('[');
        Assert.True(DTypes.TryParse(text.AsSpan(0, bracket), out var type));
        string dims = text[(bracket + 1)..^1];
        return new OperandType(type, dims.Length == 0 ? [] : [.. dims.Split(',').Select(long.Parse)]);
    }

    private static KernelBinding Binding(string op, ImmutableArray<OperandType?> inputs, ImmutableArray<OperandType?> outputs, Attributes? attributes, int threads, long workspace) =>
        new(new KernelCall(op, [], [], attributes ?? Attributes.Empty, Dim.Of(workspace), []), inputs, outputs, new Bytes(workspace), threads);

    private static TensorData[] Bound(
        string op, TensorData?[] inputs, OperandType?[] outputs, Attributes? attributes, int threads, out TensorData[] inputsAfter, bool inPlace = false,
        long step = 1, Action<string>? onFault = null, long workspace = 0)
    {
        var kernel = Registry.Find(op);
        Assert.True(kernel is not null, $"no kernel for {op}");
        ImmutableArray<OperandType?> inputTypes = [.. inputs.Select(i => i is null ? null : new OperandType(i.Type, i.Shape))];
        var binding = Binding(op, inputTypes, inPlace ? [inputTypes[0]] : [.. outputs], attributes, threads, workspace);
        var call = kernel.Bind(binding);
        Assert.True(call is not null, $"not bound: {binding}");

        var blocks = new List<nint>();
        using var workers = new WorkerGroup(threads, "probe");
        byte* scratch = (byte*)NativeMemory.AlignedAlloc((nuint)(MemoryPlan.ScratchPerThread.Value * threads), 64);
        try
        {
            byte** addresses = stackalloc byte*[inputs.Length + outputs.Length];
            for (int i = 0; i < inputs.Length; i++)
            {
                addresses[i] = inputs[i] is { } value ? Block(value.Bytes.Length) : null;
                inputs[i]?.Bytes.Span.CopyTo(new Span<byte>(addresses[i], inputs[i]!.Bytes.Length));
            }

            for (int i = 0; i < outputs.Length; i++)
                addresses[inputs.Length + i] = outputs[i] is { } type ? Block(type.Bytes) : inPlace ? addresses[0] : null;

            var resources = new KernelResources(workers, scratch, MemoryPlan.ScratchPerThread.Value);
            var context = new KernelContext(addresses, addresses + inputs.Length, Block(workspace), resources, new FunctionRun(step, true));
            long before = GC.GetAllocatedBytesForCurrentThread();
            call.Run(context);
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            if (resources.Fault.IsSet)
            {
                string fault = resources.Fault.Take();
                Assert.True(onFault is not null, fault);
                onFault(fault);
            }

            // The first run may have loaded types, and a collection on another thread counts too; a kernel that allocates does it every time.
            for (int attempt = 0; attempt < 5 && !inPlace && threads == 1 && allocated != 0; attempt++)
            {
                before = GC.GetAllocatedBytesForCurrentThread();
                call.Run(context);
                allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            }

            Assert.True(inPlace || threads > 1 || allocated == 0, $"a run allocates {allocated} bytes");

            inputsAfter = new TensorData[inputs.Length];
            for (int i = 0; i < inputs.Length; i++)
            {
                if (inputs[i] is not { } value)
                    continue;
                inputsAfter[i] = Content(addresses[i], new OperandType(value.Type, value.Shape));
                if (!inPlace)
                    Assert.True(value.Bytes.Span.SequenceEqual(inputsAfter[i].Bytes.Span), $"{op} wrote to operand {i}");
            }

            var results = new TensorData[outputs.Length];
            for (int i = 0; i < outputs.Length; i++)
                results[i] = outputs[i] is { } type ? Content(addresses[inputs.Length + i], type) : TensorData.Floats([0]);
            return results;
        }
        finally
        {
            foreach (nint block in blocks)
                NativeMemory.AlignedFree((void*)block);
            NativeMemory.AlignedFree(scratch);
        }

        byte* Block(long bytes)
        {
            byte* block = (byte*)NativeMemory.AlignedAlloc((nuint)(bytes + 2 * Guard), 64);
            new Span<byte>(block, (int)bytes + 2 * Guard).Fill(Garbage);
            blocks.Add((nint)block);
            return block + Guard;
        }

        TensorData Content(byte* at, OperandType type)
        {
            Assert.True(!new Span<byte>(at - Guard, Guard).ContainsAnyExcept(Garbage), $"{op} wrote before a buffer");
            Assert.True(!new Span<byte>(at + type.Bytes, Guard).ContainsAnyExcept(Garbage), $"{op} wrote behind a buffer");
            return new TensorData(type.Type, type.Shape, new Span<byte>(at, (int)type.Bytes).ToArray());
        }
    }
}
