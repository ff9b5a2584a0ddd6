using System.Runtime.InteropServices;
using GraphPipe.MockCuda.Streams;

namespace GraphPipe.MockCuda.Driver;

/// <summary>CUDA Driver API: stream capture and graphs.</summary>
internal static unsafe class GraphExports
{
    [UnmanagedCallersOnly(EntryPoint = "cuStreamBeginCapture")]
    public static CudaResult StreamBeginCapture1(nint handle) => Entry.Run(d => d.Captures.Begin(d.Stream(handle), CaptureMode.Global));

    [UnmanagedCallersOnly(EntryPoint = "cuStreamBeginCapture_v2")]
    public static CudaResult StreamBeginCapture(nint handle, CaptureMode mode) => Entry.Run(d => d.Captures.Begin(d.Stream(handle), mode));

    [UnmanagedCallersOnly(EntryPoint = "cuStreamIsCapturing")]
    public static CudaResult StreamIsCapturing(nint handle, int* status) => Entry.Run(d =>
        { *status = d.Stream(handle).Capture is not { } graph ? 0 : graph.IsInvalid ? 2 : 1; });

    [UnmanagedCallersOnly(EntryPoint = "cuStreamEndCapture")]
    public static CudaResult StreamEndCapture(nint handle, nint* graph)
    {
        *graph = 0;
        return Entry.Run(d => { *graph = d.Handles.Add(d.Captures.End(d.Stream(handle))); });
    }

    [UnmanagedCallersOnly(EntryPoint = "cuGraphInstantiateWithFlags")]
    public static CudaResult GraphInstantiate(nint* executable, nint graph, ulong flags) => Entry.Run(d =>
        { *executable = d.Instantiate(d.Handles.Get<MockGraph>(graph)); });

    [UnmanagedCallersOnly(EntryPoint = "cuGraphInstantiate_v2")]
    public static CudaResult GraphInstantiate2(nint* executable, nint graph, nint* error, byte* log, nuint size) => Entry.Run(d =>
        { *executable = d.Instantiate(d.Handles.Get<MockGraph>(graph)); });

    [UnmanagedCallersOnly(EntryPoint = "cuGraphLaunch")]
    public static CudaResult GraphLaunch(nint executable, nint stream) => Entry.Run(d =>
        d.Launch(d.Handles.Get<GraphExecutable>(executable).Graph, d.Stream(stream)));

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
}

/// <summary>An instantiated graph.</summary>
internal sealed record GraphExecutable(MockGraph Graph);
