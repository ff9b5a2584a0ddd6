using GraphPipe.Bundle;
using GraphPipe.Runtime.Cuda.Driver;

namespace GraphPipe.Runtime.Cuda;

/// <summary>
/// A GPU, or a share of one, as a device: a stream for kernels and one for each kind of copies, memory from one allocation per purpose, page-locked memory for what comes from and
/// goes to the host. Calls return when the work is in a stream; only <see cref="Read"/> and <see cref="Settle"/> wait, and what is more than page-locked memory holds.
/// </summary>
public sealed unsafe class CudaDevice : IDevice
{
    private readonly CudaContext _context;
    private readonly CudaDriver _driver;
    private readonly DeviceMemoryMap _map;
    private readonly KernelRegistry<CudaKernel> _kernels;
    private readonly CudaStreams _streams;
    private readonly nint _stream;
    private readonly HostStaging _staging;
    private readonly HostReads _reads;
    private readonly PinnedMemory _pinned;
    private readonly IStreamWaits? _waits;
    private readonly LaunchResources _resources;
    private readonly ValueFaults _faults;
    private readonly Action _closed;
    private readonly MatrixProducts _products;
    private readonly List<nint> _blocks = [];
    private readonly List<CallTimer> _timers = [];
    private readonly List<FunctionGraphs> _functionGraphs = [];
    private readonly GraphCalls? _graphs;

    /// <param name="name">The device's name in the mesh.</param>
    /// <param name="context">Its GPU.</param>
    /// <param name="map">Where the device says which addresses are its own.</param>
    /// <param name="kernels">The kernels to use.</param>
    /// <param name="products">What matrix products run on.</param>
    /// <param name="graphs">To replay functions as graphs; null to launch their calls one by one.</param>
    /// <param name="waits">Asked before every wait of a stream; null to make them all.</param>
    /// <param name="closed">Called when the device needs the context no more.</param>
    /// <exception cref="DiagnosticException">GP6012: the GPU's memory is full.</exception>
    internal CudaDevice(
        DeviceName name, CudaContext context, DeviceMemoryMap map, KernelRegistry<CudaKernel> kernels, MatrixProducts products, GraphCalls? graphs, IStreamWaits? waits, Action closed)
    {
        _closed = closed;
        _products = products;
        Name = name;
        _context = context;
        _driver = context.Driver;
        _map = map;
        _kernels = kernels;
        _waits = waits;
        _graphs = graphs;
        using var visit = context.Visit();
        try
        {
            _streams = new CudaStreams(context);
            _stream = _streams[DeviceQueue.Compute];
            _staging = new HostStaging(context, _stream);
            _reads = new HostReads(context, _stream);
            _pinned = new PinnedMemory(_driver);

            // The last line of the working memory is where kernels report; the plan counts it as scratch.
            nint scratch = Allocate(MemoryPlan.ScratchPerThread);
            long bytes = MemoryPlan.ScratchPerThread.Value - Bytes.Alignment;
            _faults = new ValueFaults(scratch + (nint)bytes);
            _resources = new LaunchResources(context, _stream, scratch, _faults, products == MatrixProducts.OwnKernel ? null : CublasHandle.Open(context, _stream, scratch, bytes, products == MatrixProducts.CublasTf32));
        }
        catch
        {
            Release();
            throw;
        }
    }

    /// <summary>What matrix products run on, for people.</summary>
    internal string Products
    {
        get
        {
            using var visit = _context.Visit();
            return _resources.Cublas is { } cublas ? $"cuBLAS {cublas.Version} ({cublas.Library.Name})" : "GraphPipe's own kernel: no cuBLAS works here";
        }
    }

    public DeviceName Name { get; }

    public int Threads => 1;

    public Bytes Peak { get; private set; }

    public Bytes HostPeak { get; private set; }

    public bool IsAsynchronous => true;

    public void Enter() => _context.Enter();

    public nint AllocateHost(Bytes size)
    {
        if (size == Bytes.Zero)
            return 0;
        using var visit = _context.Visit();
        HostPeak += size;
        return _pinned.Allocate(size.Value);
    }

    public void Offload(nint source, nint host, Bytes size)
    {
        _context.Enter();
        _driver.Check(_driver.CopyToHost((void*)host, source, (nuint)size.Value, _streams[DeviceQueue.Offload]), "cuMemcpyDtoHAsync");
    }

    public void Reload(nint host, nint target, Bytes size)
    {
        _context.Enter();
        _driver.Check(_driver.CopyToDevice(target, (void*)host, (nuint)size.Value, _streams[DeviceQueue.Reload]), "cuMemcpyHtoDAsync");
    }

    public nint Allocate(Bytes size)
    {
        if (size == Bytes.Zero)
            return 0;
        using var visit = _context.Visit();
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
        using var visit = _context.Visit();
        var calls = new CallBinder(Name, binding, _kernels, _resources, diagnostics).Bind();
        var timer = binding.Clock is null ? null : new CallTimer(_context, _stream, binding.Clock, calls);
        if (timer is not null)
            _timers.Add(timer);
        if (_products != MatrixProducts.OwnKernel && _resources.Cublas is null && binding.Function.Calls.Any(c => c.Kernel is "Gemm" or "MatMul" or "grad.MatMul"))
            diagnostics.Add(Diagnostic.Note(Codes.ProductsOnOwnKernel, "matrix products run on GraphPipe's own kernel, since no cuBLAS works here", advice: "install cuBLAS of the driver's CUDA version; 'doctor' shows it"));
        return new CudaFunction(this, binding, calls, timer);
    }

