using GraphPipe.Runtime.Cuda.Driver;

namespace GraphPipe.Runtime.Cuda;

/// <summary>A device's streams, one for each <see cref="DeviceQueue"/>; none waits for another but by events.</summary>
internal sealed unsafe class CudaStreams : IDisposable
{
    // CU_STREAM_NON_BLOCKING: does not wait for the default stream of whoever else uses the GPU.
    private const uint NonBlocking = 1;

    private readonly CudaDriver _driver;
    private readonly nint[] _handles = new nint[Enum.GetValues<DeviceQueue>().Length];

    public CudaStreams(CudaContext context)
    {
        _driver = context.Driver;
        fixed (nint* handles = _handles)
        {
            for (int i = 0; i < _handles.Length; i++)
                _driver.CheckLoading(_driver.StreamCreate(handles + i, NonBlocking), "cuStreamCreate", context.Name);
        }
    }

    public nint this[DeviceQueue queue] => _handles[(int)queue];

    /// <summary>Waits for what the stream was given.</summary>
    public void Wait(DeviceQueue queue) => _driver.Check(_driver.StreamSynchronize(this[queue]), "cuStreamSynchronize");

    /// <summary>Waits for all of them, also after a failure.</summary>
    public void Abandon()
    {
        foreach (nint handle in _handles)
            _ = _driver.StreamSynchronize(handle);
    }

    public void Dispose()
    {
        foreach (nint handle in _handles)
            _ = _driver.StreamDestroy(handle);
    }
}
