using GraphPipe.MockCuda.Execution;
using GraphPipe.MockCuda.Ptx.Parse;

namespace GraphPipe.MockCuda.Ptx.Decode;

/// <summary>Decodes one function: statements to steps. Operands become register offsets here; what each opcode means is in the forms
/// (<see cref="FormTable"/>).</summary>
internal sealed class FunctionDecoder
{
    private readonly FunctionSyntax _syntax;
    private readonly IReadOnlyDictionary<string, Binding> _symbols;
    private readonly Func<string, SystemFunction> _systemFunction;
    private readonly List<Instruction> _steps = [];
    private readonly List<Action> _after = [];
    private readonly Dictionary<string, int> _labels = [];
    private readonly Dictionary<string, IReadOnlyList<string>> _targetLists = [];
    private readonly List<(Instruction Step, string[] Labels)> _branches = [];
    private InstructionStatement? _statement;
    private int _guard = Instruction.None;
    private int _paramBytes;
    private int _localBytes;

    /// <param name="symbols">Variables of the module, with shared variables of function bodies under "function.name".</param>
    /// <param name="systemFunction">Which system function a name that the module only declares stands for.</param>
    public FunctionDecoder(
        FunctionSyntax syntax, IReadOnlyDictionary<string, Binding> symbols, Func<string, SystemFunction> systemFunction)
    {
        _syntax = syntax;
        _symbols = symbols;
        _systemFunction = systemFunction;
    }

    public RegisterLayout Registers { get; } = new();

    public bool IsEntry => _syntax.IsEntry;

    /// <exception cref="PtxException">A form that the mock does not model, or a name that nothing declares.</exception>
    public FunctionCode Decode()
    {
        var (kernelParams, kernelBytes) = IsEntry ? DeclareKernelParameters() : ([], 0);
        var results = IsEntry ? [] : DeclareParams(_syntax.Results);
        var parameters = IsEntry ? [] : DeclareParams(_syntax.Parameters);
        foreach (var statement in _syntax.Body!)
            Statement(statement);
        _statement = new InstructionStatement(_syntax.Body.Count > 0 ? _syntax.Body[^1].Line : _syntax.Line, null, "ret", [], []);
        _guard = Instruction.None;
        Emit(InstructionKind.Return);
        Link();
        return new FunctionCode
        {
            Name = _syntax.Name,
            IsEntry = IsEntry,
            Instructions = [.. _steps],
            Presets = [.. Registers.Presets],
            RegisterBytes = Registers.Bytes,
            ParamBytes = (_paramBytes + 15) & ~15,
            LocalBytes = _localBytes,
            KernelParamBytes = kernelBytes,
            KernelParams = kernelParams,
            FormalParams = parameters,
            FormalResults = results,
            RegisterCount = Registers.Count,
        };
    }

    private ((int, int)[] Params, int Bytes) DeclareKernelParameters()
    {
        var places = new List<(int, int)>();
        int at = 0;
        foreach (var p in _syntax.Parameters)
        {
            at = Align(at, p.Align);
            Registers.Declare(p.Name, new Binding.KernelParameter(at, p.Bytes));
            places.Add((at, p.Bytes));
            at += p.Bytes;
        }
        return ([.. places], at);
    }

    private (int, int)[] DeclareParams(IReadOnlyList<Variable> variables)
    {
        var places = new List<(int, int)>();
        foreach (var v in variables)
        {
            int at = PlaceParam(v);
            places.Add((at, v.Bytes));
        }
        return [.. places];
    }

    private int PlaceParam(Variable v)
    {
        int at = Align(_paramBytes, v.Align);
        _paramBytes = at + v.Bytes;
        Registers.Declare(v.Name, new Binding.Symbol(StateSpace.Param, (ulong)at, v.Bytes));
        return at;
    }

    private static int Align(int at, int align) => (at + align - 1) / align * align;

    private void Statement(Statement statement)
    {
        switch (statement)
        {
            case LabelStatement label:
                if (!_labels.TryAdd(label.Name, _steps.Count))
                    throw new PtxException(label.Line, $"label {label.Name} is there twice");
                break;
            case ScopeStatement { Opens: true }:
                Registers.OpenScope();
                break;
            case ScopeStatement:
                Registers.CloseScope();
                break;
            case RegisterStatement r:
                foreach (var (name, count) in r.Names)
                    Registers.Declare(name, new Binding.Registers(PtxType.Required(r.Type, r.Line), count));
                break;
            case TargetsStatement t:
                _targetLists[t.Name] = t.Labels;
                break;
            case VariableStatement v:
                DeclareVariable(v);
                break;
            case InstructionStatement i:
                DecodeInstruction(i);
                break;
        }
    }

