using System.Globalization;
using System.Reflection;
using GraphPipe.Bundle;
using GraphPipe.Runtime.Cuda.Compilation;
using GraphPipe.Runtime.Cuda.Driver;

namespace GraphPipe.Runtime.Cuda;

/// <summary>
/// CUDA devices: <c>cuda:1</c> is GPU 1, <c>cuda0x:0</c> to <c>cuda0x:3</c> (spelt <c>cuda:0x4</c> on the command line) are four virtual devices on
/// GPU 0 with a stream and memory each. The driver is loaded when the first device is opened.
/// </summary>
public sealed class CudaDeviceProvider : IDeviceProvider, IDisposable
{
    private readonly Lock _gate = new();
    private readonly Lazy<KernelRegistry<CudaKernel>> _kernels;
    private readonly KernelCompiler _compiler = new();
    private readonly DeviceMemoryMap _map = new();
    private readonly Dictionary<int, (CudaContext Context, int Devices)> _contexts = [];
    private readonly string? _path;
    private readonly MatrixProducts _products;
    private CudaDriver? _driver;

    /// <param name="driverPath">The driver's library; null for the system's.</param>
    /// <param name="products">What matrix products run on.</param>
    /// <param name="kernelAssemblies">Assemblies with more kernels; theirs come before ours.</param>
    public CudaDeviceProvider(string? driverPath = null, MatrixProducts products = MatrixProducts.Cublas, params IEnumerable<Assembly> kernelAssemblies)
    {
        _path = driverPath;
        _products = products;
        Assembly[] assemblies = [typeof(CudaDeviceProvider).Assembly, .. kernelAssemblies];
        _kernels = new(() => new KernelRegistry<CudaKernel>(assemblies));
    }

    /// <summary>Gives the compiler's memory back. To be called, if at all, when all devices are disposed; they need nothing else of the provider.</summary>
    public void Dispose() => _compiler.Dispose();

    /// <summary>The ops that have a kernel.</summary>
    public IEnumerable<string> Ops => _kernels.Value.Ops;

    /// <summary>The kernels compiled so far.</summary>
    internal IReadOnlyCollection<KernelSource> Sources => _compiler.Sources;

    /// <summary>Whether functions are replayed as CUDA graphs, where the driver has them; results are the same bit by bit.</summary>
    public bool UsesGraphs { get; init; } = true;

    /// <summary>Asked before every wait of a stream for an event; null to make them all.</summary>
    internal IStreamWaits? StreamWaits { get; init; }

    public bool Provides(DeviceName name) => GpuOf(name) is not null;

    public int ThreadsPerDevice(int count) => 1;

    /// <exception cref="DiagnosticException">GP6008: no driver, or no such GPU; GP6011: driver or GPU are too old; GP6012: its memory is full.</exception>
    public IDevice Open(DeviceName name, int count)
    {
        lock (_gate)
        {
            int gpu = GpuOf(name) ?? throw new ArgumentException($"{name} is no CUDA device", nameof(name));
            _driver ??= CudaDriver.Open(_path);
            var context = _contexts.TryGetValue(gpu, out var known) ? known.Context : OpenContext(gpu);
            _contexts[gpu] = (context, known.Devices + 1);
            try
            {
                return new CudaDevice(name, context, _map, _kernels.Value, _products, UsesGraphs ? _driver.Graphs : null, StreamWaits, () => Close(gpu));
            }
            catch
            {
                Close(gpu);
                throw;
            }
        }
    }

    /// <summary>The GPUs that the driver shows, without opening any.</summary>
    /// <exception cref="DiagnosticException">GP6008: there is no driver; GP6011: it is too old.</exception>
    public IReadOnlyList<CudaGpu> Inspect()
    {
        lock (_gate)
        {
            _driver ??= CudaDriver.Open(_path);
            return [.. Enumerable.Range(0, _driver.DeviceCount).Select(i => CudaGpu.Of(_driver, i))];
        }
    }

    /// <summary>The driver's version, 1000·major + 10·minor, and where it was loaded from.</summary>
    /// <exception cref="DiagnosticException">GP6008: there is no driver; GP6011: it is too old.</exception>
    public (int Version, string Path) Driver()
    {
        lock (_gate)
        {
            _driver ??= CudaDriver.Open(_path);
            return (_driver.Version, _driver.Path);
        }
    }

    /// <summary>What matrix products run on: cuBLAS with its version and library, or our own kernel. Opens the GPU for it.</summary>
    /// <exception cref="DiagnosticException">As for <see cref="Open"/>.</exception>
    public string ProductsOn(int gpu)
    {
        using var device = (CudaDevice)Open(new DeviceName("cuda", gpu), 1);
        return device.Products;
    }

    /// <summary>GP6008 for a GPU that the machine does not have.</summary>
    public static DiagnosticException Missing(int gpu, int count) => new(Diagnostic.Error(
        Codes.DevicesMissing,
        $"this machine has no GPU {gpu}: the CUDA driver shows {count}",
        advice: $"use what it has: --devices cuda:{string.Join(',', Enumerable.Range(0, Math.Max(1, count)))}, or cuda:0x4 for four virtual devices on GPU 0; a bundle is compiled again for it"));

    /// <summary>The GPU of a device; null if it is no CUDA device.</summary>
    public static int? GpuOf(DeviceName name)
    {
        const string kind = "cuda";
        if (name.Kind == kind)
            return name.Number;
        return name.Kind.StartsWith(kind, StringComparison.Ordinal) && name.Kind.EndsWith('x')
            && int.TryParse(name.Kind.AsSpan(kind.Length, name.Kind.Length - kind.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out int gpu) ? gpu : null;
    }

    private CudaContext OpenContext(int gpu)
    {
        var context = new CudaContext(_driver!, _compiler, gpu);
        try
        {
            foreach (var (other, _) in _contexts.Values)
            {
                context.Reach(other);
                other.Reach(context);
            }
        }
        catch
        {
            context.Dispose();
            throw;
        }

        return context;
    }

    // The last device of a GPU takes its context with it.
    private void Close(int gpu)
    {
        lock (_gate)
        {
            var (context, devices) = _contexts[gpu];
            if (devices > 1)
            {
                _contexts[gpu] = (context, devices - 1);
                return;
            }

            _contexts.Remove(gpu);
            context.Dispose();
        }
    }
}
