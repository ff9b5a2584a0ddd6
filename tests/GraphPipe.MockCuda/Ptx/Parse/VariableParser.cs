using System.Buffers.Binary;

namespace GraphPipe.MockCuda.Ptx.Parse;

/// <summary>.global .align 4 .b8 table[16] = {1, 2}; and its like (PTX ISA 5.4).</summary>
internal sealed class VariableParser(TokenReader reader)
{
    /// <summary>A declaration at module or body level, up to its semicolon.</summary>
    public List<Variable> Declaration(bool external)
    {
        var (space, align, type) = Head(null);
        var result = new List<Variable>();
        do
            result.Add(Declarator(space, align, type, external));
        while (reader.TryTake(','));
        reader.Expect(';');
        return result;
    }

    /// <summary>One parameter of a function: .param or .reg is not written twice.</summary>
    public Variable Parameter()
    {
        var (space, align, type) = Head(StateSpace.Param);
        return Declarator(space, align, type, external: false);
    }

    private (StateSpace Space, int Align, PtxType Type) Head(StateSpace? assumed)
    {
        var space = assumed;
        int align = 0;
        while (true)
        {
            var token = reader.Expect(TokenKind.Dotted, "a state space or type");
            switch (token.Text)
            {
                case "global": space = StateSpace.Global; break;
                case "const": space = StateSpace.Const; break;
                case "shared": space = StateSpace.Shared; break;
                case "local": space = StateSpace.Local; break;
                case "param": space = StateSpace.Param; break;
                case "align": align = reader.Count("an alignment"); break;
                case "ptr":
                    while (reader.Peek.Text is "global" or "const" or "shared" or "local" or "generic")
                        reader.Next();
                    break;
                case "v2" or "v4" or "reg" or "tex" or "surf" or "sampler":
                    throw new PtxException(token.Line, $"variables with .{token.Text} are not modelled");
                default:
                    var type = PtxType.Parse(token.Text) ?? throw new PtxException(token.Line, $"directive .{token.Text} is not modelled");
                    // A parameter's .ptr .space .align comes after its type.
                    while (reader.Peek.Kind == TokenKind.Dotted)
                    {
                        if (reader.Next().Text == "align")
                            reader.Count("an alignment");
                    }
                    return (space ?? throw new PtxException(token.Line, "variable without a state space"), align, type);
            }
        }
    }

    private Variable Declarator(StateSpace space, int align, PtxType type, bool external)
    {
        var name = reader.Expect(TokenKind.Name, "a variable's name");
        long elements = 1;
        bool unsized = false;
        while (reader.TryTake('['))
        {
            if (reader.TryTake(']'))
            {
                unsized = true;
                continue;
            }
            elements *= reader.Integer("a length");
            reader.Expect(']');
        }
        byte[]? initial = null;
        var addresses = new List<(int, string, long)>();
        if (reader.TryTake('='))
        {
            var bytes = new List<byte>();
            Initialiser(type, bytes, addresses);
            initial = [.. bytes];
            if (unsized)
                elements = bytes.Count / type.Bytes;
        }
        int size = unsized && initial is null ? 0 : checked((int)(elements * type.Bytes));
        return new Variable(name.Text, space, type.Name, Math.Max(align, type.Bytes), size, external, initial, addresses);
    }

    private void Initialiser(PtxType type, List<byte> bytes, List<(int, string, long)> addresses)
    {
        if (reader.TryTake('{'))
        {
            while (!reader.TryTake('}'))
            {
                Initialiser(type, bytes, addresses);
                reader.TryTake(',');
            }
            return;
        }
        Span<byte> element = stackalloc byte[8];
        element.Clear();
        if (reader.Peek.Kind == TokenKind.Name)
        {
            string symbol = reader.Next().Text;
            if (symbol == "generic")
            {
                reader.Expect('(');
                symbol = reader.Expect(TokenKind.Name, "a symbol").Text;
                reader.Expect(')');
            }
            addresses.Add((bytes.Count, symbol, reader.TryTake('+') ? reader.Integer("an offset") : 0));
        }
        else
        {
            bool negative = reader.TryTake('-');
            var literal = reader.Expect(TokenKind.Number, "an initial value").Value;
            BinaryPrimitives.WriteUInt64LittleEndian(element, Literals.Bits(literal, type, negative));
        }
        bytes.AddRange(element[..type.Bytes]);
    }
}

/// <summary>A literal as the bits of a type (PTX ISA 4.5: an untyped literal takes the type of the place where it stands).</summary>
internal static class Literals
{
    public static ulong Bits(Literal literal, PtxType type, bool negative)
    {
        if (literal.Kind == LiteralKind.Integer && !type.IsFloat)
            return negative ? (ulong)-(long)literal.Bits : literal.Bits;
        double value = literal.Kind switch
        {
            LiteralKind.Integer => literal.Bits,
            LiteralKind.Single => BitConverter.UInt32BitsToSingle((uint)literal.Bits),
            _ => BitConverter.UInt64BitsToDouble(literal.Bits),
        };
        value = negative ? -value : value;
        // The bits of a single go through unchanged, a NaN's payload too.
        if (literal.Kind == LiteralKind.Single && !negative && type.Bits == 32)
            return literal.Bits;
        return (type.Class, type.Bits) switch
        {
            (TypeClass.Float, 16) => BitConverter.HalfToUInt16Bits((Half)value),
            (TypeClass.Brain, _) => BitConverter.SingleToUInt32Bits((float)value) >> 16,
            (_, 64) => BitConverter.DoubleToUInt64Bits(value),
            _ => BitConverter.SingleToUInt32Bits((float)value),
        };
    }
}