    private void DeclareVariable(VariableStatement v)
    {
        switch (v.Variable.Space)
        {
            case StateSpace.Param:
                PlaceParam(v.Variable);
                break;
            case StateSpace.Local:
                _localBytes = Align(_localBytes, v.Variable.Align);
                Registers.Declare(v.Variable.Name, new Binding.Symbol(StateSpace.Local, (ulong)_localBytes, v.Variable.Bytes));
                _localBytes += v.Variable.Bytes;
                break;
            default:
                Registers.Declare(v.Variable.Name, _symbols[$"{_syntax.Name}.{v.Variable.Name}"]);
                break;
        }
    }

    private void DecodeInstruction(InstructionStatement i)
    {
        _statement = i;
        _guard = i.Guard is { } guard ? PredicateNamed(guard.Predicate) : Instruction.None;
        var modifiers = new Modifiers(i);
        if (!FormTable.TryGet(i.Opcode, out var form))
            throw modifiers.Refused("no such instruction is modelled");
        form(this, i, modifiers);
        modifiers.ExpectNone();
        foreach (var action in _after)
            action();
        _after.Clear();
    }

    /// <summary>Appends a step under the current statement's guard.</summary>
    public Instruction Emit(
        InstructionKind kind, Handler handler = default, int dst = Instruction.None, int a = Instruction.None, int b = Instruction.None,
        int c = Instruction.None, int d = Instruction.None, long immediate = 0, int[]? parts = null, Rounding rounding = default,
        bool saturate = false, bool strong = false, CallTarget? callee = null)
    {
        var step = new Instruction
        {
            Kind = kind,
            Line = _statement!.Line,
            Form = _statement.Name,
            Handler = handler,
            Guard = _guard,
            GuardNegated = _statement.Guard?.Negated ?? false,
            Dst = dst,
            A = a,
            B = b,
            C = c,
            D = d,
            Immediate = immediate,
            Parts = parts ?? [],
            Rounding = rounding,
            Saturate = saturate,
            Strong = strong,
            Callee = callee,
        };
        _steps.Add(step);
        return step;
    }

    /// <summary>Appends an elementary operation of the handler table.</summary>
    /// <exception cref="PtxException">The table does not have it.</exception>
    public void Run(
        string operation, int dst, int a, int b = Instruction.None, int c = Instruction.None, int d = Instruction.None,
        long immediate = 0, Rounding rounding = default, bool saturate = false)
    {
        if (!Execution.Lanes.HandlerTable.TryGet(operation, out var handler))
            throw new PtxException(_statement!.Line, $"'{_statement.Name}' is refused: {operation} is not modelled");
        Emit(InstructionKind.Lanes, handler, dst, a, b, c, d, immediate, rounding: rounding, saturate: saturate);
    }

    /// <summary>A register that holds the operand, read as a type.</summary>
    public int Source(Operand operand, PtxType type)
    {
        switch (operand)
        {
            case LiteralOperand literal:
                return Registers.Constant(Literals.Bits(literal.Value, type, negative: false), type.Bits == 64).Offset;
            case AddressOperand { Name: { } name } address when SymbolAddress(name) is { } at:
                return AddressRegister(at, address.Offset, type.Bits == 64);
            case NameOperand name:
                return NamedSource(name.Name, type);
            default:
                throw new PtxException(_statement!.Line, $"'{_statement.Name}': an operand of this kind can't stand here");
        }
    }

    private int NamedSource(string name, PtxType type)
    {
        if (Registers.FindRegister(name) is { } register)
        {
            if (register.Bits == 1)
                throw new PtxException(_statement!.Line, $"'{_statement.Name}': {name} is a predicate");
            if (register.Bits == 64 && type.Bits < 64)
            {
                var narrow = Registers.Temporary(32);
                Run("cvt.u32.u64", narrow.Offset, register.Offset);
                return narrow.Offset;
            }
            if (register.Bits < type.Bits)
                throw new PtxException(_statement!.Line, $"'{_statement.Name}': {name} has {register.Bits} bits");
            return register.Offset;
        }
        if (SpecialRegisters.Find(this, name, type) is { } special)
            return special;
        if (SymbolAddress(name) is { } symbol)
            return AddressRegister(symbol, 0, type.Bits == 64);
        throw new PtxException(_statement!.Line, $"{name} is not declared");
    }

    private int AddressRegister((StateSpace Space, ulong Address) symbol, long offset, bool wide) =>
        symbol.Space == StateSpace.Local
            ? Registers.Preset(PresetKind.LocalAddress, symbol.Address + (ulong)offset, wide).Offset
            : Registers.Constant(symbol.Address + (ulong)offset, wide).Offset;

