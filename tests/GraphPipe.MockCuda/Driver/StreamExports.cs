using System.Runtime.InteropServices;
using GraphPipe.MockCuda.Streams;

namespace GraphPipe.MockCuda.Driver;

/// <summary>CUDA Driver API: streams, events, graphs.</summary>
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
        NotCapturing(stream);
        d.Scheduler.Drain(stream);
        MockDriver.Check((Context)stream.Owner);
    });

    [UnmanagedCallersOnly(EntryPoint = "cuStreamQuery")]
    public static CudaResult StreamQuery(nint handle) => Entry.Run(d =>
    {
        var stream = d.Stream(handle);
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
        d.Scheduler.Advance();
        if (d.Handles.Get<MockEvent>(handle).Record is not { } record)
            return CudaResult.CUDA_SUCCESS;
        if (!record.Done)
            return CudaResult.CUDA_ERROR_NOT_READY;
        d.Await((Context)record.Stream.Owner, record);
        return CudaResult.CUDA_SUCCESS;
    });

    [UnmanagedCallersOnly(EntryPoint = "cuEventSynchronize")]
    public static CudaResult EventSynchronize(nint handle) => Entry.Run(d =>
    {
        d.NeedContext();
        if (d.Handles.Get<MockEvent>(handle).Record is { } record)
            d.Await((Context)record.Stream.Owner, record);
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

    [UnmanagedCallersOnly(EntryPoint = "cuStreamBeginCapture")]
    public static CudaResult StreamBeginCapture1(nint handle) => Begin(handle);

    [UnmanagedCallersOnly(EntryPoint = "cuStreamBeginCapture_v2")]
    public static CudaResult StreamBeginCapture(nint handle, int mode) => Begin(handle);

    [UnmanagedCallersOnly(EntryPoint = "cuStreamIsCapturing")]
    public static CudaResult StreamIsCapturing(nint handle, int* status) => Entry.Run(d =>
        { *status = d.Stream(handle).Capture is null ? 0 : 1; });

    private static CudaResult Begin(nint handle) => Entry.Run(d =>
    {
        var stream = d.Stream(handle);
        // The default stream can't be captured (API, cuStreamBeginCapture).
        if (stream.IsLegacy)
            throw new CudaException(CudaResult.CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
        NotCapturing(stream);
        stream.Capture = new MockGraph();
    });

    [UnmanagedCallersOnly(EntryPoint = "cuStreamEndCapture")]
    public static CudaResult StreamEndCapture(nint handle, nint* graph) => Entry.Run(d =>
    {
        var captured = d.Stream(handle).Capture ?? throw new CudaException(CudaResult.CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
        d.Scheduler.EndCapture(captured);
        *graph = d.Handles.Add(captured);
    });

    [UnmanagedCallersOnly(EntryPoint = "cuGraphInstantiateWithFlags")]
    public static CudaResult GraphInstantiate(nint* executable, nint graph, ulong flags) => Entry.Run(d =>
        { *executable = d.Handles.Add(new GraphExecutable(d.Handles.Get<MockGraph>(graph))); });

    [UnmanagedCallersOnly(EntryPoint = "cuGraphInstantiate_v2")]
    public static CudaResult GraphInstantiate2(nint* executable, nint graph, nint* error, byte* log, nuint size) => Entry.Run(d =>
        { *executable = d.Handles.Add(new GraphExecutable(d.Handles.Get<MockGraph>(graph))); });

    [UnmanagedCallersOnly(EntryPoint = "cuGraphLaunch")]
    public static CudaResult GraphLaunch(nint executable, nint stream) => Entry.Run(d =>
    {
        var graph = d.Handles.Get<GraphExecutable>(executable).Graph;
        d.Scheduler.Enqueue(d.Stream(stream), $"graph of {graph.Count} operations", graph.Run);
    });

    [UnmanagedCallersOnly(EntryPoint = "cuGraphExecDestroy")]
    public static CudaResult GraphExecDestroy(nint executable) => Entry.Run(d =>
    {
        d.Handles.Get<GraphExecutable>(executable);
        d.Handles.Remove(executable);
    });

    [UnmanagedCallersOnly(EntryPoint = "cuGraphDestroy")]
    public static CudaResult GraphDestroy(nint graph) => Entry.Run(d =>
    {
        d.Handles.Get<MockGraph>(graph);
        d.Handles.Remove(graph);
    });

    private static CudaResult Create(nint* result, uint flags, int priority) => Entry.Run(d =>
        { *result = d.Handles.Add(d.Scheduler.Create(d.Current(), isLegacy: false, (flags & NonBlocking) != 0, priority)); });

    private static void NotCapturing(MockStream stream)
    {
        if (stream.Capture is not null)
            throw new CudaException(CudaResult.CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
    }
}

/// <summary>An instantiated graph.</summary>
internal sealed record GraphExecutable(MockGraph Graph);
