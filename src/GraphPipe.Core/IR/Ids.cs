namespace GraphPipe.Core;

/// <summary>A value of a module: the position in its value table.</summary>
public readonly record struct ValueId(int Index) : IComparable<ValueId>
{
    /// <summary>An optional operand that is left out, or a result nobody wants.</summary>
    public static readonly ValueId None = new(-1);

    public bool IsNone => Index < 0;

    public int CompareTo(ValueId other) => Index.CompareTo(other.Index);
}

/// <summary>An op of a module; unique within it, otherwise without meaning.</summary>
public readonly record struct OpId(int Index) : IComparable<OpId>
{
    public static readonly OpId None = new(-1);

    public bool IsNone => Index < 0;

    public int CompareTo(OpId other) => Index.CompareTo(other.Index);
}

/// <summary>Name of an operator: ONNX domain (empty for the standard one, <c>grad</c>, <c>train</c>, <c>pipe</c> for ours) and type.</summary>
public readonly record struct OperatorName(string Domain, string Type)
{
    /// <summary>Standard ops print bare, ours with a dot (<c>grad.Relu</c>), foreign ones as <c>domain::Type</c>.</summary>
    public override string ToString() => Domain.Length == 0 ? Type : IsOurs ? $"{Domain}.{Type}" : $"{Domain}::{Type}";

    public bool IsOurs => Domain is "grad" or "train" or "pipe";

    public bool IsStandard => Domain.Length == 0;

    public static OperatorName Standard(string type) => new("", type);

    public static OperatorName Grad(string type) => new("grad", type);

    public static OperatorName Train(string type) => new("train", type);

    public static OperatorName Pipe(string type) => new("pipe", type);

    public static OperatorName Parse(string text)
    {
        int colons = text.LastIndexOf("::", StringComparison.Ordinal);
        if (colons >= 0)
            return new(text[..colons], text[(colons + 2)..]);
        int dot = text.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && text[..dot] is "grad" or "train" or "pipe" && dot > 0 ? new(text[..dot], text[(dot + 1)..]) : new("", text);
    }
}
