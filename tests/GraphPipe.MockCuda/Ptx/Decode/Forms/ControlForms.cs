using GraphPipe.MockCuda.Execution;
using GraphPipe.MockCuda.Execution.Lanes;
using GraphPipe.MockCuda.Ptx.Parse;

namespace GraphPipe.MockCuda.Ptx.Decode.Forms;

/// <summary>Branches, calls, ends (PTX ISA 9.7.12). .uni promises that all lanes go the same way; nothing here relies on it.</summary>
internal static class ControlForms
{
    public static void Branch(FunctionDecoder f, InstructionStatement s, Modifiers m)
    {
        m.Take("uni");
        f.Branch(f.Emit(InstructionKind.Branch), Label(s.Operands[0], m));
    }

    public static void BranchIndexed(FunctionDecoder f, InstructionStatement s, Modifiers m)
    {
        m.Take("uni");
        if (!m.Take("idx"))
            throw m.Refused("only brx.idx is modelled");
        int index = f.Source(s.Operands[0], PtxType.Parse("u32")!.Value);
        f.Branch(f.Emit(InstructionKind.BranchIndexed, a: index), [.. f.TargetList(Label(s.Operands[1], m))]);
    }

    /// <summary>call (result), function, (arguments); with results and arguments in .param variables.</summary>
    public static void Call(FunctionDecoder f, InstructionStatement s, Modifiers m)
    {
        m.Take("uni");
        var operands = s.Operands.ToList();
        IReadOnlyList<Operand> results = [];
        if (operands[0] is ListOperand list)
        {
            results = list.Parts;
            operands.RemoveAt(0);
        }
        if (operands.Count > 2 || operands[0] is not NameOperand name || f.Registers.FindRegister(name.Name) is not null)
            throw m.Refused("indirect calls are not modelled");
        IReadOnlyList<Operand> arguments = operands.Count > 1 ? ((ListOperand)operands[1]).Parts : [];
        var system = f.SystemFunction(name.Name);
        var target = new CallTarget
        {
            Name = name.Name,
            System = system,
            Arguments = [.. arguments.Select(f.CallParameter)],
            Results = [.. results.Select(f.CallParameter)],
        };
        if (system == SystemFunction.None)
            f.Emit(InstructionKind.Call, callee: target);
        else
            f.Emit(InstructionKind.Lanes, SystemCalls.Of(system), callee: target);
    }

    public static void Return(FunctionDecoder f, InstructionStatement s, Modifiers m)
    {
        m.Take("uni");
        f.Emit(InstructionKind.Return);
    }

    public static void Exit(FunctionDecoder f, InstructionStatement s, Modifiers m) => f.Emit(InstructionKind.Exit);

    public static void Trap(FunctionDecoder f, InstructionStatement s, Modifiers m) => f.Emit(InstructionKind.Trap);

    private static string Label(Operand operand, Modifiers m) =>
        operand is NameOperand name ? name.Name : throw m.Refused("a label is expected");
}
