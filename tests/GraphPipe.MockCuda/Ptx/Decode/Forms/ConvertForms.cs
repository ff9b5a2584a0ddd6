using GraphPipe.MockCuda.Execution;
using GraphPipe.MockCuda.Execution.Lanes;
using GraphPipe.MockCuda.Ptx.Parse;

namespace GraphPipe.MockCuda.Ptx.Decode.Forms;

/// <summary>cvt (PTX ISA 9.7.9.22).</summary>
internal static class ConvertForms
{
    public static void Convert(FunctionDecoder f, InstructionStatement s, Modifiers m)
    {
        var from = m.TakeType();
        var to = m.TakeType();
        var rounding = m.TakeRounding();
        var integral = m.TakeIntegralRounding();
        bool saturate = m.Take("sat"), flush = m.Take("ftz");
        if (to.IsPair)
        {
            Pack(f, s, m, from, to, rounding ?? Rounding.Nearest, saturate);
            return;
        }
        if (from.Class == TypeClass.Bits || to.Class == TypeClass.Bits || from.IsPair)
            throw m.Refused("conversions of untyped bits and of packed sources are not modelled");
        int a = f.Source(s.Operands[1], from), dst = f.Destination(s.Operands[0], to);
        if (flush && from.Name == "f32")
            a = FloatSteps.Flush(f, from, a);
        if (from.IsFloat && !to.IsFloat && integral is null)
            throw m.Refused("from float to integer needs .rni, .rzi, .rmi or .rpi");
        bool flushResult = flush && to.Name == "f32" && from.Name != "f32";
        int result = flushResult ? f.Registers.Temporary(32).Offset : dst;
        if (from.IsFloat && from.Name == to.Name)
            SameFloat(f, from, result, a, integral, saturate);
        else if (from.IsFloat && to.IsFloat && integral is not null)
            throw m.Refused("integral rounding is for equal types and for integers");
        else
            f.Run($"cvt.{to.Name}.{from.Name}", result, a, rounding: integral ?? rounding ?? Rounding.Nearest, saturate: saturate);
        if (flushResult)
            f.Run("flush.f32", dst, result);
    }

    private static void SameFloat(FunctionDecoder f, PtxType type, int dst, int a, Rounding? integral, bool saturate)
    {
        if (integral is { } rounding)
            f.Run($"cvt.integral.{type.Name}", dst, a, rounding: rounding, saturate: saturate);
        else if (saturate)
            f.Run($"cvt.{type.Name}.{type.Name}", dst, a, saturate: true);
        else
            f.Run($"mov.b{type.Bits}", dst, a);
    }

    /// <summary>cvt.rn.f16x2.f32 d, a, b: a in the high half, b in the low one.</summary>
    private static void Pack(
        FunctionDecoder f, InstructionStatement s, Modifiers m, PtxType from, PtxType to, Rounding rounding, bool saturate)
    {
        if (from.Name != "f32" || s.Operands.Count != 3)
            throw m.Refused("packed conversions are modelled from two f32 only");
        int high = f.Registers.Temporary(16).Offset, low = f.Registers.Temporary(16).Offset;
        string conversion = $"cvt.{to.Element.Name}.f32";
        f.Run(conversion, high, f.Source(s.Operands[1], from), rounding: rounding, saturate: saturate);
        f.Run(conversion, low, f.Source(s.Operands[2], from), rounding: rounding, saturate: saturate);
        f.Emit(InstructionKind.Lanes, Moves.Pack<ushort, uint>(), f.Destination(s.Operands[0], to), parts: [low, high]);
    }
}
