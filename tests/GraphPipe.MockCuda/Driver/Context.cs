using GraphPipe.MockCuda.Memory;
using GraphPipe.MockCuda.Ptx.Decode;
using GraphPipe.MockCuda.Streams;

namespace GraphPipe.MockCuda.Driver;

/// <summary>A context on a device.</summary>
internal sealed class Context(int device)
{
    public int Device => device;

    /// <summary>CUDA_SUCCESS, or what a kernel failed with: then every call on the context gives it (API: "the context can't be used").</summary>
    public CudaResult Failed { get; set; }

    /// <summary>Stream 0.</summary>
    public required MockStream Default { get; set; }

    /// <summary>Devices whose memory kernels of this context may touch.</summary>
    public HashSet<int> Peers { get; } = [];

    public List<Allocation> Allocations { get; } = [];

    public int CacheConfig { get; set; }

    public int SharedConfig { get; set; }
}

/// <summary>A loaded module.</summary>
internal sealed record Module(Context Context, ModuleCode Code, IReadOnlyList<Allocation> Variables);

/// <summary>A kernel of a module.</summary>
internal sealed class Function(Module module, FunctionCode code)
{
    public Module Module => module;

    public FunctionCode Code => code;

    /// <summary>CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES: what launches may ask for beyond the module's own.</summary>
    public int MaxDynamicShared { get; set; } = Device.SharedPerBlock;
}

/// <summary>Numbers to objects; a number is never used twice, so a stale handle is noticed.</summary>
internal sealed class HandleTable
{
    private readonly Dictionary<nint, object> _objects = [];
    private nint _next = 0x5150_0000;

    public nint Add(object item)
    {
        _next += 16;
        _objects[_next] = item;
        return _next;
    }

    /// <exception cref="CudaException">CUDA_ERROR_INVALID_HANDLE: no live object of that kind has the number.</exception>
    public T Get<T>(nint handle) where T : class => _objects.TryGetValue(handle, out object? item) && item is T result
        ? result
        : throw new CudaException(CudaResult.CUDA_ERROR_INVALID_HANDLE);

    public T? Find<T>(nint handle) where T : class => _objects.GetValueOrDefault(handle) as T;

    public IReadOnlyList<T> All<T>() where T : class => [.. _objects.Values.OfType<T>()];

    public void Remove(nint handle) => _objects.Remove(handle);

    public nint HandleOf(object item) => _objects.First(p => p.Value == item).Key;
}
