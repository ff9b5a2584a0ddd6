using System.Collections.Frozen;
using GraphPipe.MockCuda.Ptx.Decode.Forms;
using GraphPipe.MockCuda.Ptx.Parse;

namespace GraphPipe.MockCuda.Ptx.Decode;

/// <summary>Decodes the statements of one opcode into steps.</summary>
internal delegate void FormDecoder(FunctionDecoder f, InstructionStatement s, Modifiers m);

/// <summary>Which PTX opcodes the mock knows, and what decodes each. An opcode that is not here is refused by name.</summary>
internal static class FormTable
{
    private static readonly FrozenDictionary<string, FormDecoder> Table = new Dictionary<string, FormDecoder>
    {
        ["add"] = ArithmeticForms.AddOrSubtract,
        ["sub"] = ArithmeticForms.AddOrSubtract,
        ["mul"] = ArithmeticForms.Multiply,
        ["mul24"] = ArithmeticForms.Multiply24,
        ["mad24"] = ArithmeticForms.MultiplyAdd24,
        ["mad"] = ArithmeticForms.MultiplyAdd,
        ["fma"] = ArithmeticForms.Fma,
        ["div"] = ArithmeticForms.Divide,
        ["rem"] = ArithmeticForms.Binary,
        ["min"] = ArithmeticForms.MinOrMax,
        ["max"] = ArithmeticForms.MinOrMax,
        ["abs"] = ArithmeticForms.Unary,
        ["neg"] = ArithmeticForms.Unary,
        ["sqrt"] = ArithmeticForms.Unary,
        ["rcp"] = ArithmeticForms.Unary,
        ["rsqrt"] = ArithmeticForms.Unary,
        ["sin"] = ArithmeticForms.Unary,
        ["cos"] = ArithmeticForms.Unary,
        ["ex2"] = ArithmeticForms.Unary,
        ["lg2"] = ArithmeticForms.Unary,
        ["tanh"] = ArithmeticForms.Unary,
        ["copysign"] = ArithmeticForms.Binary,
        ["sad"] = ArithmeticForms.Ternary,
        ["and"] = LogicForms.Logic,
        ["or"] = LogicForms.Logic,
        ["xor"] = LogicForms.Logic,
        ["not"] = LogicForms.Not,
        ["cnot"] = LogicForms.Not,
        ["shl"] = LogicForms.Shift,
        ["shr"] = LogicForms.Shift,
        ["shf"] = LogicForms.FunnelShift,
        ["lop3"] = LogicForms.Lop3,
        ["prmt"] = LogicForms.Permute,
        ["popc"] = LogicForms.Count,
        ["clz"] = LogicForms.Count,
        ["bfind"] = LogicForms.Count,
        ["brev"] = LogicForms.Reverse,
        ["bfe"] = LogicForms.ExtractField,
        ["bfi"] = LogicForms.InsertField,
        ["setp"] = CompareForms.SetPredicate,
        ["set"] = CompareForms.Set,
        ["testp"] = CompareForms.Test,
        ["selp"] = CompareForms.Select,
        ["slct"] = CompareForms.SelectBySign,
        ["mov"] = MoveForms.Move,
        ["cvt"] = ConvertForms.Convert,
        ["cvta"] = MoveForms.ConvertAddress,
        ["isspacep"] = MoveForms.IsInSpace,
        ["ld"] = MemoryForms.Load,
        ["ldu"] = MemoryForms.Load,
        ["st"] = MemoryForms.Store,
        ["atom"] = MemoryForms.Atomic,
        ["red"] = MemoryForms.Reduction,
        ["prefetch"] = MemoryForms.Nothing,
        ["prefetchu"] = MemoryForms.Nothing,
        ["membar"] = MemoryForms.Fence,
        ["fence"] = MemoryForms.Fence,
        ["nanosleep"] = MemoryForms.Nothing,
        ["bra"] = ControlForms.Branch,
        ["brx"] = ControlForms.BranchIndexed,
        ["call"] = ControlForms.Call,
        ["ret"] = ControlForms.Return,
        ["exit"] = ControlForms.Exit,
        ["trap"] = ControlForms.Trap,
        ["brkpt"] = ControlForms.Trap,
        ["bar"] = BarrierForms.Bar,
        ["barrier"] = BarrierForms.Bar,
        ["shfl"] = WarpLevelForms.Shuffle,
        ["vote"] = WarpLevelForms.Vote,
        ["match"] = WarpLevelForms.Match,
        ["redux"] = WarpLevelForms.Redux,
        ["activemask"] = WarpLevelForms.ActiveMask,
    }.ToFrozenDictionary();

    public static IEnumerable<string> Opcodes => Table.Keys;

    public static bool TryGet(string opcode, out FormDecoder form) => Table.TryGetValue(opcode, out form!);
}
