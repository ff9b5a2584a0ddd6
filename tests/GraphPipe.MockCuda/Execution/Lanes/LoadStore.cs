using System.Numerics;
using System.Runtime.Intrinsics;
using GraphPipe.MockCuda.Memory;
using GraphPipe.MockCuda.Reports;

namespace GraphPipe.MockCuda.Execution.Lanes;

/// <summary>ld and st (PTX ISA 9.7.9.8 and 9.7.9.11). A: the address, plus the immediate; Parts: the registers, more than one for vectors.
/// 32 lanes at neighbouring addresses of global memory are looked up once.</summary>
internal static unsafe class LoadStore
{
    public static Handler Load<T, TSpace>() where T : unmanaged where TSpace : ISpace => new(&RunLoad<T, TSpace>);

    public static Handler Store<T, TSpace>() where T : unmanaged where TSpace : ISpace => new(&RunStore<T, TSpace>);

    public static Handler LoadParameter<T>() where T : unmanaged => new(&RunLoadParameter<T>);

    private static void RunLoad<T, TSpace>(ref LaneContext c, Instruction i) where T : unmanaged where TSpace : ISpace
    {
        ulong* addresses = (ulong*)(c.Registers + i.A);
        int parts = i.Parts.Length, size = parts * sizeof(T);
        if (TSpace.IsGlobal && parts == 1 && c.Mask == LaneContext.Full && LoadTogether<T>(ref c, i, addresses))
            return;
        for (uint m = c.Mask; m != 0; m &= m - 1)
        {
            int lane = BitOperations.TrailingZeroCount(m);
            c.Warp.At(i, lane);
            ulong address = addresses[lane] + (ulong)i.Immediate;
            CheckAligned(ref c, address, size);
            T* from = (T*)TSpace.Locate(ref c, i, lane, address, size, AccessKind.Read);
            for (int k = 0; k < parts; k++)
            {
                if (i.Parts[k] != Instruction.None)
                    Slot.Write(c.Registers + i.Parts[k], lane, from[k]);
            }
        }
    }

    private static bool LoadTogether<T>(ref LaneContext c, Instruction i, ulong* addresses) where T : unmanaged
    {
        ulong first = addresses[0] + (ulong)i.Immediate;
        if (first % (ulong)sizeof(T) != 0 || i.Parts[0] == Instruction.None)
            return false;
        byte* d = c.Registers + i.Parts[0];
        if (Spaced(addresses, 0))
        {
            T* one = (T*)c.Warp.Launch.Global.TryAccess(first, sizeof(T), AccessKind.Read);
            if (one is null)
                return false;
            for (int lane = 0; lane < LaneContext.WarpSize; lane++)
                Slot.Write(d, lane, *one);
            return true;
        }
        if (!Spaced(addresses, (ulong)sizeof(T)))
            return false;
        T* from = (T*)c.Warp.Launch.Global.TryAccess(first, LaneContext.WarpSize * sizeof(T), AccessKind.Read);
        if (from is null)
            return false;
        if (sizeof(T) >= 4)
        {
            Buffer.MemoryCopy(from, d, LaneContext.WarpSize * sizeof(T), LaneContext.WarpSize * sizeof(T));
            return true;
        }
        for (int lane = 0; lane < LaneContext.WarpSize; lane++)
            Slot.Write(d, lane, from[lane]);
        return true;
    }

    private static void RunStore<T, TSpace>(ref LaneContext c, Instruction i) where T : unmanaged where TSpace : ISpace
    {
        ulong* addresses = (ulong*)(c.Registers + i.A);
        int parts = i.Parts.Length, size = parts * sizeof(T);
        if (TSpace.IsGlobal && parts == 1 && sizeof(T) >= 4 && c.Mask == LaneContext.Full && StoreTogether<T>(ref c, i, addresses))
            return;
        for (uint m = c.Mask; m != 0; m &= m - 1)
        {
            int lane = BitOperations.TrailingZeroCount(m);
            c.Warp.At(i, lane);
            ulong address = addresses[lane] + (ulong)i.Immediate;
            CheckAligned(ref c, address, size);
            T* to = (T*)TSpace.Locate(ref c, i, lane, address, size, AccessKind.Write);
            for (int k = 0; k < parts; k++)
                to[k] = Slot.Read<T>(c.Registers + i.Parts[k], lane);
        }
    }

    private static bool StoreTogether<T>(ref LaneContext c, Instruction i, ulong* addresses) where T : unmanaged
    {
        ulong first = addresses[0] + (ulong)i.Immediate;
        if (first % (ulong)sizeof(T) != 0 || !Spaced(addresses, (ulong)sizeof(T)))
            return false;
        byte* to = c.Warp.Launch.Global.TryAccess(first, LaneContext.WarpSize * sizeof(T), AccessKind.Write);
        if (to is null)
            return false;
        Buffer.MemoryCopy(c.Registers + i.Parts[0], to, LaneContext.WarpSize * sizeof(T), LaneContext.WarpSize * sizeof(T));
        return true;
    }

    /// <summary>True where lane k's address is the first plus k steps.</summary>
    private static bool Spaced(ulong* addresses, ulong step)
    {
        var expected = Vector256.Create(addresses[0]) + (Vector256.Create(0ul, 1, 2, 3) * step);
        var next = Vector256.Create(4 * step);
        var difference = Vector256<ulong>.Zero;
        for (int k = 0; k < LaneContext.WarpSize; k += 4)
        {
            difference |= Vector256.Load(addresses + k) ^ expected;
            expected += next;
        }
        return difference == Vector256<ulong>.Zero;
    }

    /// <summary>ld.param in a kernel: one buffer for all threads.</summary>
    private static void RunLoadParameter<T>(ref LaneContext c, Instruction i) where T : unmanaged
    {
        ulong* addresses = (ulong*)(c.Registers + i.A);
        var buffer = c.Warp.Launch.Parameters;
        int size = i.Parts.Length * sizeof(T);
        fixed (byte* start = buffer)
        {
            for (uint m = c.Mask; m != 0; m &= m - 1)
            {
                int lane = BitOperations.TrailingZeroCount(m);
                c.Warp.At(i, lane);
                ulong offset = addresses[lane] + (ulong)i.Immediate;
                if (offset > (ulong)buffer.Length || (ulong)size > (ulong)buffer.Length - offset)
                    throw Spaces.Outside(ref c, offset, size, buffer.Length);
                T* from = (T*)(start + offset);
                for (int k = 0; k < i.Parts.Length; k++)
                {
                    if (i.Parts[k] != Instruction.None)
                        Slot.Write(c.Registers + i.Parts[k], lane, from[k]);
                }
            }
        }
    }

    private static void CheckAligned(ref LaneContext c, ulong address, int size)
    {
        if ((address & (ulong)(size - 1)) != 0)
        {
            throw new KernelFaultException(new Report(
                ReportKind.Misaligned, $"{size} bytes at 0x{address:x}, which is no multiple of {size}", c.Warp.Where()));
        }
    }
}