    /// <summary>Where a variable or kernel parameter lies in its space.</summary>
    public (StateSpace Space, ulong Address)? SymbolAddress(string name) => (Registers.Find(name) ?? _symbols.GetValueOrDefault(name)) switch
    {
        Binding.Symbol symbol => (symbol.Space, symbol.Address),
        Binding.KernelParameter parameter => (StateSpace.Param, (ulong)parameter.Offset),
        _ => null,
    };

    /// <summary>True where a name is a parameter of the kernel, not of a call it makes.</summary>
    public bool IsKernelParameter(string? name) =>
        IsEntry && (name is null || Registers.FindRegister(name) is not null || Registers.Find(name) is Binding.KernelParameter);

    /// <summary>The place and size of a parameter of a call.</summary>
    public (int Offset, int Bytes) CallParameter(Operand operand) =>
        operand is NameOperand name && Registers.Find(name.Name) is Binding.Symbol { Space: StateSpace.Param } symbol
            ? ((int)symbol.Address, symbol.Bytes)
            : throw new PtxException(_statement!.Line, "arguments and results of calls must be .param variables");

    public SystemFunction SystemFunction(string name) => _systemFunction(name);

    /// <summary>The register that takes a result of a type. A 64-bit register takes a narrower result extended.</summary>
    public int Destination(Operand operand, PtxType type)
    {
        if (operand is not NameOperand name)
            throw new PtxException(_statement!.Line, $"'{_statement.Name}': the result must be a register");
        if (name.Name == "_")
            return Registers.Temporary(type.Bits).Offset;
        var register = Registers.FindRegister(name.Name) ?? throw new PtxException(_statement!.Line, $"{name.Name} is not declared");
        if (register.Bits == 64 && type.Bits < 64)
        {
            var narrow = Registers.Temporary(32);
            _after.Add(() => Run(type.IsSigned ? "cvt.s64.s32" : "cvt.u64.u32", register.Offset, narrow.Offset));
            return narrow.Offset;
        }
        if (type.Bits == 64 && register.Bits != 64)
            throw new PtxException(_statement!.Line, $"'{_statement.Name}': {name.Name} has {register.Bits} bits");
        return register.Offset;
    }

    /// <summary>The predicate that an operand names, negated where it is written so.</summary>
    public int Predicate(Operand operand)
    {
        switch (operand)
        {
            case NameOperand name:
                return PredicateNamed(name.Name);
            case NotOperand not:
                int positive = PredicateNamed(not.Name);
                var negated = Registers.Temporary(1);
                Run("not.pred", negated.Offset, positive, positive);
                return negated.Offset;
            case LiteralOperand literal:
                return literal.Value.Bits != 0
                    ? Registers.Preset(PresetKind.PredicateTrue, 0, wide: false).Offset
                    : Registers.Temporary(1).Offset;
            default:
                throw new PtxException(_statement!.Line, $"'{_statement.Name}': a predicate is expected");
        }
    }

    public int PredicateDestination(Operand operand) =>
        operand is NameOperand { Name: "_" } ? Registers.Temporary(1).Offset : Predicate(operand);

    private int PredicateNamed(string name)
    {
        var register = Registers.FindRegister(name) ?? throw new PtxException(_statement!.Line, $"{name} is not declared");
        return register.Bits == 1 ? register.Offset : throw new PtxException(_statement!.Line, $"{name} is not a predicate");
    }

    /// <summary>The register and offset of an address.</summary>
    public (int Register, long Offset) Address(Operand operand)
    {
        if (operand is not AddressOperand address)
            throw new PtxException(_statement!.Line, $"'{_statement.Name}': an address is expected");
        if (address.Name is null)
            return (Registers.Constant(0, wide: true).Offset, address.Offset);
        if (Registers.FindRegister(address.Name) is not { } register)
            return (NamedSource(address.Name, PtxType.Parse("u64")!.Value), address.Offset);
        if (register.Bits == 64)
            return (register.Offset, address.Offset);
        var wide = Registers.Temporary(64);
        Run("cvt.u64.u32", wide.Offset, register.Offset);
        return (wide.Offset, address.Offset);
    }

    public void Branch(Instruction step, params string[] labels) => _branches.Add((step, labels));

    public IReadOnlyList<string> TargetList(string name) => _targetLists.TryGetValue(name, out var list)
        ? list
        : throw new PtxException(_statement!.Line, $"no .branchtargets {name}");

    private void Link()
    {
        foreach (var (step, labels) in _branches)
        {
            var targets = labels.Select(l => _labels.TryGetValue(l, out int at)
                ? at
                : throw new PtxException(step.Line, $"label {l} is not there")).ToArray();
            if (step.Kind == InstructionKind.BranchIndexed)
                step.Targets = targets;
            else
                step.Target = targets[0];
        }
    }
}
