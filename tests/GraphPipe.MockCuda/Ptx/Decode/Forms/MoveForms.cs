using GraphPipe.MockCuda.Execution;
using GraphPipe.MockCuda.Execution.Lanes;
using GraphPipe.MockCuda.Memory;
using GraphPipe.MockCuda.Ptx.Parse;

namespace GraphPipe.MockCuda.Ptx.Decode.Forms;

/// <summary>mov, cvta, isspacep (PTX ISA 9.7.9.4, 9.7.9.5, 9.7.9.19, 9.7.9.20).</summary>
internal static class MoveForms
{
    public static void Move(FunctionDecoder f, InstructionStatement s, Modifiers m)
    {
        var type = m.TakeType();
        if (type.Class == TypeClass.Predicate)
        {
            int a = f.Predicate(s.Operands[1]);
            f.Run("mov.pred", f.PredicateDestination(s.Operands[0]), a, a);
        }
        else if (s.Operands[0] is VectorOperand parts)
        {
            var part = PartOf(m, type, parts.Parts.Count);
            int a = f.Source(s.Operands[1], type);
            int[] registers = [.. parts.Parts.Select(p => f.Destination(p, part))];
            f.Emit(InstructionKind.Lanes, Unpacker(m, part.Bits, type.Bits), a: a, parts: registers);
        }
        else if (s.Operands[1] is VectorOperand sources)
        {
            var part = PartOf(m, type, sources.Parts.Count);
            int[] registers = [.. sources.Parts.Select(p => f.Source(p, part))];
            f.Emit(InstructionKind.Lanes, Packer(m, part.Bits, type.Bits), f.Destination(s.Operands[0], type), parts: registers);
        }
        else
        {
            f.Run($"mov.b{type.Bits}", f.Destination(s.Operands[0], type), f.Source(s.Operands[1], type));
        }
    }

    /// <summary>cvta.space d, a: from an address of the space to a generic one; cvta.to.space the other way.</summary>
    public static void ConvertAddress(FunctionDecoder f, InstructionStatement s, Modifiers m)
    {
        bool toSpace = m.Take("to");
        string space = m.TakeAny("global", "shared", "local", "const", "shared::cta") ?? throw m.Refused("its state space is not modelled");
        var type = m.TakeType();
        if (type.Bits != 64)
            throw m.Refused("addresses have 64 bits");
        int a = f.Source(s.Operands[1], type), dst = f.Destination(s.Operands[0], type);
        ulong window = space switch
        {
            "shared" or "shared::cta" => AddressSpace.SharedWindow,
            "local" => AddressSpace.LocalWindow,
            _ => 0,
        };
        if (window == 0)
            f.Run("mov.b64", dst, a);
        else
            f.Run(toSpace ? "sub.u64" : "add.u64", dst, a, f.Registers.Constant(window, wide: true).Offset);
    }

    public static void IsInSpace(FunctionDecoder f, InstructionStatement s, Modifiers m)
    {
        string space = m.TakeAny("global", "shared", "local", "shared::cta") ?? throw m.Refused("its state space is not modelled");
        long code = space switch { "global" => 0, "local" => 2, _ => 1 };
        f.Emit(InstructionKind.Lanes, Moves.IsInSpace, f.PredicateDestination(s.Operands[0]),
            f.Source(s.Operands[1], PtxType.Parse("u64")!.Value), immediate: code);
    }

    private static PtxType PartOf(Modifiers m, PtxType whole, int count) =>
        PtxType.Parse($"b{whole.Bits / count}") ?? throw m.Refused($"{count} parts of {whole.Bits} bits");

    private static Handler Unpacker(Modifiers m, int part, int whole) => (part, whole) switch
    {
        (8, 16) => Moves.Unpack<byte, ushort>(),
        (8, 32) => Moves.Unpack<byte, uint>(),
        (16, 32) => Moves.Unpack<ushort, uint>(),
        (16, 64) => Moves.Unpack<ushort, ulong>(),
        (32, 64) => Moves.Unpack<uint, ulong>(),
        _ => throw m.Refused($"{whole} bits in parts of {part}"),
    };

    private static Handler Packer(Modifiers m, int part, int whole) => (part, whole) switch
    {
        (8, 16) => Moves.Pack<byte, ushort>(),
        (8, 32) => Moves.Pack<byte, uint>(),
        (16, 32) => Moves.Pack<ushort, uint>(),
        (16, 64) => Moves.Pack<ushort, ulong>(),
        (32, 64) => Moves.Pack<uint, ulong>(),
        _ => throw m.Refused($"{whole} bits in parts of {part}"),
    };
}
