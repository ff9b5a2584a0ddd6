using GraphPipe.MockCuda.Execution;
using GraphPipe.MockCuda.Memory;
using GraphPipe.MockCuda.Ptx.Decode;
using GraphPipe.MockCuda.Ptx.Parse;
using GraphPipe.MockCuda.Reports;
using GraphPipe.MockCuda.Streams;

namespace GraphPipe.MockCuda.Driver;

/// <summary>The whole driver: devices, contexts, memory, streams, reports. One lock guards all of it; work of streams runs under it on the
/// thread that waits, so a run is decided by the order of calls and the seed alone.</summary>
internal sealed class MockDriver
{
    private readonly ThreadLocal<Stack<Context>> _current = new(() => new Stack<Context>());
    private readonly Dictionary<int, (Context Context, int Count)> _primary = [];
    private int _allocations;
    private int _hostAllocations;
    private int _modules;
    private int _blasHandles;
    private int _launches;
    private int _instantiations;
    private int _events;

    public MockDriver(Configuration configuration)
    {
        Configuration = configuration;
        Space = new AddressSpace(configuration.Devices);
        Scheduler = new Scheduler(
            Gate, configuration.Seed, s => ((Context)s.Owner).Failed != CudaResult.CUDA_SUCCESS, (s, e) => Fail((Context)s.Owner, e));
        Captures = new Captures(Scheduler, () => ContextStack);
    }

    public object Gate { get; } = new();

    public Configuration Configuration { get; }

    public AddressSpace Space { get; }

    public Scheduler Scheduler { get; }

    public Captures Captures { get; }

    public ReportLog Reports { get; } = new();

    public HandleTable Handles { get; } = new();

    /// <summary>How often each function was called: its name without "cu" and version.</summary>
    public Dictionary<string, long> Calls { get; } = [];

    /// <summary>What printf wrote.</summary>
    public Action<string> Print { get; init; } = Console.Out.Write;

    /// <summary>Thread instructions that kernels have run so far.</summary>
    public long ThreadInstructions { get; private set; }

    /// <summary>The calling thread's contexts; the top is current.</summary>
    public Stack<Context> ContextStack => _current.Value!;

    /// <exception cref="CudaException">No context is current, or the current one has failed.</exception>
    public Context Current()
    {
        if (!ContextStack.TryPeek(out var context))
            throw new CudaException(CudaResult.CUDA_ERROR_INVALID_CONTEXT);
        Check(context);
        return context;
    }

    public static void Check(Context context)
    {
        if (context.Failed != CudaResult.CUDA_SUCCESS)
            throw new CudaException(context.Failed);
    }

    public int CheckDevice(int device) => device >= 0 && device < Configuration.Devices
        ? device
        : throw new CudaException(CudaResult.CUDA_ERROR_INVALID_DEVICE);

    public Context CreateContext(int device)
    {
        CheckDevice(device);
        var context = new Context(device) { Default = null! };
        context.Default = Scheduler.Create(context, isLegacy: true, nonBlocking: false, priority: 0);
        return context;
    }

    public Context RetainPrimary(int device)
    {
        CheckDevice(device);
        var (context, count) = _primary.TryGetValue(device, out var known) ? known : (CreateContext(device), 0);
        _primary[device] = (context, count + 1);
        if (count == 0)
            Handles.Add(context);
        return context;
    }

    public void ReleasePrimary(int device)
    {
        if (!_primary.TryGetValue(CheckDevice(device), out var known))
            throw new CudaException(CudaResult.CUDA_ERROR_INVALID_CONTEXT);
        _primary[device] = (known.Context, known.Count - 1);
        if (known.Count > 1)
            return;
        _primary.Remove(device);
        DestroyContext(known.Context);
    }

    /// <summary>Ends the context's work and frees what it allocated.</summary>
    public void DestroyContext(Context context)
    {
        Scheduler.DrainOwner(context);
        foreach (var stream in Scheduler.StreamsOf(context).ToList())
            Scheduler.Destroy(stream);
        foreach (var allocation in context.Allocations.Where(a => !a.Freed))
            Space.Free(allocation);
        Handles.Remove(Handles.HandleOf(context));
    }

    /// <summary>0 and 1 are the default stream, 2 is taken for it too.</summary>
    /// <exception cref="CudaException">CUDA_ERROR_INVALID_CONTEXT: the thread has no current context, which work on any stream needs.</exception>
    public MockStream Stream(nint handle)
    {
        if (handle is >= 0 and <= 2)
            return Current().Default;
        NeedContext();
        return Handles.Get<MockStream>(handle);
    }

