using GraphPipe.Bundle;
using GraphPipe.Runtime.Cuda.Driver;

namespace GraphPipe.Runtime.Cuda;

/// <summary>An event in one of a device's streams, with its time.</summary>
internal sealed unsafe class CudaFence : IFence
{
    private readonly CudaContext _context;

    public CudaFence(CudaContext context)
    {
        _context = context;
        context.Enter();
        nint handle = 0;
        context.Driver.Check(context.Driver.EventCreate(&handle, 0), "cuEventCreate");
        Handle = handle;
    }

    public nint Handle { get; }

    // The calling thread's context stays: it may be the owner of another device.
    public void Wait() => _context.Driver.Check(_context.Driver.EventSynchronize(Handle), "cuEventSynchronize");

    public Microseconds Since(IFence earlier)
    {
        float milliseconds = 0;
        _context.Driver.Check(_context.Driver.EventElapsedTime(&milliseconds, ((CudaFence)earlier).Handle, Handle), "cuEventElapsedTime");
        return new Microseconds(milliseconds * 1e3);
    }

    public void Dispose()
    {
        _ = _context.Driver.ContextSetCurrent(_context.Handle);
        _ = _context.Driver.EventDestroy(Handle);
    }
}
