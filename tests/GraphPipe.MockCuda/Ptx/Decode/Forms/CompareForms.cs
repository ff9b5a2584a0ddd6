using GraphPipe.MockCuda.Ptx.Parse;

namespace GraphPipe.MockCuda.Ptx.Decode.Forms;

/// <summary>Comparison and selection (PTX ISA 9.7.6, 9.7.7, 9.7.3.1).</summary>
internal static class CompareForms
{
    private static readonly string[] Comparisons =
    [
        "eq", "ne", "lt", "le", "gt", "ge", "lo", "ls", "hi", "hs", "equ", "neu", "ltu", "leu", "gtu", "geu", "num", "nan",
    ];

    /// <summary>setp.cmp{.bool}{.ftz}.type p{|q}, a, b{, {!}c}: p = (a cmp b) bool c, q = !(a cmp b) bool c.</summary>
    public static void SetPredicate(FunctionDecoder f, InstructionStatement s, Modifiers m)
    {
        var type = m.TakeType();
        int compared = f.Registers.Temporary(1).Offset;
        string? join = Compare(f, s, m, type, compared);
        var (first, second) = s.Operands[0] is PairOperand pair ? (pair.First, pair.Second) : (s.Operands[0], null);
        int negated = second is null ? 0 : f.Registers.Temporary(1).Offset;
        if (second is not null)
            f.Run("not.pred", negated, compared, compared);
        if (join is null)
        {
            f.Run("mov.pred", f.PredicateDestination(first), compared, compared);
            if (second is not null)
                f.Run("mov.pred", f.PredicateDestination(second), negated, negated);
            return;
        }
        int third = f.Predicate(s.Operands[3]);
        f.Run($"{join}.pred", f.PredicateDestination(first), compared, third);
        if (second is not null)
            f.Run($"{join}.pred", f.PredicateDestination(second), negated, third);
    }

    /// <summary>set.cmp{.bool}{.ftz}.dtype.stype d, a, b{, c}: all ones or 1.0 where true.</summary>
    public static void Set(FunctionDecoder f, InstructionStatement s, Modifiers m)
    {
        var source = m.TakeType();
        var result = m.TakeType();
        if (result.Bits != 32)
            throw m.Refused("only results of 32 bits are modelled");
        int predicate = f.Registers.Temporary(1).Offset;
        string? join = Compare(f, s, m, source, predicate);
        if (join is not null)
            f.Run($"{join}.pred", predicate, predicate, f.Predicate(s.Operands[3]));
        int yes = f.Registers.Constant(result.IsFloat ? BitConverter.SingleToUInt32Bits(1) : uint.MaxValue, wide: false).Offset;
        f.Run("selp.b32", f.Destination(s.Operands[0], result), yes, f.Registers.Constant(0, wide: false).Offset, predicate);
    }

    public static void Test(FunctionDecoder f, InstructionStatement s, Modifiers m)
    {
        string property = m.TakeAny("finite", "infinite", "number", "notanumber", "normal", "subnormal") ?? throw m.Refused("no property");
        var type = m.TakeType();
        int a = f.Source(s.Operands[1], type);
        f.Run($"testp.{property}.{type.Name}", f.PredicateDestination(s.Operands[0]), a, a);
    }

    public static void Select(FunctionDecoder f, InstructionStatement s, Modifiers m)
    {
        var type = m.TakeType();
        f.Run($"selp.b{type.Bits}", f.Destination(s.Operands[0], type), f.Source(s.Operands[1], type), f.Source(s.Operands[2], type),
            f.Predicate(s.Operands[3]));
    }

    /// <summary>slct.type.s32 d, a, b, c: a where c ≥ 0, else b.</summary>
    public static void SelectBySign(FunctionDecoder f, InstructionStatement s, Modifiers m)
    {
        var sign = m.TakeType();
        var type = m.TakeType();
        int c = f.Source(s.Operands[3], sign);
        if (m.Take("ftz"))
            c = FloatSteps.Flush(f, sign, c);
        int predicate = f.Registers.Temporary(1).Offset;
        f.Run($"setp.ge.{sign.Name}", predicate, c, f.Registers.Constant(0, wide: false).Offset);
        f.Run($"selp.b{type.Bits}", f.Destination(s.Operands[0], type), f.Source(s.Operands[1], type), f.Source(s.Operands[2], type), predicate);
    }

    /// <returns>The boolean operation that joins the result with a third operand; null where there is none.</returns>
    private static string? Compare(FunctionDecoder f, InstructionStatement s, Modifiers m, PtxType type, int predicate)
    {
        string comparison = m.TakeAny(Comparisons) ?? throw m.Refused("no comparison that is modelled");
        string? join = m.TakeAny("and", "or", "xor");
        if (type.IsPair)
            throw m.Refused("comparisons of packed types are not modelled");
        int a = f.Source(s.Operands[1], type), b = f.Source(s.Operands[2], type);
        bool flush = m.Take("ftz");
        if (type is { IsFloat: true, Bits: 16 })
        {
            a = FloatSteps.Widen(f, type, a, flush);
            b = FloatSteps.Widen(f, type, b, flush);
            type = FloatSteps.F32;
        }
        else if (flush)
        {
            a = FloatSteps.Flush(f, type, a);
            b = FloatSteps.Flush(f, type, b);
        }
        f.Run($"setp.{comparison}.{type.Name}", predicate, a, b);
        return join;
    }
}
