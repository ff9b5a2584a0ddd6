using GraphPipe.MockCuda.Execution;

namespace GraphPipe.MockCuda.Ptx.Decode;

/// <summary>A register whose value is known before the function runs.</summary>
internal enum PresetKind
{
    Constant,

    /// <summary>An offset from where the frame's local memory begins.</summary>
    LocalAddress,
    TidX,
    TidY,
    TidZ,
    NtidX,
    NtidY,
    NtidZ,
    CtaidX,
    CtaidY,
    CtaidZ,
    NctaidX,
    NctaidY,
    NctaidZ,
    LaneId,
    WarpId,
    NwarpId,
    LanemaskEq,
    LanemaskLt,
    LanemaskLe,
    LanemaskGt,
    LanemaskGe,
    SmId,
    NsmId,
    GridId,
    TotalSharedSize,
    DynamicSharedSize,

    /// <summary>A predicate that holds in every lane.</summary>
    PredicateTrue,
}

/// <summary>A register to fill at the start of a frame.</summary>
/// <param name="Register">Byte offset in the register block.</param>
/// <param name="Wide">64-bit lanes.</param>
internal readonly record struct Preset(int Register, bool Wide, PresetKind Kind, ulong Value);

/// <summary>A decoded function, ready to run.</summary>
internal sealed class FunctionCode
{
    public required string Name { get; init; }

    public required bool IsEntry { get; init; }

    public required Instruction[] Instructions { get; init; }

    /// <summary>Registers to fill: constants when the block of registers is made, the rest for each frame.</summary>
    public required Preset[] Presets { get; init; }

    public required int RegisterBytes { get; init; }

    /// <summary>Parameter space per lane: formal parameters and results of a device function, and the space of calls it makes.</summary>
    public required int ParamBytes { get; init; }

    /// <summary>Local memory per lane.</summary>
    public required int LocalBytes { get; init; }

    /// <summary>Size of a kernel's parameter buffer.</summary>
    public required int KernelParamBytes { get; init; }

    /// <summary>Offset and size of each parameter of a kernel.</summary>
    public required (int Offset, int Bytes)[] KernelParams { get; init; }

    /// <summary>Where a device function finds its parameters and leaves its results in its parameter space.</summary>
    public required (int Offset, int Bytes)[] FormalParams { get; init; }

    public required (int Offset, int Bytes)[] FormalResults { get; init; }

    /// <summary>Number of PTX registers, as cuFuncGetAttribute gives it.</summary>
    public required int RegisterCount { get; init; }

    public int MaxThreads { get; init; } = 1024;
}

/// <summary>Functions that a module calls and the system provides.</summary>
internal enum SystemFunction
{
    None,

    /// <summary>int vprintf(format, arguments): the text goes to the driver's output.</summary>
    Vprintf,

    /// <summary>__assertfail(message, file, line, function, charSize).</summary>
    AssertFail,
}

/// <summary>What a call reaches, and how parameter bytes travel.</summary>
internal sealed class CallTarget
{
    public required string Name { get; init; }

    public required SystemFunction System { get; init; }

    /// <summary>Set when all functions of the module are decoded; null for a system function.</summary>
    public FunctionCode? Code { get; set; }

    /// <summary>Offsets in the caller's parameter space.</summary>
    public required (int Offset, int Bytes)[] Arguments { get; init; }

    public required (int Offset, int Bytes)[] Results { get; init; }
}

/// <summary>A module on a device.</summary>
internal sealed class ModuleCode
{
    public required IReadOnlyDictionary<string, FunctionCode> Functions { get; init; }

    /// <summary>Bytes of shared memory that every kernel of the module has, before the dynamic part.</summary>
    public required int SharedBytes { get; init; }

    /// <summary>Initial bytes of shared variables.</summary>
    public required IReadOnlyList<(int Offset, byte[] Bytes)> SharedInitial { get; init; }

    /// <summary>Address and size of each global and constant variable.</summary>
    public required IReadOnlyDictionary<string, (ulong Address, int Bytes)> Globals { get; init; }
}
