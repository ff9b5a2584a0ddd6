using ILGPU.Runtime.Cuda;

namespace GraphPipe.Runtime.Cuda.Compilation;

/// <summary>
/// What PTX is written for. A target of a lower capability runs on any higher one: the driver compiles it for the GPU that is there. One per
/// generation suffices, since our kernels use nothing that came between them; a GPU newer than the last gets the last.
/// </summary>
/// <param name="InstructionSet">The version of PTX.</param>
/// <param name="OldestDriver">The first driver that reads that version, 1000·major + 10·minor (PTX ISA, release notes).</param>
public sealed record PtxTarget(CudaArchitecture Architecture, CudaInstructionSet InstructionSet, int OldestDriver)
{
    /// <summary>The lowest capability: Volta, the first whose threads of a warp make progress independently.</summary>
    public static Version Oldest { get; } = new(7, 0);

    public static PtxTarget Sm70 { get; } = new(CudaArchitecture.SM_70, CudaInstructionSet.ISA_70, 11000);

    public static PtxTarget Sm80 { get; } = new(CudaArchitecture.SM_80, CudaInstructionSet.ISA_70, 11000);

    public static PtxTarget Sm90 { get; } = new(CudaArchitecture.SM_90, CudaInstructionSet.ISA_78, 11080);

    /// <summary>Blackwell of data centres.</summary>
    public static PtxTarget Sm100 { get; } = new(CudaArchitecture.SM_100, CudaInstructionSet.ISA_86, 12070);

    /// <summary>Blackwell of workstations.</summary>
    public static PtxTarget Sm120 { get; } = new(CudaArchitecture.SM_120, CudaInstructionSet.ISA_87, 12080);

    public static IReadOnlyList<PtxTarget> All { get; } = [Sm70, Sm80, Sm90, Sm100, Sm120];

    /// <summary>The best for a GPU; null if the GPU is too old.</summary>
    public static PtxTarget? For(Version capability) => All.LastOrDefault(t => new Version(t.Architecture.Major, t.Architecture.Minor) <= capability);

    public override string ToString() => $"sm_{Architecture.Major}{Architecture.Minor}";
}
