using GraphPipe.MockCuda.Execution;
using GraphPipe.MockCuda.Execution.Lanes;
using GraphPipe.MockCuda.Ptx.Parse;

namespace GraphPipe.MockCuda.Ptx.Decode.Forms;

/// <summary>shfl, vote, match, redux, activemask (PTX ISA 9.7.9.6, 9.7.13.8 to 9.7.13.12). The forms without .sync, of before 7.0, take
/// the lanes that are active.</summary>
internal static class WarpLevelForms
{
    private static readonly PtxType B32 = PtxType.Parse("b32")!.Value;

    /// <summary>shfl{.sync}.mode.b32 d{|p}, a, b, c{, mask}.</summary>
    public static void Shuffle(FunctionDecoder f, InstructionStatement s, Modifiers m)
    {
        bool sync = m.Take("sync");
        string mode = m.TakeAny("up", "down", "bfly", "idx") ?? throw m.Refused("no mode");
        m.TakeType();
        var (dst, predicate) = Results(f, s.Operands[0], B32);
        Emit(f, m, sync, $"shfl.{mode}", dst, predicate, f.Source(s.Operands[1], B32), s, 4,
            f.Source(s.Operands[2], B32), f.Source(s.Operands[3], B32));
    }

    /// <summary>vote{.sync}.mode d, {!}a{, mask}.</summary>
    public static void Vote(FunctionDecoder f, InstructionStatement s, Modifiers m)
    {
        bool sync = m.Take("sync");
        string mode = m.TakeAny("all", "any", "uni", "ballot") ?? throw m.Refused("no mode");
        m.TakeType();
        int dst = mode == "ballot" ? f.Destination(s.Operands[0], B32) : f.PredicateDestination(s.Operands[0]);
        Emit(f, m, sync, $"vote.{mode}", dst, [], f.Predicate(s.Operands[1]), s, 2);
    }

    /// <summary>match.any.sync d, a, mask; match.all.sync d{|p}, a, mask.</summary>
    public static void Match(FunctionDecoder f, InstructionStatement s, Modifiers m)
    {
        bool sync = m.Take("sync");
        string mode = m.TakeAny("any", "all") ?? throw m.Refused("no mode");
        var type = m.TakeType();
        var (dst, predicate) = Results(f, s.Operands[0], B32);
        Emit(f, m, sync, $"match.{mode}.{type.Name}", dst, predicate, f.Source(s.Operands[1], type), s, 2);
    }

    public static void Redux(FunctionDecoder f, InstructionStatement s, Modifiers m)
    {
        bool sync = m.Take("sync");
        string operation = m.TakeAny("add", "min", "max", "and", "or", "xor") ?? throw m.Refused("no operation");
        var type = m.TakeType();
        Emit(f, m, sync, $"redux.{operation}.{type.Name}", f.Destination(s.Operands[0], type), [], f.Source(s.Operands[1], type), s, 2);
    }

    public static void ActiveMask(FunctionDecoder f, InstructionStatement s, Modifiers m)
    {
        m.TakeType();
        f.Emit(InstructionKind.Lanes, WarpForms.Find("activemask")!.Value, f.Destination(s.Operands[0], B32));
    }

    private static (int Dst, int[] Predicate) Results(FunctionDecoder f, Operand operand, PtxType type) => operand is PairOperand pair
        ? (f.Destination(pair.First, type), [f.PredicateDestination(pair.Second)])
        : (f.Destination(operand, type), []);

    private static void Emit(
        FunctionDecoder f, Modifiers m, bool sync, string form, int dst, int[] predicate, int a, InstructionStatement s, int mask,
        int b = Instruction.None, int c = Instruction.None)
    {
        var handler = WarpForms.Find(form) ?? throw m.Refused($"{form} is not modelled");
        int members = sync ? f.Source(s.Operands[mask], B32) : Instruction.None;
        f.Emit(sync ? InstructionKind.Convergent : InstructionKind.Lanes, handler, dst, a, b, c, members, parts: predicate);
    }
}
