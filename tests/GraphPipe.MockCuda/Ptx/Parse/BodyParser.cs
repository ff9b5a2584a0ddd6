namespace GraphPipe.MockCuda.Ptx.Parse;

/// <summary>The body of a function: labels, declarations, instructions (PTX ISA 4.3).</summary>
internal sealed class BodyParser(TokenReader reader, VariableParser variables)
{
    private readonly List<Statement> _statements = [];

    /// <summary>From { to its }, scopes inside flat.</summary>
    public IReadOnlyList<Statement> Body()
    {
        reader.Expect('{');
        int depth = 1;
        while (depth > 0)
        {
            var token = reader.Peek;
            if (token.Kind == TokenKind.End)
                throw new PtxException(token.Line, "function without an end");
            if (reader.TryTake('{'))
            {
                depth++;
                _statements.Add(new ScopeStatement(token.Line, Opens: true));
            }
            else if (reader.TryTake('}'))
            {
                depth--;
                if (depth > 0)
                    _statements.Add(new ScopeStatement(token.Line, Opens: false));
            }
            else if (token.Kind == TokenKind.Dotted)
            {
                Directive();
            }
            else if (token.Kind == TokenKind.Name && reader.PeekSecond.Is(':'))
            {
                Label();
            }
            else if (!reader.TryTake(';'))
            {
                Instruction();
            }
        }
        return _statements;
    }

    private void Directive()
    {
        var token = reader.Peek;
        switch (token.Text)
        {
            case "reg":
                reader.Next();
                Registers(token.Line);
                break;
            case "loc":
                while (reader.Peek.Line == token.Line)
                    reader.Next();
                break;
            case "pragma":
                while (!reader.TryTake(';'))
                    reader.Next();
                break;
            default:
                foreach (var variable in variables.Declaration(external: false))
                    _statements.Add(new VariableStatement(token.Line, variable));
                break;
        }
    }

    private void Registers(int line)
    {
        string type = reader.Expect(TokenKind.Dotted, "a register's type").Text;
        if (type is "v2" or "v4")
            throw new PtxException(line, "vector registers (.reg .v2) are not modelled");
        var names = new List<(string, int)>();
        do
        {
            string name = reader.Expect(TokenKind.Name, "a register's name").Text;
            int count = 0;
            if (reader.TryTake('<'))
            {
                count = reader.Count("a number of registers");
                reader.Expect('>');
            }
            names.Add((name, count));
        }
        while (reader.TryTake(','));
        reader.Expect(';');
        _statements.Add(new RegisterStatement(line, type, names));
    }

    private void Label()
    {
        var name = reader.Next();
        reader.Expect(':');
        if (reader.Peek.Kind == TokenKind.Dotted && reader.Peek.Text == "branchtargets")
        {
            reader.Next();
            var labels = new List<string>();
            do
                labels.Add(reader.Expect(TokenKind.Name, "a label").Text);
            while (reader.TryTake(','));
            reader.Expect(';');
            _statements.Add(new TargetsStatement(name.Line, name.Text, labels));
            return;
        }
        if (reader.Peek.Kind == TokenKind.Dotted && reader.Peek.Text is "callprototype" or "calltargets")
            throw new PtxException(name.Line, $"indirect calls (.{reader.Peek.Text}) are not modelled");
        _statements.Add(new LabelStatement(name.Line, name.Text));
    }

    private void Instruction()
    {
        Guard? guard = null;
        if (reader.TryTake('@'))
        {
            bool negated = reader.TryTake('!');
            guard = new Guard(reader.Expect(TokenKind.Name, "a predicate").Text, negated);
        }
        var opcode = reader.Expect(TokenKind.Name, "an instruction");
        var modifiers = new List<string>();
        while (reader.Peek.Kind == TokenKind.Dotted)
            modifiers.Add(reader.Next().Text);
        var operands = new List<Operand>();
        if (!reader.TryTake(';'))
        {
            do
                operands.Add(ReadOperand());
            while (reader.TryTake(','));
            reader.Expect(';');
        }
        _statements.Add(new InstructionStatement(opcode.Line, guard, opcode.Text, modifiers, operands));
    }

    private Operand ReadOperand()
    {
        var first = Simple();
        return reader.TryTake('|') ? new PairOperand(first, Simple()) : first;
    }

    private Operand Simple()
    {
        var token = reader.Peek;
        if (reader.TryTake('{'))
            return new VectorOperand(UntilSign('}'));
        if (reader.TryTake('('))
            return new ListOperand(UntilSign(')'));
        if (reader.TryTake('['))
            return Address();
        if (reader.TryTake('!'))
            return new NotOperand(reader.Expect(TokenKind.Name, "a predicate").Text);
        if (reader.TryTake('-'))
            return Negative(reader.Expect(TokenKind.Number, "a number").Value);
        if (token.Kind == TokenKind.Number)
        {
            reader.Next();
            return new LiteralOperand(token.Value);
        }
        string name = reader.Expect(TokenKind.Name, "an operand").Text;
        if (reader.Peek.Kind == TokenKind.Dotted)
            name += "." + reader.Next().Text;
        // symbol+4 is an address without brackets.
        return reader.TryTake('+') ? new AddressOperand(name, reader.Integer("an offset")) : new NameOperand(name);
    }

    private static LiteralOperand Negative(Literal value) => new(value.Kind switch
    {
        LiteralKind.Integer => value with { Bits = (ulong)-(long)value.Bits },
        LiteralKind.Single => value with { Bits = value.Bits ^ 0x8000_0000 },
        _ => value with { Bits = value.Bits ^ 0x8000_0000_0000_0000 },
    });

    private List<Operand> UntilSign(char end)
    {
        var parts = new List<Operand>();
        while (!reader.TryTake(end))
        {
            parts.Add(ReadOperand());
            reader.TryTake(',');
        }
        return parts;
    }

    private AddressOperand Address()
    {
        string? name = reader.Peek.Kind == TokenKind.Name ? reader.Next().Text : null;
        long offset = 0;
        if (name is null)
            offset = reader.Integer("an address");
        else if (reader.TryTake('+'))
            offset = reader.Integer("an offset");
        else if (reader.Peek.Is('-'))
            offset = reader.Integer("an offset");
        reader.Expect(']');
        return new AddressOperand(name, offset);
    }
}
