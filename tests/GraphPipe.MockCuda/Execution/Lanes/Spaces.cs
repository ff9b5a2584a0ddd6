using GraphPipe.MockCuda.Memory;
using GraphPipe.MockCuda.Reports;

namespace GraphPipe.MockCuda.Execution.Lanes;

/// <summary>A state space: from an address in it to the bytes, with all its checks.</summary>
internal unsafe interface ISpace
{
    static abstract byte* Locate(ref LaneContext c, Instruction i, int lane, ulong address, int size, AccessKind kind);

    /// <summary>True where neighbouring addresses of 32 lanes may be looked up at once.</summary>
    static virtual bool IsGlobal => false;
}

/// <summary>The spaces of PTX ISA 5.1.</summary>
internal static unsafe class Spaces
{
    /// <summary>.global, and .const, which the mock keeps in the same memory.</summary>
    internal readonly struct Global : ISpace
    {
        public static bool IsGlobal => true;

        public static byte* Locate(ref LaneContext c, Instruction i, int lane, ulong address, int size, AccessKind kind) =>
            c.Warp.Launch.Global.Access(address, size, kind, c.Warp);
    }

    internal readonly struct Shared : ISpace
    {
        public static byte* Locate(ref LaneContext c, Instruction i, int lane, ulong address, int size, AccessKind kind) =>
            c.Warp.Block.Shared.Access(address, size, kind, i.Strong, c.Warp.Clock(lane), c.Warp.Launch.Log, c.Warp);
    }

    internal readonly struct Local : ISpace
    {
        public static byte* Locate(ref LaneContext c, Instruction i, int lane, ulong address, int size, AccessKind kind) =>
            c.Warp.Local.Access(lane, address, size, kind, c.Warp.Launch.Log, c.Warp);
    }

    /// <summary>The parameter space of a device function and of the calls that a function makes.</summary>
    internal readonly struct Param : ISpace
    {
        public static byte* Locate(ref LaneContext c, Instruction i, int lane, ulong address, int size, AccessKind kind)
        {
            int bytes = c.Frame.Code.ParamBytes;
            if (address > (ulong)bytes || (ulong)size > (ulong)bytes - address)
                throw Outside(ref c, address, size, bytes);
            return c.Frame.Param(lane, (int)address);
        }
    }

    /// <summary>Generic addresses: windows for shared and local memory, the rest is global (PTX ISA 5.1, "generic addressing").</summary>
    internal readonly struct Generic : ISpace
    {
        public static bool IsGlobal => true;

        public static byte* Locate(ref LaneContext c, Instruction i, int lane, ulong address, int size, AccessKind kind)
        {
            if (address - AddressSpace.SharedWindow < AddressSpace.WindowBytes)
                return Shared.Locate(ref c, i, lane, address - AddressSpace.SharedWindow, size, kind);
            if (address - AddressSpace.LocalWindow < AddressSpace.WindowBytes)
                return Local.Locate(ref c, i, lane, address - AddressSpace.LocalWindow, size, kind);
            return Global.Locate(ref c, i, lane, address, size, kind);
        }
    }

    public static KernelFaultException Outside(ref LaneContext c, ulong address, int size, int bytes) => new(new Report(
        ReportKind.OutOfBounds, $"{size} bytes at offset {address} of {bytes} bytes of parameters", c.Warp.Where()));
}
