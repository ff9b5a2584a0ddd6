using System.Runtime.InteropServices;
using GraphPipe.MockCuda.Reports;

namespace GraphPipe.MockCuda.Memory;

/// <summary>Local memory of a warp's 32 lanes, each its own (PTX ISA 5.1.5), with the check of initialisation.</summary>
internal sealed unsafe class LocalMemory(int bytesPerLane) : IDisposable
{
    private byte* _data = (byte*)NativeMemory.AllocZeroed((nuint)Math.Max(bytesPerLane * 32L, 1));
    private readonly bool[] _written = new bool[bytesPerLane * 32];

    public void Clear() => Array.Clear(_written);

    /// <summary>A frame's part of a lane's memory starts anew.</summary>
    public void Clear(int offset, int bytes)
    {
        for (int lane = 0; lane < 32; lane++)
            _written.AsSpan((lane * bytesPerLane) + offset, bytes).Clear();
    }

    /// <exception cref="KernelFaultException">The range is not inside the lane's local memory.</exception>
    public byte* Access(int lane, ulong offset, int size, AccessKind kind, ReportLog log, IPlace place)
    {
        if (offset > (ulong)bytesPerLane || (ulong)size > (ulong)bytesPerLane - offset)
        {
            throw new KernelFaultException(new Report(
                ReportKind.OutOfBounds, $"{size} bytes at offset {offset} of {bytesPerLane} bytes of local memory", place.Where()));
        }
        int at = (lane * bytesPerLane) + (int)offset;
        if (kind != AccessKind.Write && _written.AsSpan(at, size).Contains(false))
        {
            log.Add(new Report(
                ReportKind.UninitialisedRead, $"{size} bytes at offset {offset} of local memory were never written", place.Where()));
        }
        if (kind != AccessKind.Read)
            _written.AsSpan(at, size).Fill(true);
        return _data + at;
    }

    public void Dispose()
    {
        NativeMemory.Free(_data);
        _data = null;
        GC.SuppressFinalize(this);
    }
}
