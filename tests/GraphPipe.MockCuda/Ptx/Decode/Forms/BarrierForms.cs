using GraphPipe.MockCuda.Execution;
using GraphPipe.MockCuda.Execution.Lanes;
using GraphPipe.MockCuda.Ptx.Parse;

namespace GraphPipe.MockCuda.Ptx.Decode.Forms;

/// <summary>bar and barrier (PTX ISA 9.7.13.1, 9.7.13.2).</summary>
internal static class BarrierForms
{
    private static readonly PtxType U32 = PtxType.Parse("u32")!.Value;

    public static void Bar(FunctionDecoder f, InstructionStatement s, Modifiers m)
    {
        m.Take("cta");
        m.Take("aligned");
        if (m.Take("warp"))
        {
            m.Take("sync");
            f.Emit(InstructionKind.Convergent, WarpForms.Find("bar.warp")!.Value, d: f.Source(s.Operands[0], U32));
        }
        else if (m.Take("sync"))
        {
            f.Emit(InstructionKind.Barrier, a: f.Source(s.Operands[0], U32), b: Count(f, s, 1, 2));
        }
        else if (m.Take("arrive"))
        {
            f.Emit(InstructionKind.BarrierArrive, a: f.Source(s.Operands[0], U32), b: Count(f, s, 1, 2));
        }
        else if (m.Take("red"))
        {
            Reduce(f, s, m);
        }
        else
        {
            throw m.Refused("sync, arrive, red and warp.sync are modelled");
        }
    }

    /// <summary>bar.red.op d, a{, b}, {!}c.</summary>
    private static void Reduce(FunctionDecoder f, InstructionStatement s, Modifiers m)
    {
        var operation = m.TakeAny("popc", "and", "or") switch
        {
            "popc" => BarrierReduction.Count,
            "and" => BarrierReduction.And,
            "or" => BarrierReduction.Or,
            _ => throw m.Refused("no such reduction"),
        };
        var type = m.TakeType();
        int dst = operation == BarrierReduction.Count ? f.Destination(s.Operands[0], type) : f.PredicateDestination(s.Operands[0]);
        f.Emit(InstructionKind.Barrier, dst: dst, a: f.Source(s.Operands[1], U32), b: Count(f, s, 2, 4), c: f.Predicate(s.Operands[^1]),
            immediate: (long)operation);
    }

    private static int Count(FunctionDecoder f, InstructionStatement s, int index, int operands) =>
        s.Operands.Count >= operands ? f.Source(s.Operands[index], U32) : Instruction.None;
}
