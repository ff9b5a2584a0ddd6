using GraphPipe.MockCuda.Execution;
using GraphPipe.MockCuda.Execution.Lanes;

namespace GraphPipe.MockCuda.Ptx.Decode;

/// <summary>%tid.x and its like (PTX ISA 10). Most are registers filled at the start of a frame; clocks are read where they stand.</summary>
internal static class SpecialRegisters
{
    /// <summary>The register that holds the value; null where the name is no special register that the mock knows.</summary>
    public static int? Find(FunctionDecoder f, string name, PtxType type)
    {
        var clock = name switch
        {
            "%clock" => Moves.Clock32,
            "%clock_hi" or "%globaltimer_hi" => Moves.ClockHigh,
            "%globaltimer_lo" => Moves.Clock32,
            "%clock64" or "%globaltimer" => Moves.Clock64,
            _ => default(Handler?),
        };
        if (clock is { } handler)
        {
            int register = f.Registers.Temporary(name is "%clock64" or "%globaltimer" ? 64 : 32).Offset;
            f.Emit(InstructionKind.Lanes, handler, register);
            return register;
        }
        PresetKind? kind = name switch
        {
            "%tid.x" => PresetKind.TidX,
            "%tid.y" => PresetKind.TidY,
            "%tid.z" => PresetKind.TidZ,
            "%ntid.x" => PresetKind.NtidX,
            "%ntid.y" => PresetKind.NtidY,
            "%ntid.z" => PresetKind.NtidZ,
            "%ctaid.x" => PresetKind.CtaidX,
            "%ctaid.y" => PresetKind.CtaidY,
            "%ctaid.z" => PresetKind.CtaidZ,
            "%nctaid.x" => PresetKind.NctaidX,
            "%nctaid.y" => PresetKind.NctaidY,
            "%nctaid.z" => PresetKind.NctaidZ,
            "%laneid" => PresetKind.LaneId,
            "%warpid" => PresetKind.WarpId,
            "%nwarpid" => PresetKind.NwarpId,
            "%lanemask_eq" => PresetKind.LanemaskEq,
            "%lanemask_lt" => PresetKind.LanemaskLt,
            "%lanemask_le" => PresetKind.LanemaskLe,
            "%lanemask_gt" => PresetKind.LanemaskGt,
            "%lanemask_ge" => PresetKind.LanemaskGe,
            "%smid" => PresetKind.SmId,
            "%nsmid" => PresetKind.NsmId,
            "%gridid" => PresetKind.GridId,
            "%total_smem_size" => PresetKind.TotalSharedSize,
            "%dynamic_smem_size" => PresetKind.DynamicSharedSize,
            "WARP_SZ" => PresetKind.Constant,
            _ => null,
        };
        return kind is { } k
            ? f.Registers.Preset(k, k == PresetKind.Constant ? (ulong)LaneContext.WarpSize : 0, type.Bits == 64).Offset
            : null;
    }
}
