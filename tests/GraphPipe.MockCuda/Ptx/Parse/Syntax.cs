namespace GraphPipe.MockCuda.Ptx.Parse;

/// <summary>Where a variable lives (PTX ISA 5.1).</summary>
internal enum StateSpace
{
    Generic,
    Global,
    Const,
    Shared,
    Local,
    Param,
}

/// <summary>An operand as written.</summary>
internal abstract record Operand;

/// <summary>A register, symbol, label or special register (%tid.x), or _ where a result is dropped.</summary>
internal sealed record NameOperand(string Name) : Operand;

internal sealed record LiteralOperand(Literal Value) : Operand;

/// <summary>[name + offset], or [offset] where the name is null.</summary>
internal sealed record AddressOperand(string? Name, long Offset) : Operand;

/// <summary>{a, b}: the parts of a vector access or of a packed move.</summary>
internal sealed record VectorOperand(IReadOnlyList<Operand> Parts) : Operand;

/// <summary>(a, b): results or arguments of a call.</summary>
internal sealed record ListOperand(IReadOnlyList<Operand> Parts) : Operand;

/// <summary>!p: a predicate read negated.</summary>
internal sealed record NotOperand(string Name) : Operand;

/// <summary>p|q: two results of one instruction.</summary>
internal sealed record PairOperand(Operand First, Operand Second) : Operand;

/// <summary>@p or @!p before an instruction.</summary>
internal readonly record struct Guard(string Predicate, bool Negated);

/// <summary>One line of a function's body.</summary>
internal abstract record Statement(int Line);

internal sealed record LabelStatement(int Line, string Name) : Statement(Line);

/// <summary>{ or }: names declared between them end there.</summary>
internal sealed record ScopeStatement(int Line, bool Opens) : Statement(Line);

/// <summary>.reg .type name; or .reg .type name&lt;n&gt;;</summary>
internal sealed record RegisterStatement(int Line, string Type, IReadOnlyList<(string Name, int Count)> Names) : Statement(Line);

/// <summary>A variable declared in a body: .local, .shared, .param.</summary>
internal sealed record VariableStatement(int Line, Variable Variable) : Statement(Line);

/// <summary>name: .branchtargets a, b, c;</summary>
internal sealed record TargetsStatement(int Line, string Name, IReadOnlyList<string> Labels) : Statement(Line);

/// <summary>An instruction: the opcode (add), its modifiers in the order written (rn, f32), its operands.</summary>
internal sealed record InstructionStatement(
    int Line, Guard? Guard, string Opcode, IReadOnlyList<string> Modifiers, IReadOnlyList<Operand> Operands) : Statement(Line)
{
    /// <summary>The name by which a form is refused: add.rn.f32.</summary>
    public string Name => string.Join('.', Modifiers.Prepend(Opcode));
}

/// <summary>A variable or parameter.</summary>
/// <param name="Bytes">Its size; 0 for an external array, whose size the launch gives.</param>
/// <param name="Initial">Its first bytes; the rest are zero. Null where it has no initialiser.</param>
/// <param name="Addresses">Initialisers that are addresses of other variables: at a byte offset, the symbol plus an addend.</param>
internal sealed record Variable(
    string Name,
    StateSpace Space,
    string Type,
    int Align,
    int Bytes,
    bool External,
    byte[]? Initial,
    IReadOnlyList<(int Offset, string Symbol, long Addend)> Addresses);

/// <summary>A kernel (.entry) or a device function (.func).</summary>
/// <param name="Body">Null for a declaration.</param>
internal sealed record FunctionSyntax(
    string Name,
    int Line,
    bool IsEntry,
    IReadOnlyList<Variable> Results,
    IReadOnlyList<Variable> Parameters,
    IReadOnlyList<Statement>? Body);

/// <summary>A whole module as written.</summary>
/// <param name="Version">PTX ISA version, e.g. 7.5.</param>
/// <param name="Target">e.g. sm_80.</param>
internal sealed record ModuleSyntax(
    Version Version, string Target, IReadOnlyList<Variable> Variables, IReadOnlyList<FunctionSyntax> Functions);
