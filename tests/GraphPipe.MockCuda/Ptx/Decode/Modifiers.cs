using GraphPipe.MockCuda.Execution;
using GraphPipe.MockCuda.Ptx.Parse;

namespace GraphPipe.MockCuda.Ptx.Decode;

/// <summary>An instruction's modifiers, taken one by one; what nobody took is what the mock does not model. Their order is left to the
/// writer: compilers differ in it (ILGPU writes atom.add.global.u32).</summary>
internal sealed class Modifiers(InstructionStatement statement)
{
    private readonly List<string> _left = [.. statement.Modifiers];

    public bool Take(string name) => _left.Remove(name);

    /// <summary>The first of the names that is there; null where none is.</summary>
    public string? TakeAny(params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            if (_left.Remove(name))
                return name;
        }
        return null;
    }

    /// <summary>The last modifier that names a type: the type of the operands.</summary>
    /// <exception cref="PtxException">There is none.</exception>
    public PtxType TakeType()
    {
        for (int k = _left.Count - 1; k >= 0; k--)
        {
            if (PtxType.Parse(_left[k]) is { } type)
            {
                _left.RemoveAt(k);
                return type;
            }
        }
        throw new PtxException(statement.Line, $"'{statement.Name}' is not modelled: no type that is");
    }

    public void DropPrefixed(string prefix) => _left.RemoveAll(m => m.StartsWith(prefix, StringComparison.Ordinal));

    /// <summary>.rn, .rz, .rm, .rp or an integer rounding; null where none is written.</summary>
    public Rounding? TakeRounding() => TakeAny("rn", "rz", "rm", "rp") switch
    {
        "rn" => Rounding.Nearest,
        "rz" => Rounding.Zero,
        "rm" => Rounding.Down,
        "rp" => Rounding.Up,
        _ => null,
    };

    public Rounding? TakeIntegralRounding() => TakeAny("rni", "rzi", "rmi", "rpi") switch
    {
        "rni" => Rounding.Nearest,
        "rzi" => Rounding.Zero,
        "rmi" => Rounding.Down,
        "rpi" => Rounding.Up,
        _ => null,
    };

    /// <exception cref="PtxException">A modifier is left that nothing models.</exception>
    public void ExpectNone()
    {
        if (_left.Count > 0)
            throw Refused($".{string.Join(", .", _left)} is not modelled");
    }

    public PtxException Refused(string why) => new(statement.Line, $"'{statement.Name}' is refused: {why}");
}
