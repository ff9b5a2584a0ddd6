using GraphPipe.MockCuda.Execution;
using GraphPipe.MockCuda.Execution.Lanes;

namespace GraphPipe.MockCuda.Ptx.Decode.Forms;

/// <summary>How a float operation is done.</summary>
/// <param name="Flush">.ftz: subnormal operands and results become zeros of their sign.</param>
/// <param name="Saturate">.sat: the result into [0, 1].</param>
internal readonly record struct FloatMode(bool Flush, bool Saturate);

/// <summary>Float operations in elementary steps: pairs as two halves, f16 and bf16 through f32, .ftz and .sat as steps of their own.</summary>
internal static class FloatSteps
{
    public static readonly PtxType F32 = PtxType.Parse("f32")!.Value;

    private static readonly PtxType B16 = PtxType.Parse("b16")!.Value;

    public static void Run(FunctionDecoder f, string operation, PtxType type, int dst, int[] sources, FloatMode mode)
    {
        if (type.IsPair)
            RunPair(f, operation, type, dst, sources, mode);
        else if (type.Bits == 16 && operation == "fma")
            RunHalfFma(f, type, dst, sources, mode);
        else if (type.Bits == 16)
            RunHalf(f, operation, type, dst, sources, mode);
        else
            RunFull(f, operation, type, dst, sources, mode);
    }

    /// <summary>An f16 or bf16 register as f32.</summary>
    public static int Widen(FunctionDecoder f, PtxType type, int register, bool flush)
    {
        int wide = f.Registers.Temporary(32).Offset;
        f.Run($"cvt.f32.{type.Name}", wide, register);
        return flush ? Flush(f, type, wide) : wide;
    }

    /// <summary>A copy of an f32 register with subnormals as zeros; subnormals of f16 where that is the type.</summary>
    public static int Flush(FunctionDecoder f, PtxType type, int register)
    {
        int flushed = f.Registers.Temporary(32).Offset;
        f.Run(type.Name == "f16" ? "flush.f16" : "flush.f32", flushed, register);
        return flushed;
    }

    private static void RunFull(FunctionDecoder f, string operation, PtxType type, int dst, int[] sources, FloatMode mode)
    {
        bool flush = mode.Flush && type.Bits == 32;
        int[] s = flush ? [.. sources.Select(r => Flush(f, type, r))] : sources;
        int result = flush || mode.Saturate ? f.Registers.Temporary(type.Bits).Offset : dst;
        f.Run($"{operation}.{type.Name}", result, s[0], At(s, 1), At(s, 2));
        if (flush)
            f.Run("flush.f32", mode.Saturate ? result : dst, result);
        if (mode.Saturate)
            f.Run($"saturate.{type.Name}", dst, result);
    }

    private static void RunHalf(FunctionDecoder f, string operation, PtxType type, int dst, int[] sources, FloatMode mode)
    {
        int[] wide = [.. sources.Select(r => Widen(f, type, r, mode.Flush))];
        int result = f.Registers.Temporary(32).Offset;
        RunFull(f, operation, F32, result, wide, mode with { Flush = false });
        if (mode.Flush)
            result = Flush(f, type, result);
        f.Run($"cvt.{type.Name}.f32", dst, result);
    }

    private static void RunHalfFma(FunctionDecoder f, PtxType type, int dst, int[] sources, FloatMode mode)
    {
        int[] s = sources;
        if (mode.Flush)
            s = [.. sources.Select(r => Narrow(f, type, Widen(f, type, r, flush: true)))];
        if (!mode.Saturate && !mode.Flush)
        {
            f.Run($"fma.{type.Name}", dst, s[0], s[1], s[2]);
            return;
        }
        int result = f.Registers.Temporary(16).Offset;
        f.Run($"fma.{type.Name}", result, s[0], s[1], s[2]);
        int wide = Widen(f, type, result, mode.Flush);
        if (mode.Saturate)
            f.Run("saturate.f32", wide, wide);
        f.Run($"cvt.{type.Name}.f32", dst, wide);
    }

    private static int Narrow(FunctionDecoder f, PtxType type, int wide)
    {
        int narrow = f.Registers.Temporary(16).Offset;
        f.Run($"cvt.{type.Name}.f32", narrow, wide);
        return narrow;
    }

    private static void RunPair(FunctionDecoder f, string operation, PtxType type, int dst, int[] sources, FloatMode mode)
    {
        var halves = sources.Select(r => Split(f, r)).ToArray();
        int[] results = [f.Registers.Temporary(B16.Bits).Offset, f.Registers.Temporary(B16.Bits).Offset];
        for (int k = 0; k < 2; k++)
            Run(f, operation, type.Element, results[k], [.. halves.Select(h => h[k])], mode);
        f.Emit(InstructionKind.Lanes, Moves.Pack<ushort, uint>(), dst, parts: results);
    }

    private static int[] Split(FunctionDecoder f, int register)
    {
        int[] parts = [f.Registers.Temporary(16).Offset, f.Registers.Temporary(16).Offset];
        f.Emit(InstructionKind.Lanes, Moves.Unpack<ushort, uint>(), a: register, parts: parts);
        return parts;
    }

    private static int At(int[] sources, int index) => index < sources.Length ? sources[index] : Instruction.None;
}
