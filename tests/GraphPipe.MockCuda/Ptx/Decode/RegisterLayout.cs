using GraphPipe.MockCuda.Execution.Lanes;
using GraphPipe.MockCuda.Ptx.Parse;

namespace GraphPipe.MockCuda.Ptx.Decode;

/// <summary>A register's place in the frame.</summary>
/// <param name="Bits">1 for a predicate.</param>
internal readonly record struct Register(int Offset, int Bits);

/// <summary>What a name in a body stands for.</summary>
internal abstract record Binding
{
    /// <summary>.reg .type name&lt;count&gt;; or one register, when count is 0.</summary>
    internal sealed record Registers(PtxType Type, int Count) : Binding;

    /// <summary>A variable at an address or offset of its space.</summary>
    internal sealed record Symbol(StateSpace Space, ulong Address, int Bytes) : Binding;

    /// <summary>A kernel's parameter: an offset into the launch's buffer.</summary>
    internal sealed record KernelParameter(int Offset, int Bytes) : Binding;
}

/// <summary>Gives each register that a function uses its place, and keeps constants as registers that are filled beforehand. A register
/// takes room only when the body names it.</summary>
internal sealed class RegisterLayout
{
    private const int PredicateBytes = 32;

    private readonly Stack<(Dictionary<string, Binding> Names, Dictionary<string, Register> Placed)> _scopes = [];
    private readonly Dictionary<(ulong Value, bool Wide, PresetKind Kind), Register> _presets = [];

    public RegisterLayout() => OpenScope();

    public int Bytes { get; private set; }

    /// <summary>Registers that the PTX names.</summary>
    public int Count { get; private set; }

    public List<Preset> Presets { get; } = [];

    public void OpenScope() => _scopes.Push(([], []));

    public void CloseScope() => _scopes.Pop();

    public void Declare(string name, Binding binding) => _scopes.Peek().Names[name] = binding;

    /// <summary>The binding of a name that is not a register; null where there is none.</summary>
    public Binding? Find(string name)
    {
        foreach (var (names, _) in _scopes)
        {
            if (names.TryGetValue(name, out var binding) && binding is not Binding.Registers)
                return binding;
        }
        return null;
    }

    /// <summary>The register of a name; null where no declaration covers it.</summary>
    public Register? FindRegister(string name)
    {
        string prefix = name.TrimEnd("0123456789".ToCharArray());
        foreach (var (names, placed) in _scopes)
        {
            if (placed.TryGetValue(name, out var register))
                return register;
            var type = names.TryGetValue(name, out var one) && one is Binding.Registers { Count: 0 } single ? single.Type
                : prefix.Length < name.Length && names.TryGetValue(prefix, out var many) && many is Binding.Registers range
                    && int.TryParse(name.AsSpan(prefix.Length), out int index) && index < range.Count ? range.Type
                : default;
            if (type.Bits == 0)
                continue;
            Count++;
            return placed[name] = Place(type.Bits);
        }
        return null;
    }

    public Register Temporary(int bits) => Place(bits);

    public Register Constant(ulong value, bool wide) => Preset(PresetKind.Constant, value, wide);

    public Register Preset(PresetKind kind, ulong value, bool wide)
    {
        value = wide ? value : (uint)value;
        if (_presets.TryGetValue((value, wide, kind), out var known))
            return known;
        var register = Place(kind == PresetKind.PredicateTrue ? 1 : wide ? 64 : 32);
        Presets.Add(new Preset(register.Offset, wide, kind, value));
        return _presets[(value, wide, kind)] = register;
    }

    private Register Place(int bits)
    {
        var register = new Register(Bytes, bits);
        Bytes += bits == 1 ? PredicateBytes : bits == 64 ? Slot.Wide : Slot.Narrow;
        return register;
    }
}