    public void Write(ReadOnlySpan<byte> source, nint target, in StridedCopy copy)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(copy.SourceEnd, source.Length, nameof(source));
        using var visit = _context.Visit();
        var end = RowsAt.On(_context, target, copy.TargetOffset, copy.TargetStride);
        foreach (var piece in new RowPieces(copy, HostStaging.HalfBytes))
        {
            byte* place = _staging.Take(piece.Bytes);
            var gather = new StridedCopy(piece.Rows, piece.RowBytes, copy.SourceOffset + piece.Row * copy.SourceStride + piece.Offset, copy.SourceStride, 0, piece.RowBytes);
            gather.Apply(source, new Span<byte>(place, piece.Bytes));
            RowCopies.Enqueue(_driver, RowsAt.Host(place, piece.RowBytes), end.From(piece.Row, piece.Offset), piece.Rows, piece.RowBytes, _stream);
        }

        _staging.Sent();
    }

    public void Read(nint source, Span<byte> target, in StridedCopy copy)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(copy.TargetEnd, target.Length, nameof(target));
        using var visit = _context.Visit();
        var end = RowsAt.On(_context, source, copy.SourceOffset, copy.SourceStride);
        foreach (var piece in new RowPieces(copy, HostStaging.HalfBytes))
        {
            byte* place = _staging.Whole();
            RowCopies.Enqueue(_driver, end.From(piece.Row, piece.Offset), RowsAt.Host(place, piece.RowBytes), piece.Rows, piece.RowBytes, _stream);
            Wait();
            var scatter = new StridedCopy(piece.Rows, piece.RowBytes, 0, piece.RowBytes, copy.TargetOffset + piece.Row * copy.TargetStride + piece.Offset, copy.TargetStride);
            scatter.Apply(new ReadOnlySpan<byte>(place, piece.Bytes), target);
        }

        CheckValues();
    }

    public void BeginRead(nint source, Memory<byte> target, in StridedCopy copy)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(copy.TargetEnd, target.Length, nameof(target));
        _context.Enter();
        _reads.Begin(RowsAt.On(_context, source, copy.SourceOffset, copy.SourceStride), target, copy);
    }

    public void Copy(DeviceQueue queue, nint source, nint target, in StridedCopy copy)
    {
        _context.Enter();
        RowCopies.Enqueue(
            _driver,
            RowsAt.On(_map.Owner(source), source, copy.SourceOffset, copy.SourceStride),
            RowsAt.On(_map.Owner(target), target, copy.TargetOffset, copy.TargetStride),
            copy.Rows,
            copy.RowBytes,
            _streams[queue]);
    }

    public IFence CreateFence() => new CudaFence(_context);

    public void Signal(DeviceQueue queue, IFence fence)
    {
        _context.Enter();
        _driver.Check(_driver.EventRecord(((CudaFence)fence).Handle, _streams[queue]), "cuEventRecord");
    }

    public void Await(DeviceQueue queue, IFence fence)
    {
        if (_waits?.IsMade(Name) == false)
            return;
        _context.Enter();
        _driver.Check(_driver.StreamWaitEvent(_streams[queue], ((CudaFence)fence).Handle, 0), "cuStreamWaitEvent");
    }

    public ILateRead CreateLateRead(int bytes)
    {
        using var visit = _context.Visit();
        return new CudaLateRead(_context, _stream, _faults, _pinned.Cell(CudaLateRead.ReportBytes + bytes), bytes);
    }

    public void Settle()
    {
        _context.Enter();
        foreach (var queue in Enum.GetValues<DeviceQueue>())
            _streams.Wait(queue);
        _reads.End();
        foreach (var timer in _timers)
            timer.Settle();
        CheckValues();
    }

    public void Abandon()
    {
        using var visit = ContextVisit.TryTo(_context);
        _streams.Abandon();
        _reads.Forget();

        // A report of the run that has failed must not be told of the next one.
        _ = _driver.Fill(_faults.Address, 0, ValueFaults.Cells * sizeof(long), _stream);
        _ = _driver.StreamSynchronize(_stream);
    }

    public void Dispose()
    {
        // Nothing is checked: after a lost device every call fails.
        using (ContextVisit.TryTo(_context))
        {
            Abandon();
            Release();
        }

        _closed();
    }

    // Also of a device that was not made to its end, where any part may be missing.
    private void Release()
    {
        _timers.ForEach(t => t.Dispose());
        _functionGraphs.ForEach(g => g.Dispose());
        _staging?.Dispose();
        _reads?.Dispose();
        _pinned?.Dispose();
        foreach (nint block in _blocks)
        {
            _map.Remove(block);
            _ = _driver.MemoryFree(block);
        }

        _blocks.Clear();
        _resources?.Dispose();
        _streams?.Dispose();
    }

    /// <summary>For a function whose operands count from these lives.</summary>
    /// <returns>Null where its calls are launched one by one.</returns>
    internal FunctionGraphs? CreateGraphs(BufferLife[] lives)
    {
        if (_graphs is null)
            return null;
        _functionGraphs.Add(new FunctionGraphs(_context, _graphs, _stream, lives));
        return _functionGraphs[^1];
    }

    private void Wait() => _streams.Wait(DeviceQueue.Compute);

    // Waits, and looks whether a kernel has reported a value: GP7007.
    private void CheckValues()
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
}
