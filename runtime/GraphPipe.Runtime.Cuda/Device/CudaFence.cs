using GraphPipe.Bundle;
using GraphPipe.Runtime.Cuda.Driver;

namespace GraphPipe.Runtime.Cuda;

/// <summary>An event in one of a device's streams.</summary>
internal sealed unsafe class CudaFence : IFence
{
    private readonly CudaContext _context;

    // CU_EVENT_DISABLE_TIMING: such an event is cheaper to record and to wait for.
    private const uint NoTiming = 2;

    /// <param name="isTimed">Whether its time will be read.</param>
    public CudaFence(CudaContext context, bool isTimed = true)
    {
        _context = context;
        using var visit = context.Visit();
        nint handle = 0;
        context.Driver.Check(context.Driver.EventCreate(&handle, isTimed ? 0 : NoTiming), "cuEventCreate");
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
        using var visit = ContextVisit.TryTo(_context);
        _ = _context.Driver.EventDestroy(Handle);
    }
}
