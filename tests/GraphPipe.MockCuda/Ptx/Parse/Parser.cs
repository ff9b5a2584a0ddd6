using System.Globalization;

namespace GraphPipe.MockCuda.Ptx.Parse;

/// <summary>Tokens to a module: directives, variables, functions (PTX ISA 5 and 11). What it does not know it refuses by name.</summary>
internal sealed class Parser
{
    private readonly TokenReader _in;
    private readonly VariableParser _variables;

    private Parser(TokenReader reader)
    {
        _in = reader;
        _variables = new VariableParser(reader);
    }

    /// <exception cref="PtxException">Not PTX, or a form that the mock does not know.</exception>
    public static ModuleSyntax Read(string text) => new Parser(new TokenReader(Lexer.Read(text))).Module();

    private ModuleSyntax Module()
    {
        Version? version = null;
        string? target = null;
        var variables = new List<Variable>();
        var functions = new List<FunctionSyntax>();
        while (_in.Peek.Kind != TokenKind.End)
        {
            var token = _in.Expect(TokenKind.Dotted, "a directive");
            switch (token.Text)
            {
                case "version":
                    version = Version.Parse(_in.Expect(TokenKind.Number, "a version").Text);
                    break;
                case "target":
                    target = _in.Next().Text;
                    while (_in.TryTake(','))
                        _in.Next();
                    break;
                case "address_size":
                    if (_in.Next().Value.Bits != 64)
                        throw new PtxException(token.Line, "only .address_size 64 is modelled");
                    break;
                case "file":
                    SkipLine(token.Line);
                    break;
                case "section":
                    _in.Next();
                    SkipBraces();
                    break;
                case "visible" or "extern" or "weak" or "common":
                    Declaration(token.Text == "extern", variables, functions);
                    break;
                default:
                    _in.Back();
                    Declaration(external: false, variables, functions);
                    break;
            }
        }
        return new ModuleSyntax(
            version ?? throw new PtxException(0, "module without .version"),
            target ?? throw new PtxException(0, "module without .target"), variables, functions);
    }

    private void Declaration(bool external, List<Variable> variables, List<FunctionSyntax> functions)
    {
        var token = _in.Peek;
        if (token.Text is "entry" or "func")
        {
            _in.Next();
            functions.Add(Function(token.Text == "entry", token.Line));
        }
        else
        {
            variables.AddRange(_variables.Declaration(external));
        }
    }

    private FunctionSyntax Function(bool isEntry, int line)
    {
        IReadOnlyList<Variable> results = _in.Peek.Is('(') ? Parameters() : [];
        string name = _in.Expect(TokenKind.Name, "a function's name").Text;
        IReadOnlyList<Variable> parameters = _in.Peek.Is('(') ? Parameters() : [];
        // .maxntid, .minnctapersm, .noreturn and their like bound the launch, not the meaning.
        while (_in.Peek.Kind == TokenKind.Dotted)
        {
            _in.Next();
            while (_in.Peek.Kind == TokenKind.Number || _in.Peek.Is(','))
                _in.Next();
        }
        if (_in.TryTake(';'))
            return new FunctionSyntax(name, line, isEntry, results, parameters, null);
        return new FunctionSyntax(name, line, isEntry, results, parameters, new BodyParser(_in, _variables).Body());
    }

    private List<Variable> Parameters()
    {
        var result = new List<Variable>();
        _in.Expect('(');
        while (!_in.TryTake(')'))
        {
            result.Add(_variables.Parameter());
            _in.TryTake(',');
        }
        return result;
    }

    private void SkipLine(int line)
    {
        while (_in.Peek.Line == line && _in.Peek.Kind != TokenKind.End)
            _in.Next();
    }

    private void SkipBraces()
    {
        int depth = 0;
        do
        {
            var token = _in.Next();
            depth += token.Is('{') ? 1 : token.Is('}') ? -1 : 0;
            if (token.Kind == TokenKind.End)
                throw new PtxException(token.Line, ".section without an end");
        }
        while (depth > 0);
    }
}

/// <summary>A place in the list of tokens.</summary>
internal sealed class TokenReader(List<Token> tokens)
{
    private int _at;

    public Token Peek => tokens[_at];

    public Token PeekSecond => tokens[Math.Min(_at + 1, tokens.Count - 1)];

    public Token Next() => tokens[_at == tokens.Count - 1 ? _at : _at++];

    public void Back() => _at--;

    public bool TryTake(char sign)
    {
        if (!Peek.Is(sign))
            return false;
        _at++;
        return true;
    }

    public void Expect(char sign)
    {
        if (!TryTake(sign))
            throw new PtxException(Peek.Line, $"'{sign}' expected before '{Peek.Text}'");
    }

    public Token Expect(TokenKind kind, string what)
    {
        var token = Next();
        return token.Kind == kind ? token : throw new PtxException(token.Line, $"{what} expected before '{token.Text}'");
    }

    /// <summary>An integer with an optional sign.</summary>
    public long Integer(string what)
    {
        bool negative = TryTake('-');
        long value = (long)Expect(TokenKind.Number, what).Value.Bits;
        return negative ? -value : value;
    }

    public int Count(string what) => int.Parse(Expect(TokenKind.Number, what).Text, CultureInfo.InvariantCulture);
}
