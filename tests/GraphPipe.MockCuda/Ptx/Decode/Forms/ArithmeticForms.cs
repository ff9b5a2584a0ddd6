using GraphPipe.MockCuda.Execution;
using GraphPipe.MockCuda.Ptx.Parse;

namespace GraphPipe.MockCuda.Ptx.Decode.Forms;

/// <summary>Arithmetic on integers and floats (PTX ISA 9.7.1, 9.7.3, 9.7.4).</summary>
internal static class ArithmeticForms
{
    public static void AddOrSubtract(FunctionDecoder f, InstructionStatement s, Modifiers m)
    {
        var type = m.TakeType();
        if (!IsFloat(type) && m.Take("sat"))
        {
            if (type.Name != "s32")
                throw m.Refused(".sat is for s32 only");
            f.Run($"{s.Opcode}.sat.s32", f.Destination(s.Operands[0], type), f.Source(s.Operands[1], type), f.Source(s.Operands[2], type));
            return;
        }
        Apply(f, s, m, s.Opcode, type);
    }

    public static void Multiply(FunctionDecoder f, InstructionStatement s, Modifiers m)
    {
        var type = m.TakeType();
        if (IsFloat(type))
        {
            Apply(f, s, m, "mul", type);
            return;
        }
        string part = Part(m);
        int dst = f.Destination(s.Operands[0], part == "wide" ? Wider(type) : type);
        f.Run($"mul.{part}.{type.Name}", dst, f.Source(s.Operands[1], type), f.Source(s.Operands[2], type));
    }

    public static void Multiply24(FunctionDecoder f, InstructionStatement s, Modifiers m)
    {
        var type = m.TakeType();
        if (!m.Take("lo"))
            throw m.Refused("only .lo is modelled");
        f.Run($"mul24.lo.{type.Name}", f.Destination(s.Operands[0], type), f.Source(s.Operands[1], type), f.Source(s.Operands[2], type));
    }

    public static void MultiplyAdd24(FunctionDecoder f, InstructionStatement s, Modifiers m)
    {
        var type = m.TakeType();
        if (!m.Take("lo"))
            throw m.Refused("only .lo is modelled");
        int product = f.Registers.Temporary(32).Offset;
        f.Run($"mul24.lo.{type.Name}", product, f.Source(s.Operands[1], type), f.Source(s.Operands[2], type));
        f.Run($"add.{type.Name}", f.Destination(s.Operands[0], type), product, f.Source(s.Operands[3], type));
    }

    public static void MultiplyAdd(FunctionDecoder f, InstructionStatement s, Modifiers m)
    {
        var type = m.TakeType();
        if (IsFloat(type))
        {
            Apply(f, s, m, "fma", type);
            return;
        }
        string part = Part(m);
        bool saturate = m.Take("sat");
        if (saturate && (part != "hi" || type.Name != "s32"))
            throw m.Refused(".sat is for mad.hi.s32 only");
        int a = f.Source(s.Operands[1], type), b = f.Source(s.Operands[2], type);
        var sum = part == "wide" ? Wider(type) : type;
        int dst = f.Destination(s.Operands[0], sum), c = f.Source(s.Operands[3], sum);
        if (part == "lo")
        {
            f.Run($"mad.lo.{type.Name}", dst, a, b, c);
            return;
        }
        int product = f.Registers.Temporary(sum.Bits).Offset;
        f.Run($"mul.{part}.{type.Name}", product, a, b);
        f.Run(saturate ? "add.sat.s32" : $"add.{sum.Name}", dst, product, c);
    }

    public static void Fma(FunctionDecoder f, InstructionStatement s, Modifiers m) => Apply(f, s, m, "fma", m.TakeType());

    public static void Divide(FunctionDecoder f, InstructionStatement s, Modifiers m)
    {
        var type = m.TakeType();
        if (type.IsFloat)
            m.TakeAny("approx", "full");
        Apply(f, s, m, "div", type);
    }

    public static void MinOrMax(FunctionDecoder f, InstructionStatement s, Modifiers m)
    {
        var type = m.TakeType();
        Apply(f, s, m, m.Take("NaN") ? $"{s.Opcode}.NaN" : s.Opcode, type);
    }

    public static void Binary(FunctionDecoder f, InstructionStatement s, Modifiers m) => Apply(f, s, m, s.Opcode, m.TakeType());

    public static void Ternary(FunctionDecoder f, InstructionStatement s, Modifiers m) => Apply(f, s, m, s.Opcode, m.TakeType());

    public static void Unary(FunctionDecoder f, InstructionStatement s, Modifiers m)
    {
        var type = m.TakeType();
        bool approximate = m.Take("approx");
        Apply(f, s, m, s.Opcode == "rcp" && approximate && type.Bits == 64 ? "rcp.approx" : s.Opcode, type);
    }

    private static void Apply(FunctionDecoder f, InstructionStatement s, Modifiers m, string operation, PtxType type)
    {
        int[] sources = [.. s.Operands.Skip(1).Select(o => f.Source(o, type))];
        int dst = f.Destination(s.Operands[0], type);
        if (!IsFloat(type))
        {
            f.Run($"{operation}.{type.Name}", dst, sources[0], At(sources, 1), At(sources, 2));
            return;
        }
        if (m.TakeRounding() is { } rounding && rounding != Rounding.Nearest)
            throw m.Refused("arithmetic rounds to nearest only; directed modes are modelled in cvt");
        FloatSteps.Run(f, operation, type, dst, sources, new FloatMode(m.Take("ftz"), m.Take("sat")));
    }

    private static bool IsFloat(PtxType type) => type.IsFloat || type.IsPair;

    private static int At(int[] sources, int index) => index < sources.Length ? sources[index] : Instruction.None;

    private static string Part(Modifiers m) =>
        m.TakeAny("lo", "hi", "wide") ?? throw m.Refused("an integer product needs .lo, .hi or .wide");

    private static PtxType Wider(PtxType type) => PtxType.Parse($"{type.Name[0]}{type.Bits * 2}")!.Value;
}
