using System.Runtime.InteropServices;
using System.Text;
using GraphPipe.Bundle;
using GraphPipe.Runtime.Cuda.Compilation;
using GraphPipe.Runtime.Cuda.Fusion;

namespace GraphPipe.Runtime.Cuda.Driver;

/// <summary>
/// A GPU's primary context, and the kernels loaded into it. Devices of one GPU (virtual ones) share it, so their memory is one address space.
/// </summary>
internal sealed unsafe class CudaContext : IDisposable
{
    // CU_JIT_ERROR_LOG_BUFFER and CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES.
    private const int ErrorLog = 5;
    private const int ErrorLogSize = 6;

    private readonly KernelCompiler _compiler;
    private readonly Dictionary<KernelSource, nint> _functions = [];
    private readonly List<nint> _modules = [];
    private readonly List<CudaContext> _peers = [];

    /// <exception cref="DiagnosticException">GP6008: there is no such GPU, or another process has it; GP6011: it is too old; GP6012: its memory is full.</exception>
    public CudaContext(CudaDriver driver, KernelCompiler compiler, int gpu)
    {
        Driver = driver;
        Gpu = gpu;
        _compiler = compiler;
        if (gpu >= driver.DeviceCount)
            throw CudaDeviceProvider.Missing(gpu, driver.DeviceCount);
        var known = CudaGpu.Of(driver, gpu);
        if (known.Problem is { } problem)
            throw new DiagnosticException(Diagnostic.Error(Codes.CudaDriverUnusable, problem, advice: "install a newer driver, use another GPU, or --devices cpu:4"));
        Device = known.Device;
        Target = PtxTarget.For(known.Capability)!;
        nint handle = 0;
        driver.CheckLoading(driver.PrimaryContextRetain(&handle, Device), "cuDevicePrimaryCtxRetain", Name);
        Handle = handle;
    }

    public CudaDriver Driver { get; }

    /// <summary>The GPU's number.</summary>
    public int Gpu { get; }

    /// <summary>The GPU, for people.</summary>
    public string Name => $"cuda:{Gpu}";

    /// <summary>The driver's handle of it.</summary>
    public int Device { get; }

    public PtxTarget Target { get; }

    public nint Handle { get; }

    /// <summary>Makes it the calling thread's, which is a device's own; others visit it.</summary>
    public void Enter() => Driver.Check(Driver.ContextSetCurrent(Handle), "cuCtxSetCurrent");

    /// <summary>Makes it the calling thread's until the visit is disposed.</summary>
    public ContextVisit Visit() => ContextVisit.To(this);

    /// <summary>Lets this GPU reach another's memory where the two can; where they can't, copies go through the host.</summary>
    public void Reach(CudaContext other)
    {
        if (other == this || _peers.Contains(other))
            return;
        int can = 0;
        Driver.Check(Driver.DeviceCanAccessPeer(&can, Device, other.Device), "cuDeviceCanAccessPeer");
        using var visit = Visit();

        // Open already, from another pipeline of the process; or no access after all, since the two can't (217) or a GPU has as many peers as it can have (711: eight where there is no NVSwitch).
        const int alreadyEnabled = 704, unsupported = 217, tooManyPeers = 711;
        int result = can == 0 ? 0 : Driver.ContextEnablePeerAccess(other.Handle, 0);
        Driver.Check(result is alreadyEnabled or unsupported or tooManyPeers ? 0 : result, "cuCtxEnablePeerAccess");
        _peers.Add(other);
    }

    /// <summary>Fused code, written, compiled and loaded on its first use.</summary>
    /// <exception cref="KernelCompilationException">ILGPU or the driver does not take it: a bug of ours.</exception>
    public nint Function(FusedStructure structure) => Function(_compiler.Emit(structure));

    /// <summary>The kernel, compiled and loaded on its first use.</summary>
    /// <exception cref="KernelCompilationException">ILGPU or the driver does not take it: a bug of ours.</exception>
    /// <exception cref="DiagnosticException">GP6012: the GPU has no memory left for its code.</exception>
    public nint Function(KernelSource source)
    {
        lock (_functions)
        {
            if (_functions.TryGetValue(source, out nint function))
                return function;
            using var visit = Visit();
            function = Load(_compiler.Compile(source, Target), source);
            _functions.Add(source, function);
            return function;
        }
    }

    public void Dispose()
    {
        // Not checked: after a lost device every call fails, and there is nothing left to give back.
        using (ContextVisit.TryTo(this))
        {
            foreach (nint module in _modules)
                _ = Driver.ModuleUnload(module);
        }

        _modules.Clear();
        _functions.Clear();
        _ = Driver.PrimaryContextRelease(Device);
    }

    private nint Load(PtxKernel ptx, KernelSource source)
    {
        const int logBytes = 8192;
        byte* log = stackalloc byte[logBytes];
        log[0] = 0;
        int* options = stackalloc int[] { ErrorLog, ErrorLogSize };
        void** values = stackalloc void*[] { log, (void*)logBytes };
        nint module = 0, function = 0;
        fixed (byte* image = Encoding.UTF8.GetBytes(ptx.Text + "\0"), name = Encoding.UTF8.GetBytes(ptx.Entry + "\0"))
        {
            int result = Driver.ModuleLoad(&module, image, 2, options, values);
            if (result == CudaException.OutOfMemory)
                throw CudaException.Full(Name, "cuModuleLoadDataEx");
            if (result != 0)
                throw new KernelCompilationException($"the driver does not load {source}: error {result}: {Marshal.PtrToStringUTF8((nint)log)}", null);
            _modules.Add(module);
            Driver.Check(Driver.ModuleGetFunction(&function, module, name), "cuModuleGetFunction");
        }

        return function;
    }
}
