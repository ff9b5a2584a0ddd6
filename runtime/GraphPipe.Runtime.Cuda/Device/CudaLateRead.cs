using GraphPipe.Runtime.Cuda.Driver;

namespace GraphPipe.Runtime.Cuda;

/// <summary>A result that is copied to a cell of page-locked memory behind the device's work.</summary>
internal sealed unsafe class CudaLateRead(CudaContext context, nint stream, byte* cell, int bytes) : ILateRead
{
    private readonly byte* _cell = cell;
    private readonly CudaFence _arrived = new(context);

    public void Begin(nint source)
    {
        context.Enter();
        context.Driver.Check(context.Driver.CopyToHost(_cell, source, (nuint)bytes, stream), "cuMemcpyDtoHAsync");
        context.Driver.Check(context.Driver.EventRecord(_arrived.Handle, stream), "cuEventRecord");
    }

    public ReadOnlySpan<byte> Wait()
    {
        _arrived.Wait();
        return new ReadOnlySpan<byte>(_cell, bytes);
    }

    public void Dispose() => _arrived.Dispose();
}
