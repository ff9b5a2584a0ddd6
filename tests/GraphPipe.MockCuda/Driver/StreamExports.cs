using System.Runtime.InteropServices;
using GraphPipe.MockCuda.Streams;

namespace GraphPipe.MockCuda.Driver;

/// <summary>CUDA Driver API: streams, events.</summary>
internal static unsafe class StreamExports
{
    private const uint NonBlocking = 1;

    private const uint DisableTiming = 2;

    [UnmanagedCallersOnly(EntryPoint = "cuStreamCreate")]
    public static CudaResult StreamCreate(nint* result, uint flags) => Create(result, flags, 0);

    [UnmanagedCallersOnly(EntryPoint = "cuStreamCreateWithPriority")]
    public static CudaResult StreamCreateWithPriority(nint* result, uint flags, int priority) => Create(result, flags, priority);

    [UnmanagedCallersOnly(EntryPoint = "cuStreamDestroy_v2")]
    public static CudaResult StreamDestroy(nint handle) => Entry.Run(d =>
    {
        d.Scheduler.Destroy(d.Handles.Get<MockStream>(handle));
        d.Handles.Remove(handle);
    });

    [UnmanagedCallersOnly(EntryPoint = "cuStreamSynchronize")]
    public static CudaResult StreamSynchronize(nint handle) => Entry.Run(d =>
    {
        var stream = d.Stream(handle);
        d.Captures.ForbidOn(stream);
        d.Scheduler.Drain(stream);
        MockDriver.Check((Context)stream.Owner);
    });

    [UnmanagedCallersOnly(EntryPoint = "cuStreamQuery")]
    public static CudaResult StreamQuery(nint handle) => Entry.Run(d =>
    {
        var stream = d.Stream(handle);
        d.Captures.ForbidOn(stream);
        d.Scheduler.Advance();
        MockDriver.Check((Context)stream.Owner);
        return d.Scheduler.IsDrained(stream) ? CudaResult.CUDA_SUCCESS : CudaResult.CUDA_ERROR_NOT_READY;
    });

    [UnmanagedCallersOnly(EntryPoint = "cuStreamWaitEvent")]
    public static CudaResult StreamWaitEvent(nint handle, nint marker, uint flags) => Entry.Run(d =>
        d.Scheduler.Wait(d.Stream(handle), d.Handles.Get<MockEvent>(marker)));

    [UnmanagedCallersOnly(EntryPoint = "cuLaunchHostFunc")]
    public static CudaResult LaunchHostFunc(nint handle, delegate* unmanaged<nint, void> function, nint data) => Entry.Run(d =>
        { d.Scheduler.Enqueue(d.Stream(handle), "host function", _ => function(data), onHost: true); });

    [UnmanagedCallersOnly(EntryPoint = "cuEventCreate")]
    public static CudaResult EventCreate(nint* result, uint flags) => Entry.Run(d =>
    {
        d.CountEvent();
        *result = d.Handles.Add(new MockEvent { Context = d.Current(), TimingDisabled = (flags & DisableTiming) != 0 });
    });

    [UnmanagedCallersOnly(EntryPoint = "cuEventDestroy_v2")]
    public static CudaResult EventDestroy(nint handle) => Entry.Run(d =>
    {
        d.Handles.Get<MockEvent>(handle);
        d.Handles.Remove(handle);
    });

    [UnmanagedCallersOnly(EntryPoint = "cuEventRecord")]
    public static CudaResult EventRecord(nint handle, nint stream) => Entry.Run(d =>
    {
        // "hEvent and hStream must have been created from the same context" (API, cuEventRecord).
        var (marker, queue) = (d.Handles.Get<MockEvent>(handle), d.Stream(stream));
        if (marker.Context != queue.Owner)
            throw new CudaException(CudaResult.CUDA_ERROR_INVALID_HANDLE);
        d.Scheduler.Record(marker, queue);
    });

    [UnmanagedCallersOnly(EntryPoint = "cuEventQuery")]
    public static CudaResult EventQuery(nint handle) => Entry.Run(d =>
    {
        d.Captures.ForbidOn(d.Handles.Get<MockEvent>(handle));
        d.Scheduler.Advance();
        if (d.Handles.Get<MockEvent>(handle).Record is not { } record)
            return CudaResult.CUDA_SUCCESS;
        if (!record.Done)
            return CudaResult.CUDA_ERROR_NOT_READY;
        d.Await(record.Stream, record);
        return CudaResult.CUDA_SUCCESS;
    });

    [UnmanagedCallersOnly(EntryPoint = "cuEventSynchronize")]
    public static CudaResult EventSynchronize(nint handle) => Entry.Run(d =>
    {
        d.NeedContext();
        d.Captures.ForbidOn(d.Handles.Get<MockEvent>(handle));
        if (d.Handles.Get<MockEvent>(handle).Record is { } record)
            d.Await(record.Stream, record);
    });

    [UnmanagedCallersOnly(EntryPoint = "cuEventElapsedTime")]
    public static CudaResult EventElapsedTime(float* milliseconds, nint start, nint end) => Entry.Run(d =>
    {
        var (first, last) = (d.Handles.Get<MockEvent>(start), d.Handles.Get<MockEvent>(end));
        if (first.Record is null || last.Record is null || first.TimingDisabled || last.TimingDisabled)
            return CudaResult.CUDA_ERROR_INVALID_HANDLE;
        if (!first.Record.Done || !last.Record.Done)
            return CudaResult.CUDA_ERROR_NOT_READY;
        *milliseconds = (float)(last.Record.DoneAt - first.Record.DoneAt);
        return CudaResult.CUDA_SUCCESS;
    });

    private static CudaResult Create(nint* result, uint flags, int priority) => Entry.Run(d =>
        { *result = d.Handles.Add(d.Scheduler.Create(d.Current(), isLegacy: false, (flags & NonBlocking) != 0, priority)); });
}