    /// <exception cref="CudaException">CUDA_ERROR_INVALID_CONTEXT: the thread has no current context.</exception>
    public void NeedContext()
    {
        if (ContextStack.Count == 0)
            throw new CudaException(CudaResult.CUDA_ERROR_INVALID_CONTEXT);
    }

    /// <summary>Counts an allocation of host memory, which may be the one that fails.</summary>
    public void CountHostAllocation()
    {
        if (++_hostAllocations == Configuration.FailHostAllocation)
            throw new CudaException(CudaResult.CUDA_ERROR_OUT_OF_MEMORY);
    }

    /// <summary>Counts an event, which may be the one that finds no memory.</summary>
    public void CountEvent()
    {
        if (++_events == Configuration.FailEvent)
            throw new CudaException(CudaResult.CUDA_ERROR_OUT_OF_MEMORY);
    }

    /// <summary>Counts a cuBLAS handle.</summary>
    /// <returns>False for the one that finds no memory.</returns>
    public bool CountBlasHandle() => ++_blasHandles != Configuration.FailBlasHandle;

    public Allocation Allocate(Context context, long bytes, string how)
    {
        _allocations++;
        if (_allocations == Configuration.FailAllocation || Space.Used(context.Device) + bytes > Configuration.MemoryBytes)
            throw new CudaException(CudaResult.CUDA_ERROR_OUT_OF_MEMORY);
        if (bytes == 0)
            throw new CudaException(CudaResult.CUDA_ERROR_INVALID_VALUE);
        var allocation = Space.Allocate(context.Device, bytes, $"{how} {_allocations}, device {context.Device}");
        context.Allocations.Add(allocation);
        return allocation;
    }

    /// <summary>Puts work into a stream that sees memory through a view; what it touched goes into the histories.</summary>
    public Operation? Enqueue(MockStream stream, string what, Action<GlobalView, IPlace> work) =>
        Scheduler.Enqueue(stream, what, operation => RunChecked(operation, what, work));

    /// <summary>Waits until an operation is done.</summary>
    /// <param name="stream">Where it was put.</param>
    /// <param name="operation">Null where it went into a graph: a host that waits during a capture breaks it.</param>
    public void Await(MockStream stream, Operation? operation)
    {
        if (operation is null)
            Captures.ForbidOn(stream);
        else
            Scheduler.WaitFor(operation);
        Check((Context)stream.Owner);
    }

    /// <summary>A graph ready to be launched.</summary>
    public nint Instantiate(MockGraph graph)
    {
        _instantiations++;
        return _instantiations == Configuration.FailInstantiation
            ? throw new CudaException(CudaResult.CUDA_ERROR_OUT_OF_MEMORY)
            : Handles.Add(new GraphExecutable(graph));
    }

    /// <summary>Puts a graph into a stream, as one operation.</summary>
    public void Launch(MockGraph graph, MockStream stream)
    {
        Check((Context)stream.Owner);
        CountLaunch(stream);
        Scheduler.Enqueue(stream, $"graph of {graph.Count} operations", graph.Run);
    }

    /// <exception cref="PtxException">The module is not PTX that the mock models.</exception>
    /// <exception cref="CudaException">Its version or target is not one that the device takes.</exception>
    public Module LoadModule(Context context, string text)
    {
        if (++_modules == Configuration.FailModule)
            throw new CudaException(CudaResult.CUDA_ERROR_OUT_OF_MEMORY);
        var syntax = Parser.Read(text);
        if (syntax.Version > Configuration.PtxVersion)
            throw new CudaException(CudaResult.CUDA_ERROR_UNSUPPORTED_PTX_VERSION);
        if (TargetOf(syntax.Target) is not { } target || target > Capability)
            throw new CudaException(CudaResult.CUDA_ERROR_NO_BINARY_FOR_GPU);
        var variables = new List<Allocation>();
        ulong allocate(Variable v, byte[] bytes)
        {
            var allocation = Space.Allocate(context.Device, Math.Max(bytes.Length, 1), $"variable {v.Name}");
            variables.Add(allocation);
            unsafe
            {
                bytes.CopyTo(new Span<byte>(allocation.Data, bytes.Length));
                new Span<byte>(allocation.ShadowBytes, bytes.Length).Fill((byte)Shadow.Written);
            }
            return allocation.Start;
        }
        return new Module(context, ModuleDecoder.Decode(syntax, allocate), variables);
    }

