namespace GraphPipe.Runtime.Cuda.Driver;

/// <summary>
/// Puts a copy of rows into a stream by one call of the driver: as a block where the rows lie one right after the other at both ends, else as a plane. Row by row only where the driver takes no
/// plane: rows that overlap, or lie 2³¹ bytes or more apart (CU_DEVICE_ATTRIBUTE_MAX_PITCH).
/// </summary>
internal static unsafe class RowCopies
{
    public static void Enqueue(CudaDriver driver, RowsAt source, RowsAt target, long rows, long rowBytes, nint stream)
    {
        if (rows <= 0 || rowBytes == 0)
            return;
        if (rows == 1 || (source.Stride == rowBytes && target.Stride == rowBytes))
        {
            Block(driver, source, target, rows * rowBytes, stream);
            return;
        }

        if (HasPitch(source, rowBytes) && HasPitch(target, rowBytes) && Plane(driver, source, target, rows, rowBytes, stream))
            return;
        for (long row = 0; row < rows; row++)
            Block(driver, source.From(row), target.From(row), rowBytes, stream);
    }

    private static bool HasPitch(RowsAt end, long rowBytes) => end.Stride >= rowBytes && end.Stride <= int.MaxValue;

    private static void Block(CudaDriver driver, RowsAt source, RowsAt target, long bytes, nint stream)
    {
        if (source.Owner is not { } from)
            driver.Check(driver.CopyToDevice(target.Address, (void*)source.Address, (nuint)bytes, stream), "cuMemcpyHtoDAsync");
        else if (target.Owner is not { } to)
            driver.Check(driver.CopyToHost((void*)target.Address, source.Address, (nuint)bytes, stream), "cuMemcpyDtoHAsync");
        else if (from == to)
            driver.Check(driver.CopyOnDevice(target.Address, source.Address, (nuint)bytes, stream), "cuMemcpyDtoDAsync");
        else
            driver.Check(driver.CopyBetween(target.Address, to.Handle, source.Address, from.Handle, (nuint)bytes, stream), "cuMemcpyPeerAsync");
    }

    /// <returns>False where the driver does not take it.</returns>
    private static bool Plane(CudaDriver driver, RowsAt source, RowsAt target, long rows, long rowBytes, nint stream)
    {
        if (source.Owner is { } from && target.Owner is { } to && from != to)
        {
            var between = new PeerPlane
            {
                Source = PeerPlaneEnd.Of(source),
                Target = PeerPlaneEnd.Of(target),
                RowBytes = (nuint)rowBytes,
                Rows = (nuint)rows,
                Depth = 1,
            };
            driver.Check(driver.CopyPlaneBetween(&between, stream), "cuMemcpy3DPeerAsync");
            return true;
        }

        var plane = new Plane { Source = PlaneEnd.Of(source), Target = PlaneEnd.Of(target), RowBytes = (nuint)rowBytes, Rows = (nuint)rows };
        int result = driver.CopyPlane(&plane, stream);

        // "On intra-device memory copies cuMemcpy2D() may fail for pitches not computed by cuMemAllocPitch()" (CUDA driver API).
        if (result == CudaException.InvalidValue && source.Owner is not null && target.Owner is not null)
            return false;
        driver.Check(result, "cuMemcpy2DAsync");
        return true;
    }
}
