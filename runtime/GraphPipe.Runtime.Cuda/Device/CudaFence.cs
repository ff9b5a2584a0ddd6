using GraphPipe.Runtime.Cuda.Driver;

namespace GraphPipe.Runtime.Cuda;

/// <summary>An event in a device's queue.</summary>
internal sealed unsafe class CudaFence : IFence
{
    private const uint NoTiming = 2;

    private readonly CudaContext _context;

    public CudaFence(CudaContext context)
    {
        _context = context;
        context.Enter();
        nint handle = 0;
        context.Driver.Check(context.Driver.EventCreate(&handle, NoTiming), "cuEventCreate");
        Handle = handle;
    }

    public nint Handle { get; }

    public void Dispose()
    {
        _ = _context.Driver.ContextSetCurrent(_context.Handle);
        _ = _context.Driver.EventDestroy(Handle);
    }
}
