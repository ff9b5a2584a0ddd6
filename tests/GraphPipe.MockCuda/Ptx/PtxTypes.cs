using GraphPipe.MockCuda.Ptx.Parse;

namespace GraphPipe.MockCuda.Ptx;

/// <summary>What the bits of a fundamental type mean (PTX ISA 5.2).</summary>
internal enum TypeClass
{
    Bits,
    Unsigned,
    Signed,
    Float,

    /// <summary>bf16: eight bits of exponent as in f32.</summary>
    Brain,

    /// <summary>Two f16 in 32 bits.</summary>
    FloatPair,

    /// <summary>Two bf16 in 32 bits.</summary>
    BrainPair,
    Predicate,
}

/// <summary>A fundamental type by its PTX name.</summary>
/// <param name="Name">e.g. f32.</param>
/// <param name="Bits">Width; 1 for a predicate.</param>
internal readonly record struct PtxType(string Name, TypeClass Class, int Bits)
{
    public int Bytes => Bits / 8;

    public bool IsFloat => Class is TypeClass.Float or TypeClass.Brain;

    public bool IsPair => Class is TypeClass.FloatPair or TypeClass.BrainPair;

    public bool IsSigned => Class == TypeClass.Signed;

    /// <summary>The type of one half of a pair.</summary>
    public PtxType Element => Class == TypeClass.FloatPair ? Parse("f16")!.Value : Parse("bf16")!.Value;

    /// <summary>Null where the name is not a type that the mock knows.</summary>
    public static PtxType? Parse(string name) => name switch
    {
        "pred" => new(name, TypeClass.Predicate, 1),
        "b8" => new(name, TypeClass.Bits, 8),
        "b16" => new(name, TypeClass.Bits, 16),
        "b32" => new(name, TypeClass.Bits, 32),
        "b64" => new(name, TypeClass.Bits, 64),
        "u8" => new(name, TypeClass.Unsigned, 8),
        "u16" => new(name, TypeClass.Unsigned, 16),
        "u32" => new(name, TypeClass.Unsigned, 32),
        "u64" => new(name, TypeClass.Unsigned, 64),
        "s8" => new(name, TypeClass.Signed, 8),
        "s16" => new(name, TypeClass.Signed, 16),
        "s32" => new(name, TypeClass.Signed, 32),
        "s64" => new(name, TypeClass.Signed, 64),
        "f16" => new(name, TypeClass.Float, 16),
        "f32" => new(name, TypeClass.Float, 32),
        "f64" => new(name, TypeClass.Float, 64),
        "bf16" => new(name, TypeClass.Brain, 16),
        "f16x2" => new(name, TypeClass.FloatPair, 32),
        "bf16x2" => new(name, TypeClass.BrainPair, 32),
        _ => null,
    };

    /// <exception cref="PtxException">The name is not a type that the mock knows.</exception>
    public static PtxType Required(string name, int line) =>
        Parse(name) ?? throw new PtxException(line, $"type .{name} is not modelled");
}
