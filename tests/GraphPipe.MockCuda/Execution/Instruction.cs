using GraphPipe.MockCuda.Ptx.Decode;

namespace GraphPipe.MockCuda.Execution;

/// <summary>What the warp's loop does with an instruction.</summary>
internal enum InstructionKind
{
    /// <summary>Runs its handler on the active lanes; the next instruction follows.</summary>
    Lanes,

    /// <summary>A handler that needs all lanes of its member mask at once: shfl.sync, vote.sync, bar.warp.sync.</summary>
    Convergent,
    Branch,

    /// <summary>brx.idx: the target is the lane's index into <see cref="Instruction.Targets"/>.</summary>
    BranchIndexed,
    Call,
    Return,
    Exit,

    /// <summary>bar.sync, bar.red: A is the barrier, B the thread count or none.</summary>
    Barrier,

    /// <summary>bar.arrive: counts in and goes on.</summary>
    BarrierArrive,
    Trap,
}

/// <summary>A function of the active lanes; all that an instruction does to registers and memory.</summary>
internal readonly unsafe struct Handler(delegate*<ref LaneContext, Instruction, void> code)
{
    public readonly delegate*<ref LaneContext, Instruction, void> Code = code;
}

/// <summary>One decoded step. A PTX instruction is one step or a few: modifiers such as .ftz and packed types are steps of their own.
/// Operands are byte offsets into the frame's register block, immediates too (constants are registers filled once).</summary>
internal sealed unsafe class Instruction
{
    public const int None = -1;

    public required InstructionKind Kind { get; init; }

    /// <summary>Line of the PTX text, for reports.</summary>
    public required int Line { get; init; }

    /// <summary>The PTX form that this step comes from, e.g. ld.global.f32.</summary>
    public required string Form { get; init; }

    public Handler Handler { get; init; }

    /// <summary>Predicate register, or <see cref="None"/>.</summary>
    public int Guard { get; init; } = None;

    public bool GuardNegated { get; init; }

    public int Dst { get; init; } = None;

    public int A { get; init; } = None;

    public int B { get; init; } = None;

    public int C { get; init; } = None;

    public int D { get; init; } = None;

    /// <summary>Byte offset of an address, or another small constant.</summary>
    public long Immediate { get; init; }

    /// <summary>Elements of a vector access, parts of a packed move, arguments of printf.</summary>
    public int[] Parts { get; init; } = [];

    /// <summary>Index of the instruction that a branch goes to; set when all labels are known.</summary>
    public int Target { get; set; } = None;

    public int[] Targets { get; set; } = [];

    public CallTarget? Callee { get; init; }

    /// <summary>Of memory forms: the bytes of one element.</summary>
    public int Size { get; init; }

    /// <summary>Of memory forms: an access that orders or excludes others by itself (volatile, relaxed, acquire, atomics).</summary>
    public bool Strong { get; init; }

    public Rounding Rounding { get; init; }

    public bool Saturate { get; init; }
}

/// <summary>PTX rounding modifiers (PTX ISA 9.7.3, 9.7.9.22): .rn, .rz, .rm, .rp and their integer forms.</summary>
internal enum Rounding
{
    Nearest,
    Zero,
    Down,
    Up,
}
