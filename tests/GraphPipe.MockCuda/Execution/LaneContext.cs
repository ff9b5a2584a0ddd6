namespace GraphPipe.MockCuda.Execution;

/// <summary>What a handler sees: the frame's registers and the lanes that take part.</summary>
internal unsafe ref struct LaneContext
{
    public const uint Full = 0xFFFF_FFFF;

    public const int WarpSize = 32;

    /// <summary>The frame's register block: each register 32 lanes side by side.</summary>
    public byte* Registers;

    /// <summary>One bit per lane.</summary>
    public uint Mask;

    public Warp Warp;

    public Frame Frame;

    public readonly uint Predicate(int register) => *(uint*)(Registers + register);

    /// <summary>Sets the predicate of the active lanes.</summary>
    public readonly void SetPredicate(int register, uint bits)
    {
        uint* p = (uint*)(Registers + register);
        *p = (*p & ~Mask) | (bits & Mask);
    }
}
