using GraphPipe.MockCuda.Ptx.Parse;

namespace GraphPipe.MockCuda.Ptx.Decode.Forms;

/// <summary>Logic, shifts, bit fields (PTX ISA 9.7.1.14 to 9.7.1.22, 9.7.8).</summary>
internal static class LogicForms
{
    private static readonly PtxType U32 = PtxType.Parse("u32")!.Value;

    public static void Logic(FunctionDecoder f, InstructionStatement s, Modifiers m)
    {
        var type = m.TakeType();
        if (type.Class == TypeClass.Predicate)
        {
            f.Run($"{s.Opcode}.pred", f.PredicateDestination(s.Operands[0]), f.Predicate(s.Operands[1]), f.Predicate(s.Operands[2]));
            return;
        }
        f.Run($"{s.Opcode}.b{type.Bits}", f.Destination(s.Operands[0], type), f.Source(s.Operands[1], type), f.Source(s.Operands[2], type));
    }

    public static void Not(FunctionDecoder f, InstructionStatement s, Modifiers m)
    {
        var type = m.TakeType();
        if (type.Class == TypeClass.Predicate)
        {
            int a = f.Predicate(s.Operands[1]);
            f.Run("not.pred", f.PredicateDestination(s.Operands[0]), a, a);
            return;
        }
        f.Run($"{s.Opcode}.b{type.Bits}", f.Destination(s.Operands[0], type), f.Source(s.Operands[1], type));
    }

    public static void Shift(FunctionDecoder f, InstructionStatement s, Modifiers m)
    {
        var type = m.TakeType();
        string name = s.Opcode == "shl" ? $"b{type.Bits}" : type.Name;
        f.Run($"{s.Opcode}.{name}", f.Destination(s.Operands[0], type), f.Source(s.Operands[1], type), f.Source(s.Operands[2], U32));
    }

    public static void FunnelShift(FunctionDecoder f, InstructionStatement s, Modifiers m)
    {
        string side = m.TakeAny("l", "r") ?? throw m.Refused("a side is missing");
        bool wrap = m.Take("wrap");
        m.Take("clamp");
        var type = m.TakeType();
        f.Run($"shf.{side}.{type.Name}", f.Destination(s.Operands[0], type), f.Source(s.Operands[1], type), f.Source(s.Operands[2], type),
            f.Source(s.Operands[3], U32), immediate: wrap ? 1 : 0);
    }

    public static void Lop3(FunctionDecoder f, InstructionStatement s, Modifiers m)
    {
        var type = m.TakeType();
        if (s.Operands is not [_, _, _, _, LiteralOperand table])
            throw m.Refused("its truth table must be a literal");
        f.Run($"lop3.{type.Name}", f.Destination(s.Operands[0], type), f.Source(s.Operands[1], type), f.Source(s.Operands[2], type),
            f.Source(s.Operands[3], type), immediate: (long)table.Value.Bits);
    }

    public static void Permute(FunctionDecoder f, InstructionStatement s, Modifiers m)
    {
        var type = m.TakeType();
        f.Run($"prmt.{type.Name}", f.Destination(s.Operands[0], type), f.Source(s.Operands[1], type), f.Source(s.Operands[2], type),
            f.Source(s.Operands[3], U32));
    }

    /// <summary>popc, clz, bfind: a 32-bit result.</summary>
    public static void Count(FunctionDecoder f, InstructionStatement s, Modifiers m)
    {
        var type = m.TakeType();
        string form = m.Take("shiftamt") ? "bfind.shiftamt" : s.Opcode;
        f.Run($"{form}.{type.Name}", f.Destination(s.Operands[0], U32), f.Source(s.Operands[1], type));
    }

    public static void Reverse(FunctionDecoder f, InstructionStatement s, Modifiers m)
    {
        var type = m.TakeType();
        f.Run($"brev.{type.Name}", f.Destination(s.Operands[0], type), f.Source(s.Operands[1], type));
    }

    public static void ExtractField(FunctionDecoder f, InstructionStatement s, Modifiers m)
    {
        var type = m.TakeType();
        int a = f.Source(s.Operands[1], type);
        f.Run($"bfe.{type.Name}", f.Destination(s.Operands[0], type), a, a, f.Source(s.Operands[2], U32), f.Source(s.Operands[3], U32));
    }

    public static void InsertField(FunctionDecoder f, InstructionStatement s, Modifiers m)
    {
        var type = m.TakeType();
        f.Run($"bfi.{type.Name}", f.Destination(s.Operands[0], type), f.Source(s.Operands[1], type), f.Source(s.Operands[2], type),
            f.Source(s.Operands[3], U32), f.Source(s.Operands[4], U32));
    }
}
