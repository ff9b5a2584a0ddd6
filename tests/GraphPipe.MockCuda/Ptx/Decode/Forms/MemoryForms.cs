using GraphPipe.MockCuda.Execution;
using GraphPipe.MockCuda.Execution.Lanes;
using GraphPipe.MockCuda.Ptx.Parse;

namespace GraphPipe.MockCuda.Ptx.Decode.Forms;

/// <summary>ld, st, atom, red, fences (PTX ISA 9.7.9.8, 9.7.9.11, 9.7.13.4 to 9.7.13.6). Caches and their hints have no effect here, nor
/// have fences: the mock's memory is sequentially consistent.</summary>
internal static class MemoryForms
{
    private static readonly string[] Scopes = ["cta", "gpu", "sys"];

    public static void Load(FunctionDecoder f, InstructionStatement s, Modifiers m)
    {
        bool strong = TakeHints(m);
        string? space = TakeSpace(m);
        int count = TakeVector(m);
        var type = m.TakeType();
        int[] parts = Parts(s.Operands[0], count, m, o => o is NameOperand { Name: "_" } ? Instruction.None : f.Destination(o, type));
        var (address, offset) = f.Address(s.Operands[1]);
        string key = Key(type);
        bool kernelParameter = space == "param" && f.IsKernelParameter(((AddressOperand)s.Operands[1]).Name);
        var handler = kernelParameter ? LoadParameter(key) : space switch
        {
            "param" => Load<Spaces.Param>(key),
            "shared" or "shared::cta" => Load<Spaces.Shared>(key),
            "local" => Load<Spaces.Local>(key),
            "global" or "const" => Load<Spaces.Global>(key),
            _ => Load<Spaces.Generic>(key),
        };
        f.Emit(InstructionKind.Lanes, handler, a: address, immediate: offset, parts: parts, strong: strong);
    }

    public static void Store(FunctionDecoder f, InstructionStatement s, Modifiers m)
    {
        bool strong = TakeHints(m);
        string? space = TakeSpace(m);
        int count = TakeVector(m);
        var type = m.TakeType();
        int[] parts = Parts(s.Operands[1], count, m, o => f.Source(o, type));
        var (address, offset) = f.Address(s.Operands[0]);
        string key = Key(type);
        var handler = space switch
        {
            "param" => Store<Spaces.Param>(key),
            "shared" or "shared::cta" => Store<Spaces.Shared>(key),
            "local" => Store<Spaces.Local>(key),
            "global" => Store<Spaces.Global>(key),
            null => Store<Spaces.Generic>(key),
            _ => throw m.Refused($"nothing stores to .{space}"),
        };
        f.Emit(InstructionKind.Lanes, handler, a: address, immediate: offset, parts: parts, strong: strong);
    }

    public static void Atomic(FunctionDecoder f, InstructionStatement s, Modifiers m) => Atomic(f, s, m, first: 1);

    public static void Reduction(FunctionDecoder f, InstructionStatement s, Modifiers m) => Atomic(f, s, m, first: 0);

    public static void Fence(FunctionDecoder f, InstructionStatement s, Modifiers m)
    {
        m.TakeAny("sc", "acq_rel");
        if (m.TakeAny("cta", "gl", "gpu", "sys") is null)
            throw m.Refused("its scope is not modelled");
    }

    /// <summary>Hints without effect.</summary>
    public static void Nothing(FunctionDecoder f, InstructionStatement s, Modifiers m)
    {
        m.TakeAny("global", "local");
        m.TakeAny("L1", "L2");
        m.Take("u32");
    }

    private static void Atomic(FunctionDecoder f, InstructionStatement s, Modifiers m, int first)
    {
        TakeHints(m);
        m.Take("noftz");
        string? space = TakeSpace(m);
        if (space is not (null or "global" or "shared" or "shared::cta"))
            throw m.Refused($"no atomics in .{space}");
        string operation = m.TakeAny("add", "min", "max", "and", "or", "xor", "exch", "cas", "inc", "dec") ?? throw m.Refused("no operation");
        var type = m.TakeType();
        string name = operation switch
        {
            "and" or "or" or "xor" or "exch" or "cas" => $"{operation}.b{type.Bits}",
            _ => $"{operation}.{type.Name}",
        };
        var handler = Atomics.Find(name, space == "shared::cta" ? "shared" : space ?? "generic") ?? throw m.Refused($"{name} is not modelled");
        int dst = first == 0 || s.Operands[0] is NameOperand { Name: "_" } ? Instruction.None : f.Destination(s.Operands[0], type);
        var (address, offset) = f.Address(s.Operands[first]);
        int b = f.Source(s.Operands[first + 1], type);
        int c = s.Operands.Count > first + 2 ? f.Source(s.Operands[first + 2], type) : b;
        f.Emit(InstructionKind.Lanes, handler, dst, address, b, c, immediate: offset, strong: true);
    }

    /// <summary>Takes what says how an access is ordered or cached.</summary>
    /// <returns>Whether it is a strong operation (PTX ISA 8.2).</returns>
    private static bool TakeHints(Modifiers m)
    {
        bool strong = m.TakeAny("volatile", "relaxed", "acquire", "release", "acq_rel") is not null;
        m.Take("weak");
        m.TakeAny(Scopes);
        m.TakeAny("ca", "cg", "cs", "lu", "cv", "wb", "wt");
        m.Take("nc");
        m.DropPrefixed("L1::");
        m.DropPrefixed("L2::");
        return strong;
    }

    private static string? TakeSpace(Modifiers m) => m.TakeAny("param", "shared", "local", "global", "const", "shared::cta");

    private static int TakeVector(Modifiers m) => m.TakeAny("v2", "v4") switch { "v2" => 2, "v4" => 4, _ => 1 };

    private static int[] Parts(Operand operand, int count, Modifiers m, Func<Operand, int> register)
    {
        IReadOnlyList<Operand> parts = operand is VectorOperand vector ? vector.Parts : [operand];
        return parts.Count == count ? [.. parts.Select(register)] : throw m.Refused($"{count} elements, {parts.Count} registers");
    }

    /// <summary>The storage of a type: its width, and s where a narrow one is extended by sign.</summary>
    private static string Key(PtxType type) => type.IsSigned && type.Bits < 32 ? $"s{type.Bits}" : $"b{type.Bits}";

    private static Handler Load<TSpace>(string key) where TSpace : ISpace => key switch
    {
        "s8" => LoadStore.Load<sbyte, TSpace>(),
        "b8" => LoadStore.Load<byte, TSpace>(),
        "s16" => LoadStore.Load<short, TSpace>(),
        "b16" => LoadStore.Load<ushort, TSpace>(),
        "b32" => LoadStore.Load<uint, TSpace>(),
        _ => LoadStore.Load<ulong, TSpace>(),
    };

    private static Handler LoadParameter(string key) => key switch
    {
        "s8" => LoadStore.LoadParameter<sbyte>(),
        "b8" => LoadStore.LoadParameter<byte>(),
        "s16" => LoadStore.LoadParameter<short>(),
        "b16" => LoadStore.LoadParameter<ushort>(),
        "b32" => LoadStore.LoadParameter<uint>(),
        _ => LoadStore.LoadParameter<ulong>(),
    };

    private static Handler Store<TSpace>(string key) where TSpace : ISpace => key switch
    {
        "s8" or "b8" => LoadStore.Store<byte, TSpace>(),
        "s16" or "b16" => LoadStore.Store<ushort, TSpace>(),
        "b32" => LoadStore.Store<uint, TSpace>(),
        _ => LoadStore.Store<ulong, TSpace>(),
    };
}
