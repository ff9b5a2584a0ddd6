using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using GraphPipe.MockCuda.Memory;
using GraphPipe.MockCuda.Reports;

namespace GraphPipe.MockCuda.Driver;

/// <summary>CUDA Driver API: allocation.</summary>
internal static unsafe class MemoryExports
{
    [UnmanagedCallersOnly(EntryPoint = "cuMemGetInfo_v2")]
    public static CudaResult MemGetInfo(nuint* free, nuint* total) => Entry.Run(d =>
    {
        *total = (nuint)d.Configuration.MemoryBytes;
        *free = (nuint)(d.Configuration.MemoryBytes - d.Space.Used(d.Current().Device));
    });

    [UnmanagedCallersOnly(EntryPoint = "cuMemAlloc_v2")]
    public static CudaResult MemAlloc(ulong* result, nuint bytes) => Entry.Run(d =>
    {
        d.Captures.Forbid();
        *result = d.Allocate(d.Current(), (long)bytes, "cuMemAlloc").Start;
    });

    /// <summary>Waits for all work of the context, as drivers do, though the API does not promise it.</summary>
    [UnmanagedCallersOnly(EntryPoint = "cuMemFree_v2")]
    public static CudaResult MemFree(ulong address) => Entry.Run(d =>
    {
        if (address == 0)
            return;
        d.Captures.Forbid();
        var allocation = Live(d, address);
        d.Scheduler.DrainOwner(d.Current());
        d.Space.Free(allocation);
    });

    [UnmanagedCallersOnly(EntryPoint = "cuMemAllocAsync")]
    public static CudaResult MemAllocAsync(ulong* result, nuint bytes, nint stream) => Entry.Run(d =>
    {
        d.Stream(stream);
        *result = d.Allocate(d.Current(), (long)bytes, "cuMemAllocAsync").Start;
    });

    /// <summary>The memory goes when the stream gets there; for the race check that is a write of all of it.</summary>
    [UnmanagedCallersOnly(EntryPoint = "cuMemFreeAsync")]
    public static CudaResult MemFreeAsync(ulong address, nint stream) => Entry.Run(d =>
    {
        var allocation = Live(d, address);
        d.Scheduler.Enqueue(d.Stream(stream), $"cuMemFreeAsync of {allocation.Origin}", operation =>
        {
            if (allocation.Freed)
                throw new KernelFaultException(new Report(ReportKind.UseAfterFree, $"{allocation.Origin} is freed twice", null));
            allocation.History.Add(
                [new Streams.Access(operation, AccessKind.Write, [new Streams.ByteRange(0, allocation.Bytes)])], allocation, d.Reports);
            d.Space.Free(allocation);
        });
    });

    [UnmanagedCallersOnly(EntryPoint = "cuMemAllocHost_v2")]
    public static CudaResult MemAllocHost(nint* result, nuint bytes) => AllocateHost(result, bytes);

    [UnmanagedCallersOnly(EntryPoint = "cuMemHostAlloc")]
    public static CudaResult MemHostAlloc(nint* result, nuint bytes, uint flags) => AllocateHost(result, bytes);

    [UnmanagedCallersOnly(EntryPoint = "cuMemFreeHost")]
    public static CudaResult MemFreeHost(nint address) => Entry.Run(d =>
    {
        d.Captures.Forbid();
        var allocation = Live(d, (ulong)address);
        d.Scheduler.DrainOwner(d.Current());
        d.Space.Free(allocation);
    });

    [UnmanagedCallersOnly(EntryPoint = "cuMemHostRegister_v2")]
    public static CudaResult MemHostRegister(nint address, nuint bytes, uint flags) => Entry.Run(d =>
    {
        d.Current();
        if (d.Space.Holding((ulong)address, 1) is not null)
            return CudaResult.CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED;
        d.Space.AddHost((byte*)address, (long)bytes, owns: false, $"registered host memory, {bytes} bytes");
        return CudaResult.CUDA_SUCCESS;
    });

    [UnmanagedCallersOnly(EntryPoint = "cuMemHostUnregister")]
    public static CudaResult MemHostUnregister(nint address) => Entry.Run(d =>
    {
        if (d.Space.StartingAt((ulong)address) is not { } allocation)
            return CudaResult.CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED;
        d.Scheduler.DrainOwner(d.Current());
        d.Space.Free(allocation);
        return CudaResult.CUDA_SUCCESS;
    });

    [UnmanagedCallersOnly(EntryPoint = "cuMemHostGetDevicePointer_v2")]
    public static CudaResult MemHostGetDevicePointer(ulong* result, nint address, uint flags) => Entry.Run(d =>
    {
        if (d.Space.Holding((ulong)address, 1) is null)
            throw new CudaException(CudaResult.CUDA_ERROR_INVALID_VALUE);
        *result = (ulong)address;
    });

    /// <summary>Attributes: 2 memory type (1 host, 2 device), 3 device pointer, 4 host pointer, 9 device ordinal.</summary>
    [UnmanagedCallersOnly(EntryPoint = "cuPointerGetAttribute")]
    public static CudaResult PointerGetAttribute(void* data, int attribute, ulong address) => Entry.Run(d =>
    {
        if (d.Space.Holding(address, 0) is not { } allocation)
            return CudaResult.CUDA_ERROR_INVALID_VALUE;
        bool host = allocation.Device == Allocation.Host;
        switch (attribute)
        {
            case 2:
                *(int*)data = host ? 1 : 2;
                return CudaResult.CUDA_SUCCESS;
            case 3:
            case 4 when host:
                *(ulong*)data = address;
                return CudaResult.CUDA_SUCCESS;
            case 9:
                *(int*)data = host ? 0 : allocation.Device;
                return CudaResult.CUDA_SUCCESS;
            default:
                return CudaResult.CUDA_ERROR_INVALID_VALUE;
        }
    });

    private static CudaResult AllocateHost(nint* result, nuint bytes, [CallerMemberName] string name = "") => Entry.Run(
        d =>
        {
            d.Captures.Forbid();
            d.Current();
            d.CountHostAllocation();
            byte* data = (byte*)NativeMemory.Alloc(bytes);
            d.Space.AddHost(data, (long)bytes, owns: true, $"pinned host memory, {bytes} bytes");
            *result = (nint)data;
        },
        name);

    private static Allocation Live(MockDriver d, ulong address)
    {
        if (d.Space.StartingAt(address) is { } allocation)
            return allocation;
        if (d.Space.Nearest(address) is { Freed: true } freed && freed.Start == address)
            d.Reports.Add(new Report(ReportKind.UseAfterFree, $"{freed.Origin} is freed twice", null));
        throw new CudaException(CudaResult.CUDA_ERROR_INVALID_VALUE);
    }
}
