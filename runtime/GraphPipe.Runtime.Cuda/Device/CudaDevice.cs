using GraphPipe.Bundle;
using GraphPipe.Runtime.Cuda.Driver;

namespace GraphPipe.Runtime.Cuda;

/// <summary>
/// A GPU, or a share of one, as a device: a stream that takes kernels and copies in order, memory from one allocation per purpose, page-locked
/// memory for what comes from and goes to the host. Calls return when the work is in the stream; only <see cref="Read"/> waits.
/// </summary>
public sealed unsafe class CudaDevice : IDevice
{
    // CU_STREAM_NON_BLOCKING: does not wait for the default stream of whoever else uses the GPU.
    private const uint NonBlocking = 1;

    private readonly CudaContext _context;
    private readonly CudaDriver _driver;
    private readonly DeviceMemoryMap _map;
    private readonly KernelRegistry<CudaKernel> _kernels;
    private readonly nint _stream;
    private readonly HostStaging _staging;
    private readonly LaunchResources _resources;
    private readonly ValueFaults _faults;
    private readonly Action _closed;
    private readonly List<nint> _blocks = [];

    /// <param name="name">The device's name in the mesh.</param>
    /// <param name="context">Its GPU.</param>
    /// <param name="map">Where the device says which addresses are its own.</param>
    /// <param name="kernels">The kernels to use.</param>
    /// <param name="cublas">For products; null to take our own kernel.</param>
    /// <param name="closed">Called when the device needs the context no more.</param>
    /// <exception cref="DiagnosticException">GP6012: the GPU's memory is full.</exception>
    internal CudaDevice(DeviceName name, CudaContext context, DeviceMemoryMap map, KernelRegistry<CudaKernel> kernels, CublasLibrary? cublas, Action closed)
    {
        _closed = closed;
        Name = name;
        _context = context;
        _driver = context.Driver;
        _map = map;
        _kernels = kernels;
        context.Enter();
        nint stream = 0;
        _driver.Check(_driver.StreamCreate(&stream, NonBlocking), "cuStreamCreate");
        _stream = stream;
        _staging = new HostStaging(_driver, stream);

        // The last line of the working memory is where kernels report; the plan counts it as scratch.
        nint scratch = Allocate(MemoryPlan.ScratchPerThread);
        long bytes = MemoryPlan.ScratchPerThread.Value - Bytes.Alignment;
        _faults = new ValueFaults(scratch + (nint)bytes);
        _resources = new LaunchResources(context, stream, scratch, _faults, cublas is null ? null : new CublasHandle(cublas, stream, scratch, bytes));
    }

    public DeviceName Name { get; }

    public int Threads => 1;

    public Bytes Peak { get; private set; }

    public Bytes HostPeak => Bytes.Zero;

    public void Enter() => _context.Enter();

    /// <exception cref="DiagnosticException">GP6001, but for no bytes: copies to the host need a stream of their own, which this device does not have.</exception>
    public nint AllocateHost(Bytes size) => size == Bytes.Zero ? 0 : throw new DiagnosticException(Diagnostic.Error(
        Codes.KernelMissing, $"{Name} does not offload activations to host memory", advice: "compile without --offload and with another schedule than po-h or po-f, or use CPU devices"));

    public void Offload(nint source, nint host, Bytes size) => throw new NotSupportedException($"{Name} has no host memory");

    public void Reload(nint host, nint target, Bytes size) => throw new NotSupportedException($"{Name} has no host memory");

    public nint Allocate(Bytes size)
    {
        if (size == Bytes.Zero)
            return 0;
        _context.Enter();
        nint address = 0;
        int result = _driver.MemoryAllocate(&address, (nuint)size.Value);
        if (result == CudaException.OutOfMemory)
        {
            throw new DiagnosticException(Diagnostic.Error(
                Codes.DeviceMemoryFull,
                $"{Name} has no {size} left beside {Peak} that the pipeline holds there",
                advice: "use more devices, smaller micro-batches, or --recompute; 'plan' with --memory keeps to a limit"));
        }

        _driver.Check(result, "cuMemAlloc");
        _blocks.Add(address);
        _map.Add(address, size.Value, _context);
        _driver.Check(_driver.Fill(address, 0, (nuint)size.Value, _stream), "cuMemsetD8Async");
        Wait();
        Peak += size;
        return address;
    }

    public IBoundFunction Bind(FunctionBinding binding, DiagnosticBag diagnostics)
    {
        _context.Enter();
        int before = _faults.Count;
        CudaCall?[] calls = [.. binding.Function.Calls.Select(c => BindCall(c, binding, diagnostics))];
        return new CudaFunction(this, binding, calls, _faults.Count > before);
    }

    public void Write(ReadOnlySpan<byte> source, nint target, in StridedCopy copy)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(copy.SourceEnd, source.Length, nameof(source));
        _context.Enter();
        for (long row = 0; row < copy.Rows; row++)
        {
            var from = source.Slice(checked((int)(copy.SourceOffset + row * copy.SourceStride)), checked((int)copy.RowBytes));
            nint to = target + (nint)(copy.TargetOffset + row * copy.TargetStride);
            while (from.Length > 0)
            {
                int bytes = Math.Min(from.Length, HostStaging.HalfBytes);
                byte* place = _staging.Take(bytes);
                from[..bytes].CopyTo(new Span<byte>(place, bytes));
                _driver.Check(_driver.CopyToDevice(to, place, (nuint)bytes, _stream), "cuMemcpyHtoDAsync");
                from = from[bytes..];
                to += bytes;
            }
        }

