using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using GraphPipe.Bundle;

namespace GraphPipe.Core;

/// <summary>
/// Prints a module as text: deterministic, complete but for the elements of large tensors (they print as a content hash), and in time
/// linear in its size. <see cref="Parser"/> reads it back to the same module.
/// </summary>
public sealed class Printer
{
    /// <summary>Tensors of up to this many elements print inline.</summary>
    public const int InlineElements = 8;

    private readonly Module _module;
    private readonly StringBuilder _text = new();
    private readonly bool[] _isMemory;
    private readonly Dictionary<OpId, ValueId> _firstResults = [];

    private Printer(Module module)
    {
        _module = module;
        _isMemory = new bool[module.Values.Length];
        foreach (var parameter in module.Parameters)
            _isMemory[parameter.Value.Index] = true;
        foreach (var variable in module.Variables)
            _isMemory[variable.Value.Index] = true;
        foreach (var op in module.Stages.SelectMany(s => s.Functions).Select(f => f.Body).Append(module.Graph).SelectMany(r => r.AllOps()))
        {
            if (op.Results.Length > 0 && !op.Results[0].IsNone)
                _firstResults.TryAdd(op.Id, op.Results[0]);
        }
    }

    public static string Print(Module module) => new Printer(module).Run();

    private string Run()
    {
        _text.Append("module @");
        Names.Append(_text, _module.Name);
        _text.Append(" level(").Append(_module.Level.ToString().ToLowerInvariant()).Append(") {\n");
        foreach (var (domain, version) in _module.Opsets)
            Line().Quoted(domain, "opset ").Append(' ').Append(version.ToString(CultureInfo.InvariantCulture)).Append('\n');
        foreach (var (key, value) in _module.Metadata)
        {
            Line().Quoted(key, "meta ").Append(' ');
            Names.AppendQuoted(_text, value);
            _text.Append('\n');
        }

        if (_module.Mesh is { } mesh)
            Line().Append("mesh ").Append(mesh).Append('\n');
        foreach (var parameter in _module.Parameters)
            PrintParameter(parameter);
        foreach (var variable in _module.Variables)
            PrintVariable(variable);
        foreach (var feed in _module.Feeds)
        {
            Line().Append("feed ");
            Value(feed.Value);
            _text.Append(' ').Append(Keyword(feed.Kind)).Append('\n');
        }

        if (_module.Loss is { } loss)
            PrintLoss(loss);
        foreach (var channel in _module.Channels)
            PrintChannel(channel);
        foreach (var stage in _module.Stages)
            PrintStage(stage);
        if (_module.Level != Level.Comm)
            PrintRegion("graph", _module.Graph, "  ");
        _text.Append("}\n");
        return _text.ToString();
    }

    private void PrintParameter(Parameter parameter)
    {
        Line().Append(parameter.Role switch { ParameterRole.Trained => "param ", ParameterRole.Frozen => "frozen ", _ => "const " });
        Value(parameter.Value);
        _text.Append(" : ");
        Type(_module[parameter.Value].Type);
        _text.Append(" #").Append(parameter.Hash);
        if (parameter.Data is { } data && TensorText.CanInline(data))
        {
            _text.Append(" = ");
            TensorText.Append(_text, data);
        }

        _text.Append('\n');
    }

    private void PrintVariable(Variable variable)
    {
        Line().Append(variable.Kind == VariableKind.Accumulator ? "accumulator " : "state ");
        Value(variable.Value);
        _text.Append(" : ");
        Type(_module[variable.Value].Type);
        _text.Append(" of ");
        Value(variable.Of);
        _text.Append(' ');
        Names.AppendQuoted(_text, variable.StateName);
        _text.Append('\n');
    }

    private void PrintLoss(Loss loss)
    {
        Line().Append("loss ").Append(Keyword(loss.Settings.Kind)).Append(' ');
        Value(loss.Value);
        _text.Append(' ');
        Names.AppendQuoted(_text, loss.Settings.Output);
        _text.Append(' ');
        Names.AppendQuoted(_text, loss.Settings.Target);
        _text.Append(CultureInfo.InvariantCulture, $" {Keyword(loss.Settings.Normaliser)} {loss.Settings.ElementsPerSample} {loss.Settings.IgnoreIndex}\n");
    }

    private void PrintChannel(ChannelDecl channel)
    {
        Line().Append("channel @");
        Names.Append(_text, channel.Name);
        _text.Append(' ').Append(Keyword(channel.Kind)).Append(" : ");
        Type(new TensorType(channel.Type, channel.Shape, channel.Batch));
        _text.Append(" from @");
        Names.Append(_text, _module.Stages[channel.From.Value].Name);
        _text.Append(" to @");
        Names.Append(_text, _module.Stages[channel.To.Value].Name);
        _text.Append(CultureInfo.InvariantCulture, $" depth {channel.Depth}\n");
    }

    private void PrintStage(Stage stage)
    {
        Line().Append("stage @");
        Names.Append(_text, stage.Name);
        _text.Append(CultureInfo.InvariantCulture, $" on {stage.Device.Value} micro_batch {stage.MicroBatch} in_flight {stage.InFlight}");
        if (stage.Replica != Replica.Only)
            _text.Append(" replica ").Append(stage.Replica);
        if (_module.Level != Level.Comm)
        {
            _text.Append('\n');
            return;
        }

        _text.Append(" {\n");
        foreach (var function in stage.Functions)
            PrintRegion(Keyword(function.Kind), function.Body, "    ");
        _text.Append("  }\n");
    }

