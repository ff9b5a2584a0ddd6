using System.Runtime.InteropServices;
using GraphPipe.MockCuda.Memory;
using GraphPipe.MockCuda.Streams;

namespace GraphPipe.MockCuda.Driver;

/// <summary>CUDA Driver API: copies and fills, synchronous or in stream order as "API synchronization behavior" says: pageable host memory
/// is staged at once on its way in, and awaited on its way out.</summary>
internal static unsafe class CopyExports
{
    [UnmanagedCallersOnly(EntryPoint = "cuMemcpy")]
    public static CudaResult Memcpy(ulong to, ulong from, nuint bytes) => Now("cuMemcpy", to, from, bytes);

    [UnmanagedCallersOnly(EntryPoint = "cuMemcpyHtoD_v2")]
    public static CudaResult MemcpyHtoD(ulong to, ulong from, nuint bytes) => Now("cuMemcpyHtoD", to, from, bytes);

    [UnmanagedCallersOnly(EntryPoint = "cuMemcpyDtoH_v2")]
    public static CudaResult MemcpyDtoH(ulong to, ulong from, nuint bytes) => Now("cuMemcpyDtoH", to, from, bytes);

    [UnmanagedCallersOnly(EntryPoint = "cuMemcpyDtoD_v2")]
    public static CudaResult MemcpyDtoD(ulong to, ulong from, nuint bytes) => Now("cuMemcpyDtoD", to, from, bytes);

    [UnmanagedCallersOnly(EntryPoint = "cuMemcpyAsync")]
    public static CudaResult MemcpyAsync(ulong to, ulong from, nuint bytes, nint stream) =>
        Entry.Run(d => { Put(d, "cuMemcpyAsync", to, from, (long)bytes, d.Stream(stream)); });

    [UnmanagedCallersOnly(EntryPoint = "cuMemcpyHtoDAsync_v2")]
    public static CudaResult MemcpyHtoDAsync(ulong to, ulong from, nuint bytes, nint stream) =>
        Entry.Run(d => { Put(d, "cuMemcpyHtoDAsync", to, from, (long)bytes, d.Stream(stream)); });

    [UnmanagedCallersOnly(EntryPoint = "cuMemcpyDtoHAsync_v2")]
    public static CudaResult MemcpyDtoHAsync(ulong to, ulong from, nuint bytes, nint stream) =>
        Entry.Run(d => { Put(d, "cuMemcpyDtoHAsync", to, from, (long)bytes, d.Stream(stream)); });

    [UnmanagedCallersOnly(EntryPoint = "cuMemcpyDtoDAsync_v2")]
    public static CudaResult MemcpyDtoDAsync(ulong to, ulong from, nuint bytes, nint stream) =>
        Entry.Run(d => { Put(d, "cuMemcpyDtoDAsync", to, from, (long)bytes, d.Stream(stream)); });

    [UnmanagedCallersOnly(EntryPoint = "cuMemcpyPeerAsync")]
    public static CudaResult MemcpyPeerAsync(ulong to, nint toContext, ulong from, nint fromContext, nuint bytes, nint stream) =>
        Entry.Run(d =>
        {
            CheckOwner(d, to, toContext);
            CheckOwner(d, from, fromContext);
            Put(d, "cuMemcpyPeerAsync", to, from, (long)bytes, d.Stream(stream));
        });

    [UnmanagedCallersOnly(EntryPoint = "cuMemcpyPeer")]
    public static CudaResult MemcpyPeer(ulong to, nint toContext, ulong from, nint fromContext, nuint bytes)
    {
        var checkedOwners = Entry.Run(d =>
        {
            CheckOwner(d, to, toContext);
            CheckOwner(d, from, fromContext);
        });
        return checkedOwners == CudaResult.CUDA_SUCCESS ? Now("cuMemcpyPeer", to, from, bytes) : checkedOwners;
    }

    [UnmanagedCallersOnly(EntryPoint = "cuMemsetD8_v2")]
    public static CudaResult MemsetD8(ulong to, byte value, nuint count) => FillNow("cuMemsetD8", to, [value], count);

    [UnmanagedCallersOnly(EntryPoint = "cuMemsetD32_v2")]
    public static CudaResult MemsetD32(ulong to, uint value, nuint count) =>
        FillNow("cuMemsetD32", to, BitConverter.GetBytes(value), count);

    [UnmanagedCallersOnly(EntryPoint = "cuMemsetD8Async")]
    public static CudaResult MemsetD8Async(ulong to, byte value, nuint count, nint stream) =>
        Entry.Run(d => { PutFill(d, "cuMemsetD8Async", to, [value], count, d.Stream(stream)); });

    [UnmanagedCallersOnly(EntryPoint = "cuMemsetD32Async")]
    public static CudaResult MemsetD32Async(ulong to, uint value, nuint count, nint stream) =>
        Entry.Run(d => { PutFill(d, "cuMemsetD32Async", to, BitConverter.GetBytes(value), count, d.Stream(stream)); });

    private static CudaResult Now(string name, ulong to, ulong from, nuint bytes) => Entry.Run(d =>
    {
        d.Captures.Forbid();
        var context = d.Current();
        var operation = Put(d, name, to, from, (long)bytes, context.Default);
        if (operation is not null)
            d.Await(context.Default, operation);
    });

    private static CudaResult FillNow(string name, ulong to, byte[] value, nuint count) => Entry.Run(d =>
    {
        d.Captures.Forbid();
        d.Await(d.Current().Default, PutFill(d, name, to, value, count, d.Current().Default));
    });

    private static Operation? PutFill(MockDriver d, string name, ulong to, byte[] value, nuint count, MockStream stream) =>
        d.Enqueue(stream, $"{name} of {count}", (view, place) => Transfers.Fill(view, to, value, (long)count, place));

    private static Operation? Put(MockDriver d, string name, ulong to, ulong from, long bytes, MockStream stream) =>
        RowTransfer.Put(d, $"{name} of {bytes} bytes", new RowEnd(to, bytes), new RowEnd(from, bytes), 1, bytes, stream);

    /// <exception cref="CudaException">A device address that is not of the context's device.</exception>
    internal static void CheckOwner(MockDriver d, ulong address, nint context)
    {
        if (AddressSpace.IsDeviceAddress(address) && AddressSpace.DeviceOf(address) != d.Handles.Get<Context>(context).Device)
            throw new CudaException(CudaResult.CUDA_ERROR_INVALID_VALUE);
    }
}