        _staging.Sent();
    }

    public void Read(nint source, Span<byte> target, in StridedCopy copy)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(copy.TargetEnd, target.Length, nameof(target));
        _context.Enter();
        for (long row = 0; row < copy.Rows; row++)
        {
            var to = target.Slice(checked((int)(copy.TargetOffset + row * copy.TargetStride)), checked((int)copy.RowBytes));
            nint from = source + (nint)(copy.SourceOffset + row * copy.SourceStride);
            while (to.Length > 0)
            {
                int bytes = Math.Min(to.Length, HostStaging.HalfBytes);
                byte* place = _staging.Whole();
                _driver.Check(_driver.CopyToHost(place, from, (nuint)bytes, _stream), "cuMemcpyDtoHAsync");
                Wait();
                new ReadOnlySpan<byte>(place, bytes).CopyTo(to);
                to = to[bytes..];
                from += bytes;
            }
        }

        CheckValues();
    }

    public void Copy(nint source, nint target, in StridedCopy copy)
    {
        _context.Enter();
        var (from, to) = (_map.Owner(source), _map.Owner(target));
        for (long row = 0; row < copy.Rows; row++)
        {
            nint start = source + (nint)(copy.SourceOffset + row * copy.SourceStride), end = target + (nint)(copy.TargetOffset + row * copy.TargetStride);
            if (copy.RowBytes == 0)
                continue;
            _driver.Check(
                from == to
                    ? _driver.CopyOnDevice(end, start, (nuint)copy.RowBytes, _stream)
                    : _driver.CopyBetween(end, to.Handle, start, from.Handle, (nuint)copy.RowBytes, _stream),
                "cuMemcpy");
        }
    }

    public IFence CreateFence() => new CudaFence(_context);

    public void Signal(IFence fence)
    {
        _context.Enter();
        _driver.Check(_driver.EventRecord(((CudaFence)fence).Handle, _stream), "cuEventRecord");
    }

    public void Await(IFence fence)
    {
        _context.Enter();
        _driver.Check(_driver.StreamWaitEvent(_stream, ((CudaFence)fence).Handle, 0), "cuStreamWaitEvent");
    }

    public void Dispose()
    {
        // Nothing is checked: after a lost device every call fails.
        _ = _driver.ContextSetCurrent(_context.Handle);
        _ = _driver.StreamSynchronize(_stream);
        _staging.Dispose();
        foreach (nint block in _blocks)
        {
            _map.Remove(block);
            _ = _driver.MemoryFree(block);
        }

        _blocks.Clear();
        _resources.Dispose();
        _ = _driver.StreamDestroy(_stream);
        _closed();
    }

    /// <summary>Waits for everything that the stream was given.</summary>
    internal void Wait() => _driver.Check(_driver.StreamSynchronize(_stream), "cuStreamSynchronize");

    /// <summary>Waits, and looks whether a kernel has reported a value.</summary>
    /// <exception cref="DiagnosticException">GP7007: one has.</exception>
    internal void CheckValues()
    {
        if (_faults.Count == 0)
            return;
        long* cells = (long*)_staging.Whole();
        _driver.Check(_driver.CopyToHost(cells, _faults.Address, ValueFaults.Cells * sizeof(long), _stream), "cuMemcpyDtoHAsync");
        Wait();
        var (number, value) = (cells[0], cells[1]);
        if (number == 0)
            return;
        _driver.Check(_driver.Fill(_faults.Address, 0, ValueFaults.Cells * sizeof(long), _stream), "cuMemsetD8Async");
        throw _faults.Diagnose(number, value);
    }

    private CudaCall? BindCall(KernelCall call, FunctionBinding function, DiagnosticBag diagnostics)
    {
        var binding = new KernelBinding(call, function.Program, function.Samples, Threads);
        var kernel = _kernels.Find(call.Kernel);
        if (IsSmall(binding) && kernel?.Bind(binding, new LaunchBinder(_resources, call)) is { } bound)
            return bound;
        string nodes = call.Nodes.IsEmpty ? function.Program.Name : $"node \"{string.Join("\", \"", call.Nodes)}\"";
        string message = kernel is null ? $"no kernel for '{call.Kernel}' on {Name.Kind}" : $"the kernel for '{call.Kernel}' on {Name.Kind} does not do {binding}";
        diagnostics.Add(Diagnostic.Error(Codes.KernelMissing, message, nodes, "it runs on CPU devices: --devices cpu:4"));
        return null;
    }

    // Kernels count elements in 32 bits, which is twice as fast as in 64 where they divide.
    private static bool IsSmall(KernelBinding binding) =>
        Enumerable.Range(0, binding.InputCount).All(i => !binding.HasInput(i) || binding.Input(i).Count <= int.MaxValue - LaunchShape.Wide)
        && Enumerable.Range(0, binding.OutputCount).All(i => !binding.HasOutput(i) || binding.Output(i).Count <= int.MaxValue - LaunchShape.Wide);
}
