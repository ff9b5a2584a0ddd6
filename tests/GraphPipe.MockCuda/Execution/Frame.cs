using System.Runtime.InteropServices;
using GraphPipe.MockCuda.Ptx.Decode;

namespace GraphPipe.MockCuda.Execution;

/// <summary>One function's activation in a warp: registers and parameter space of all 32 lanes.</summary>
internal sealed unsafe class Frame : IDisposable
{
    public Frame(FunctionCode code)
    {
        Code = code;
        Registers = (byte*)NativeMemory.AlignedAlloc((nuint)Math.Max(code.RegisterBytes, 32), 32);
        new Span<byte>(Registers, code.RegisterBytes).Clear();
        Params = (byte*)NativeMemory.AllocZeroed((nuint)Math.Max(code.ParamBytes * LaneContext.WarpSize, 1));
        foreach (var preset in code.Presets)
        {
            if (preset.Kind == PresetKind.Constant)
                Fill(preset, preset.Value);
        }
    }

    public FunctionCode Code { get; }

    public byte* Registers { get; private set; }

    public byte* Params { get; private set; }

    /// <summary>Null for a kernel.</summary>
    public Frame? Caller { get; set; }

    public int Depth { get; set; }

    public int ReturnPc { get; set; }

    public CallTarget? Call { get; set; }

    /// <summary>Lanes that came in and have not left the kernel.</summary>
    public uint Entered { get; set; }

    /// <summary>Lanes that have come to a ret.</summary>
    public uint Returned { get; set; }

    /// <summary>Where this frame's local memory begins in each lane's.</summary>
    public int LocalBase { get; set; }

    public byte* Param(int lane, int offset) => Params + ((long)lane * Code.ParamBytes) + offset;

    public void Fill(Preset preset, ulong value)
    {
        for (int lane = 0; lane < LaneContext.WarpSize; lane++)
            Set(preset, lane, value);
    }

    public void Set(Preset preset, int lane, ulong value)
    {
        if (preset.Wide)
            ((ulong*)(Registers + preset.Register))[lane] = value;
        else
            ((uint*)(Registers + preset.Register))[lane] = (uint)value;
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(Registers);
        NativeMemory.Free(Params);
        Registers = null;
        Params = null;
        GC.SuppressFinalize(this);
    }
}

/// <summary>What a group of lanes is doing.</summary>
internal enum GroupState
{
    Runnable,

    /// <summary>At a warp-synchronous instruction, until the other lanes of its member mask are there.</summary>
    Converging,
    AtBarrier,
}

/// <summary>Lanes of a warp that share a place in the program.</summary>
internal sealed class Group(Frame frame, int pc, uint mask)
{
    public Frame Frame { get; set; } = frame;

    public int Pc { get; set; } = pc;

    public uint Mask { get; set; } = mask;

    public GroupState State { get; set; }

    /// <summary>When it last ran, in turns of its warp.</summary>
    public long LastTurn { get; set; }
}