    private void PrintRegion(string keyword, Region region, string indent)
    {
        _text.Append(indent).Append(keyword).Append('(');
        for (int i = 0; i < region.Inputs.Length; i++)
        {
            if (i > 0)
                _text.Append(", ");
            Value(region.Inputs[i]);
            _text.Append(" : ");
            Type(_module[region.Inputs[i]].Type);
        }

        _text.Append(") -> (");
        ValueList(region.Outputs);
        _text.Append(") {\n");
        foreach (var op in region.Ops)
            PrintOp(op, indent + "  ");
        _text.Append(indent).Append("}\n");
    }

    private void PrintOp(Op op, string indent)
    {
        _text.Append(indent);
        if (op.Results.Length > 0)
        {
            ValueList(op.Results);
            _text.Append(" = ");
        }

        Names.Append(_text, op.Name.ToString());
        _text.Append('(');
        ValueList(op.Operands);
        _text.Append(')');
        if (op.Attributes.Count > 0)
        {
            _text.Append(" {");
            string separator = "";
            foreach (var (name, value) in op.Attributes.Pairs)
            {
                _text.Append(separator);
                Names.Append(_text, name);
                _text.Append(" = ");
                AttributeText.Append(_text, value, this);
                separator = ", ";
            }

            _text.Append('}');
        }

        if (op.Results.Length > 0)
        {
            _text.Append(" : ");
            for (int i = 0; i < op.Results.Length; i++)
            {
                if (i > 0)
                    _text.Append(", ");
                Type(op.Results[i].IsNone ? null : _module[op.Results[i]].Type);
            }
        }

        if (op.Phase != Phase.Forward)
            _text.Append(" phase(").Append(Keyword(op.Phase)).Append(')');
        if (!op.Origin.IsNone && _firstResults.TryGetValue(op.Origin, out var origin))
        {
            _text.Append(" origin(");
            Value(origin);
            _text.Append(')');
        }

        if (op.Stage is { } stage)
            _text.Append(CultureInfo.InvariantCulture, $" stage({stage.Value})");
        if (op.Location.Nodes.Length > 0)
        {
            _text.Append(" loc(");
            for (int i = 0; i < op.Location.Nodes.Length; i++)
            {
                if (i > 0)
                    _text.Append(", ");
                Names.AppendQuoted(_text, op.Location.Nodes[i]);
            }

            _text.Append(')');
        }

        if (op.Regions.Length == 0)
        {
            _text.Append('\n');
            return;
        }

        _text.Append(" {\n");
        foreach (var region in op.Regions)
            PrintRegion(region.Name, region, indent + "  ");
        _text.Append(indent).Append("}\n");
    }

    private void ValueList(ImmutableArray<ValueId> values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            if (i > 0)
                _text.Append(", ");
            Value(values[i]);
        }
    }

    private void Value(ValueId id)
    {
        if (id.IsNone)
        {
            _text.Append('_');
            return;
        }

        _text.Append(_isMemory[id.Index] ? '@' : '%');
        Names.Append(_text, _module[id].Name);
    }

    internal void Type(IrType? type)
    {
        switch (type)
        {
            case null:
                _text.Append('?');
                break;
            case TensorType tensor:
                _text.Append(tensor.Type.Text()).Append(tensor.Shape?.ToString() ?? "[*]");
                bool implied = _module.Level != Level.Onnx && tensor.Shape is { Rank: > 0 } shape && shape[0] == Dim.Batch;
                if (tensor.Batch is { } batch && !(implied && batch == BatchLayout.Leading))
                    _text.Append(' ').Append(batch);
                else if (tensor.Batch is null && implied)
                    _text.Append(" batch(none)");
                break;
            case SequenceType sequence:
                _text.Append("seq<");
                Type(sequence.Element);
                _text.Append('>');
                break;
            case OptionalType optional:
                _text.Append("opt<");
                Type(optional.Element);
                _text.Append('>');
                break;
            case MapType map:
                _text.Append("map<").Append(map.Key.Text()).Append(", ");
                Type(map.Value);
                _text.Append('>');
                break;
        }
    }

    private LineText Line()
    {
        _text.Append("  ");
        return new LineText(_text);
    }

    /// <summary>The keyword of a stage's function, e.g. <c>backward_input</c>.</summary>
    public static string Spelling(FunctionKind kind) => Keyword(kind);

    internal static string Keyword(FunctionKind kind) => Snake(kind.ToString());

    internal static string Keyword(Phase phase) => Snake(phase.ToString());

    internal static string Keyword(FeedKind kind) => Snake(kind.ToString());

    internal static string Keyword(ChannelKind kind) => Snake(kind.ToString());

    internal static string Keyword(LossNormaliser normaliser) => Snake(normaliser.ToString());

    internal static string Keyword(LossKind kind) => Snake(kind.ToString());

    private static string Snake(string name)
    {
        var text = new StringBuilder();
        foreach (char c in name)
        {
            if (char.IsUpper(c) && text.Length > 0)
                text.Append('_');
            text.Append(char.ToLowerInvariant(c));
        }

        return text.ToString();
    }

    private readonly struct LineText(StringBuilder text)
    {
        public LineText Append(object value)
        {
            text.Append(value);
            return this;
        }

        public LineText Quoted(string value, string keyword)
        {
            text.Append(keyword);
            Names.AppendQuoted(text, value);
            return this;
        }
    }
}
