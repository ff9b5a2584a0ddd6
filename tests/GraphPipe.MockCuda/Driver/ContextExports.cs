using System.Runtime.InteropServices;

namespace GraphPipe.MockCuda.Driver;

/// <summary>CUDA Driver API: contexts and peer access.</summary>
internal static unsafe class ContextExports
{
    [UnmanagedCallersOnly(EntryPoint = "cuCtxCreate_v2")]
    public static CudaResult CtxCreate(nint* result, uint flags, int device) => Entry.Run(d =>
    {
        var context = d.CreateContext(device);
        *result = d.Handles.Add(context);
        d.ContextStack.Push(context);
    });

    [UnmanagedCallersOnly(EntryPoint = "cuCtxDestroy_v2")]
    public static CudaResult CtxDestroy(nint handle) => Entry.Run(d =>
    {
        var context = d.Handles.Get<Context>(handle);
        d.DestroyContext(context);
        if (d.ContextStack.TryPeek(out var top) && top == context)
            d.ContextStack.Pop();
    });

    [UnmanagedCallersOnly(EntryPoint = "cuCtxSetCurrent")]
    public static CudaResult CtxSetCurrent(nint handle) => Entry.Run(d =>
    {
        d.ContextStack.TryPop(out _);
        if (handle != 0)
            d.ContextStack.Push(d.Handles.Get<Context>(handle));
    });

    [UnmanagedCallersOnly(EntryPoint = "cuCtxGetCurrent")]
    public static CudaResult CtxGetCurrent(nint* handle) => Entry.Run(d =>
        { *handle = d.ContextStack.TryPeek(out var context) ? d.Handles.HandleOf(context) : 0; });

    [UnmanagedCallersOnly(EntryPoint = "cuCtxPushCurrent_v2")]
    public static CudaResult CtxPushCurrent(nint handle) => Entry.Run(d => d.ContextStack.Push(d.Handles.Get<Context>(handle)));

    [UnmanagedCallersOnly(EntryPoint = "cuCtxPopCurrent_v2")]
    public static CudaResult CtxPopCurrent(nint* handle) => Entry.Run(d =>
    {
        if (!d.ContextStack.TryPop(out var context))
            throw new CudaException(CudaResult.CUDA_ERROR_INVALID_CONTEXT);
        if (handle is not null)
            *handle = d.Handles.HandleOf(context);
    });

    [UnmanagedCallersOnly(EntryPoint = "cuCtxGetDevice")]
    public static CudaResult CtxGetDevice(int* device) => Entry.Run(d => { *device = d.Current().Device; });

    [UnmanagedCallersOnly(EntryPoint = "cuDevicePrimaryCtxRetain")]
    public static CudaResult PrimaryRetain(nint* handle, int device) => Entry.Run(d =>
    {
        if (d.Configuration.RetainResult != CudaResult.CUDA_SUCCESS)
            return d.Configuration.RetainResult;
        *handle = d.Handles.HandleOf(d.RetainPrimary(device));
        return CudaResult.CUDA_SUCCESS;
    });

    [UnmanagedCallersOnly(EntryPoint = "cuDevicePrimaryCtxRelease_v2")]
    public static CudaResult PrimaryRelease(int device) => Entry.Run(d => d.ReleasePrimary(device));

    [UnmanagedCallersOnly(EntryPoint = "cuCtxSynchronize")]
    public static CudaResult CtxSynchronize() => Entry.Run(d =>
    {
        d.Captures.Forbid();
        var context = d.Current();
        d.Scheduler.DrainOwner(context);
        MockDriver.Check(context);
    });

    [UnmanagedCallersOnly(EntryPoint = "cuCtxGetCacheConfig")]
    public static CudaResult CtxGetCacheConfig(int* config) => Entry.Run(d => { *config = d.Current().CacheConfig; });

    [UnmanagedCallersOnly(EntryPoint = "cuCtxSetCacheConfig")]
    public static CudaResult CtxSetCacheConfig(int config) => Entry.Run(d => { d.Current().CacheConfig = config; });

    [UnmanagedCallersOnly(EntryPoint = "cuCtxGetSharedMemConfig")]
    public static CudaResult CtxGetSharedMemConfig(int* config) => Entry.Run(d => { *config = d.Current().SharedConfig; });

    [UnmanagedCallersOnly(EntryPoint = "cuCtxSetSharedMemConfig")]
    public static CudaResult CtxSetSharedMemConfig(int config) => Entry.Run(d => { d.Current().SharedConfig = config; });

    [UnmanagedCallersOnly(EntryPoint = "cuCtxEnablePeerAccess")]
    public static CudaResult CtxEnablePeerAccess(nint peer, uint flags) => Entry.Run(d =>
    {
        var context = d.Current();
        int device = d.Handles.Get<Context>(peer).Device;
        if (device == context.Device || !d.Configuration.PeerAccess)
            return CudaResult.CUDA_ERROR_PEER_ACCESS_UNSUPPORTED;
        if (!context.Peers.Contains(device) && context.Peers.Count >= d.Configuration.MaxPeers)
            return CudaResult.CUDA_ERROR_TOO_MANY_PEERS;
        return context.Peers.Add(device) ? CudaResult.CUDA_SUCCESS : CudaResult.CUDA_ERROR_PEER_ACCESS_ALREADY_ENABLED;
    });

    [UnmanagedCallersOnly(EntryPoint = "cuCtxDisablePeerAccess")]
    public static CudaResult CtxDisablePeerAccess(nint peer) => Entry.Run(d =>
        d.Current().Peers.Remove(d.Handles.Get<Context>(peer).Device)
            ? CudaResult.CUDA_SUCCESS
            : CudaResult.CUDA_ERROR_PEER_ACCESS_NOT_ENABLED);
}
