using GraphPipe.Runtime.Cuda.Driver;

namespace GraphPipe.Runtime.Cuda;

/// <summary>A result, and the reports of kernels so far, copied to a cell of page-locked memory behind the device's work.</summary>
/// <param name="cell">Room for both, zeroed.</param>
/// <param name="bytes">Of the result; may be none.</param>
internal sealed unsafe class CudaLateRead(CudaContext context, nint stream, ValueFaults faults, byte* cell, int bytes) : ILateRead
{
    /// <summary>What the cell holds beside the result.</summary>
    public const int ReportBytes = ValueFaults.Cells * sizeof(long);

    private readonly byte* _cell = cell;
    private readonly CudaFence _arrived = new(context, isTimed: false);

    public void Begin(nint source)
    {
        if (bytes == 0 && faults.Count == 0)
            return;
        context.Enter();
        var driver = context.Driver;
        if (faults.Count > 0)
            driver.Check(driver.CopyToHost(_cell, faults.Address, ReportBytes, stream), "cuMemcpyDtoHAsync");
        if (bytes > 0)
            driver.Check(driver.CopyToHost(_cell + ReportBytes, source, (nuint)bytes, stream), "cuMemcpyDtoHAsync");
        driver.Check(driver.EventRecord(_arrived.Handle, stream), "cuEventRecord");
    }

    public ReadOnlySpan<byte> Wait()
    {
        _arrived.Wait();
        long* report = (long*)_cell;
        return report[0] == 0 ? new ReadOnlySpan<byte>(_cell + ReportBytes, bytes) : throw faults.Diagnose(report[0], report[1]);
    }

    public void Dispose() => _arrived.Dispose();
}
