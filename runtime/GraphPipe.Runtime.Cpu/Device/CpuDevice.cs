using System.Runtime.InteropServices;
using GraphPipe.Bundle;
using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu;

/// <summary>A share of the machine's cores as a device: its owner thread, helpers for parallel loops, and memory counted to the byte.</summary>
public sealed unsafe class CpuDevice : IDevice
{
    private readonly KernelRegistry<CpuKernel> _kernels;
    private readonly IKernelFallback? _fallback;
    private readonly WorkerGroup _workers;
    private readonly KernelResources _resources;
    private readonly List<nint> _blocks = [];
    private readonly List<IFallbackCall> _fallbackCalls = [];

    /// <param name="name">The device's name in the mesh.</param>
    /// <param name="threads">Threads that share a kernel's work.</param>
    /// <param name="kernels">The kernels to use.</param>
    /// <param name="fallback">Asked for calls that have no kernel.</param>
    public CpuDevice(DeviceName name, int threads, KernelRegistry<CpuKernel> kernels, IKernelFallback? fallback = null)
    {
        Name = name;
        _kernels = kernels;
        _fallback = fallback;
        _workers = new WorkerGroup(threads, name.ToString());
        _resources = new KernelResources(_workers, (byte*)Allocate(MemoryPlan.ScratchPerThread * threads), MemoryPlan.ScratchPerThread.Value);
    }

    public DeviceName Name { get; }

    public int Threads => _workers.Threads;

    public Bytes Peak { get; private set; }

    public Bytes HostPeak { get; private set; }

    public void Enter()
    {
    }

    public nint Allocate(Bytes size)
    {
        Peak += size;
        return NewBlock(size);
    }

    public nint AllocateHost(Bytes size)
    {
        HostPeak += size;
        return NewBlock(size);
    }

    public IBoundFunction Bind(FunctionBinding binding, DiagnosticBag diagnostics) =>
        new CpuFunction(binding, [.. binding.Function.Calls.Select(c => BindCall(c, binding, diagnostics) ?? Missing.Instance)], _resources);

    public void Write(ReadOnlySpan<byte> source, nint target, in StridedCopy copy)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(copy.SourceEnd, source.Length, nameof(source));
        fixed (byte* from = source)
            Copy((nint)from, target, copy);
    }

    public void Read(nint source, Span<byte> target, in StridedCopy copy)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(copy.TargetEnd, target.Length, nameof(target));
        fixed (byte* to = target)
            Copy(source, (nint)to, copy);
    }

    public void Copy(DeviceQueue queue, nint source, nint target, in StridedCopy copy) => Copy(source, target, copy);

    private static void Copy(nint source, nint target, in StridedCopy copy)
    {
        byte* from = (byte*)source + copy.SourceOffset, to = (byte*)target + copy.TargetOffset;
        for (long row = 0; row < copy.Rows; row++, from += copy.SourceStride, to += copy.TargetStride)
            Buffer.MemoryCopy(from, to, copy.RowBytes, copy.RowBytes);
    }

    public void Offload(nint source, nint host, Bytes size) => Buffer.MemoryCopy((void*)source, (void*)host, size.Value, size.Value);

    public void Reload(nint host, nint target, Bytes size) => Buffer.MemoryCopy((void*)host, (void*)target, size.Value, size.Value);

    public void Dispose()
    {
        _workers.Dispose();
        foreach (var call in _fallbackCalls)
            call.Dispose();
        _fallbackCalls.Clear();
        foreach (nint block in _blocks)
            NativeMemory.AlignedFree((void*)block);
        _blocks.Clear();
    }

    private nint NewBlock(Bytes size)
    {
        if (size == Bytes.Zero)
            return 0;
        void* block = NativeMemory.AlignedAlloc((nuint)size.Value, (nuint)Bytes.Alignment);
        NativeMemory.Clear(block, (nuint)size.Value);
        _blocks.Add((nint)block);
        return (nint)block;
    }

    private CpuCall? BindCall(KernelCall call, FunctionBinding function, DiagnosticBag diagnostics)
    {
        var binding = new KernelBinding(call, function.Program, function.Samples, Threads);
        var kernel = _kernels.Find(call.Kernel);
        if (Try(kernel, binding) is { } bound)
            return bound;
        string nodes = call.Nodes.IsEmpty ? function.Program.Name : $"node \"{string.Join("\", \"", call.Nodes)}\"";
        if (_fallback?.Bind(binding) is { } other)
        {
            _fallbackCalls.Add(other);
            diagnostics.Add(Diagnostic.Note(Codes.KernelFallback, $"'{call.Kernel}' runs on {_fallback.Name}", nodes));
            return new FallbackCall(other, call.Inputs.Length, call.Outputs.Length);
        }

        string message = kernel is null ? $"no kernel for '{call.Kernel}' on {Name.Kind}" : $"the kernel for '{call.Kernel}' on {Name.Kind} does not do {binding}";
        diagnostics.Add(Diagnostic.Error(Codes.KernelMissing, message, nodes));
        return null;
    }

    private static CpuCall? Try(CpuKernel? kernel, KernelBinding binding)
    {
        try
        {
            return kernel?.Bind(binding);
        }
        catch (TooManyAxesException)
        {
            return null;
        }
    }

    // Holds the place of a call that could not be bound; the error in the bag keeps the function from being run.
    private sealed class Missing : CpuCall
    {
        public static readonly Missing Instance = new();

        public override void Run(in KernelContext context) => throw new InvalidOperationException("the call was not bound");
    }
}