    /// <summary>Puts a kernel into a stream.</summary>
    public void Launch(Function function, Extent grid, Extent block, int dynamicShared, MockStream stream, byte[] parameters)
    {
        int shared = function.Module.Code.SharedBytes;
        bool fits = grid.Count > 0 && block.Count is > 0 and <= 1024 && grid.X <= int.MaxValue && grid.Y <= 65535 && grid.Z <= 65535 && block.Z <= 64
            && dynamicShared >= 0 && dynamicShared <= function.MaxDynamicShared
            && shared + dynamicShared <= Math.Max(Device.SharedPerBlock, function.MaxDynamicShared);
        if (!fits)
            throw new CudaException(CudaResult.CUDA_ERROR_INVALID_VALUE);
        // "The context of hStream must be that of the function" (API, cuLaunchKernel), and both the thread's.
        if (function.Module.Context != stream.Owner || stream.Owner != Current())
            throw new CudaException(CudaResult.CUDA_ERROR_INVALID_HANDLE);
        int number = CountLaunch(stream);
        var settings = new LaunchSettings(
            Configuration.InstructionLimit, Configuration.AllowExited, Configuration.Seed + number, Device.Multiprocessors, Print);
        Enqueue(stream, $"kernel {function.Code.Name}", (view, _) =>
        {
            var launch = new KernelLaunch(
                function.Module.Code, function.Code, grid, block, dynamicShared, parameters, view, Reports, settings);
            try
            {
                launch.Run();
            }
            finally
            {
                ThreadInstructions += launch.ThreadInstructions;
            }
        });
    }

    /// <summary>A launch that fails is one that would run: what is captured is not.</summary>
    private int CountLaunch(MockStream stream)
    {
        if (stream.Capture is not null || ++_launches != Configuration.FailLaunch)
            return _launches;
        ((Context)stream.Owner).Failed = CudaResult.CUDA_ERROR_LAUNCH_FAILED;
        throw new CudaException(CudaResult.CUDA_ERROR_LAUNCH_FAILED);
    }

    /// <summary>All findings go, and failed contexts work again.</summary>
    public void Reset(IEnumerable<Context> contexts)
    {
        Reports.Clear();
        foreach (var context in contexts)
            context.Failed = CudaResult.CUDA_SUCCESS;
    }

    private Version Capability => Configuration.ComputeCapability;

    /// <summary>sm_80 is 8.0, sm_90a 9.0; null where the target is no sm_.</summary>
    private static Version? TargetOf(string target)
    {
        string digits = target.StartsWith("sm_", StringComparison.Ordinal) ? target[3..].TrimEnd('a', 'f') : "";
        return int.TryParse(digits, out int number) ? new Version(number / 10, number % 10) : null;
    }

    private void RunChecked(Operation operation, string what, Action<GlobalView, IPlace> work)
    {
        var context = (Context)operation.Stream.Owner;
        var view = new GlobalView(Space, context.Device, context.Peers.Contains, Reports);
        int before = Reports.All.Count;
        try
        {
            work(view, new NoPlace(what));
        }
        finally
        {
            bool idle = Scheduler.IsIdle;
            foreach (var allocation in view.Touched.Where(a => !a.Freed))
            {
                if (idle)
                    allocation.History.Prune(Scheduler.Host);
                allocation.History.Add(AccessHistory.Collect(operation, allocation), allocation, Reports);
            }
        }
        if (Configuration.ReportsFail && Reports.All.Count > before)
            context.Failed = CudaResult.CUDA_ERROR_ILLEGAL_ADDRESS;
    }

    private void Fail(Context context, Exception e)
    {
        if (e is KernelFaultException fault)
        {
            Reports.Add(fault.Report);
            context.Failed = fault.Report.Kind switch
            {
                ReportKind.Misaligned => CudaResult.CUDA_ERROR_MISALIGNED_ADDRESS,
                ReportKind.Timeout => CudaResult.CUDA_ERROR_LAUNCH_TIMEOUT,
                ReportKind.Assertion => CudaResult.CUDA_ERROR_ASSERT,
                ReportKind.BarrierDivergence or ReportKind.WarpDivergence => CudaResult.CUDA_ERROR_LAUNCH_FAILED,
                _ => CudaResult.CUDA_ERROR_ILLEGAL_ADDRESS,
            };
            return;
        }
        Reports.Add(new Report(ReportKind.Misuse, $"the mock itself failed: {e}", null));
        context.Failed = CudaResult.CUDA_ERROR_UNKNOWN;
    }
}

/// <summary>An access outside kernels.</summary>
internal sealed class NoPlace(string what) : IPlace
{
    /// <summary>What the operation is called.</summary>
    public string What => what;

    public KernelPlace? Where() => null;
}
