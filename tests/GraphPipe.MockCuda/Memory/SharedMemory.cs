using System.Runtime.InteropServices;
using GraphPipe.MockCuda.Reports;

namespace GraphPipe.MockCuda.Memory;

/// <summary>Who touched a byte of shared memory last, and when. Threads of one warp are ordered by the warp's own synchronisations, threads
/// of different warps only by barriers of the block.</summary>
internal struct SharedCell
{
    public const int Nobody = -1;

    public int Writer;
    public int WriterBlockEpoch;
    public int WriterWarpEpoch;
    public int Reader;
    public int ReaderBlockEpoch;
    public int ReaderWarpEpoch;

    /// <summary>A second reader of the same epoch, from another warp where there is one.</summary>
    public int OtherReader;

    public bool WriteWasStrong;
    public bool ReadWasStrong;
}

/// <summary>One thread's view of time: epochs grow when its block or its warp synchronises.</summary>
internal readonly record struct ThreadClock(int Thread, int BlockEpoch, int WarpEpoch)
{
    public int Warp => Thread >> 5;
}

/// <summary>A block's shared memory with shadow: bounds, initialisation and races (the check of compute-sanitizer's racecheck: two
/// accesses of different threads to a byte with no barrier between, one of them a write, not both atomic).</summary>
internal sealed unsafe class SharedMemory(int bytes) : IDisposable
{
    private byte* _data = (byte*)NativeMemory.AllocZeroed((nuint)Math.Max(bytes, 16));
    private readonly bool[] _written = new bool[bytes];
    private readonly SharedCell[] _cells = new SharedCell[bytes];

    public int Bytes => bytes;

    /// <summary>A new block starts: nothing is written, nobody was here.</summary>
    public void Clear()
    {
        Array.Clear(_written);
        _cells.AsSpan().Fill(new SharedCell
        {
            Writer = SharedCell.Nobody,
            Reader = SharedCell.Nobody,
            OtherReader = SharedCell.Nobody,
        });
    }

    /// <summary>Sets bytes that count as written: variables with initialisers.</summary>
    public void Initialise(int offset, ReadOnlySpan<byte> values)
    {
        values.CopyTo(new Span<byte>(_data + offset, values.Length));
        _written.AsSpan(offset, values.Length).Fill(true);
    }

    /// <summary>The bytes at an offset.</summary>
    /// <exception cref="KernelFaultException">The range is not inside the block's shared memory.</exception>
    public byte* Access(ulong offset, int size, AccessKind kind, bool strong, ThreadClock clock, ReportLog log, IPlace place)
    {
        if (offset > (ulong)bytes || (ulong)size > (ulong)bytes - offset)
        {
            throw new KernelFaultException(new Report(
                ReportKind.OutOfBounds, $"{size} bytes at offset {offset} of {bytes} bytes of shared memory", place.Where()));
        }
        int at = (int)offset;
        if (kind != AccessKind.Write && _written.AsSpan(at, size).Contains(false))
        {
            log.Add(new Report(
                ReportKind.UninitialisedRead, $"{size} bytes at offset {offset} of shared memory were never written", place.Where()));
        }
        for (int k = at; k < at + size; k++)
        {
            int other = kind == AccessKind.Read ? Read(ref _cells[k], clock, strong) : Write(ref _cells[k], clock, strong);
            if (other != SharedCell.Nobody)
            {
                string what = kind == AccessKind.Read ? $"reads what thread {other} wrote" : $"writes where thread {other} was";
                log.Add(new Report(
                    ReportKind.SharedRace,
                    $"thread {clock.Thread} {what}, at offset {k} of shared memory, with no barrier between",
                    place.Where()));
                break;
            }
        }
        if (kind != AccessKind.Read)
            _written.AsSpan(at, size).Fill(true);
        return _data + at;
    }

    /// <returns>The thread it races with, or <see cref="SharedCell.Nobody"/>.</returns>
    private static int Read(ref SharedCell cell, ThreadClock clock, bool strong)
    {
        int racer = SharedCell.Nobody;
        if (Unordered(cell.Writer, cell.WriterBlockEpoch, cell.WriterWarpEpoch, clock) && !(strong && cell.WriteWasStrong))
            racer = cell.Writer;
        bool sameEpoch = cell.Reader != SharedCell.Nobody && cell.ReaderBlockEpoch == clock.BlockEpoch;
        if (sameEpoch && cell.Reader >> 5 != clock.Warp)
        {
            cell.OtherReader = clock.Thread;
            cell.ReadWasStrong &= strong;
        }
        else
        {
            if (!sameEpoch)
                cell.OtherReader = SharedCell.Nobody;
            else if (cell.Reader != clock.Thread && cell.ReaderWarpEpoch == clock.WarpEpoch && cell.OtherReader == SharedCell.Nobody)
                cell.OtherReader = cell.Reader;
            cell.Reader = clock.Thread;
            cell.ReaderBlockEpoch = clock.BlockEpoch;
            cell.ReaderWarpEpoch = clock.WarpEpoch;
            cell.ReadWasStrong = strong;
        }
        return racer;
    }

    private static int Write(ref SharedCell cell, ThreadClock clock, bool strong)
    {
        int racer = SharedCell.Nobody;
        if (Unordered(cell.Writer, cell.WriterBlockEpoch, cell.WriterWarpEpoch, clock) && !(strong && cell.WriteWasStrong))
            racer = cell.Writer;
        else if (Unordered(cell.Reader, cell.ReaderBlockEpoch, cell.ReaderWarpEpoch, clock) && !(strong && cell.ReadWasStrong))
            racer = cell.Reader;
        else if (Unordered(cell.OtherReader, cell.ReaderBlockEpoch, cell.ReaderWarpEpoch, clock) && !(strong && cell.ReadWasStrong))
            racer = cell.OtherReader;
        cell.Writer = clock.Thread;
        cell.WriterBlockEpoch = clock.BlockEpoch;
        cell.WriterWarpEpoch = clock.WarpEpoch;
        cell.WriteWasStrong = strong;
        return racer;
    }

    private static bool Unordered(int thread, int blockEpoch, int warpEpoch, ThreadClock now)
    {
        if (thread == SharedCell.Nobody || thread == now.Thread || blockEpoch != now.BlockEpoch)
            return false;
        return thread >> 5 != now.Warp || warpEpoch == now.WarpEpoch;
    }

    public void Dispose()
    {
        NativeMemory.Free(_data);
        _data = null;
        GC.SuppressFinalize(this);
    }
}
