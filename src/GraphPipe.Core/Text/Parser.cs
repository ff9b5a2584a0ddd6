using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Core;

/// <summary>Reads the text form of <see cref="Printer"/>: <c>parse(print(m))</c> is m.</summary>
public sealed partial class Parser
{
    private readonly Lexer _lexer;
    private readonly TensorSource _tensors;
    private readonly List<ValueInfo> _values = [];
    private readonly Dictionary<string, ValueId> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<ValueId, OpId> _firstResults = [];
    private readonly List<(OpId Op, ValueId Origin)> _origins = [];
    private readonly List<Parameter> _parameters = [];
    private readonly List<Variable> _variables = [];
    private readonly List<Feed> _feeds = [];
    private readonly List<Stage> _stages = [];
    private readonly List<(string Name, ChannelKind Kind, TensorType Type, string From, string To, int Depth)> _channels = [];
    private Token _token;
    private Level _level;
    private int _nextOp;

    private Parser(string text, string file, TensorSource tensors)
    {
        _lexer = new Lexer(text, file);
        _tensors = tensors;
        _token = _lexer.Next();
    }

    /// <summary>Reads a module.</summary>
    /// <param name="file">The file's name, for diagnostics.</param>
    /// <param name="tensors">Where large tensors are; those not found stay without elements.</param>
    /// <exception cref="DiagnosticException">GP4001 with the line: the text is no module.</exception>
    public static Module Parse(string text, TensorSource? tensors = null, string file = "module.gpir") =>
        new Parser(text, file, tensors ?? TensorSource.Empty).ParseModule();

    private Module ParseModule()
    {
        Keyword("module");
        Punctuation("@");
        string name = Name();
        Keyword("level");
        Punctuation("(");
        _level = EnumOf<Level>(Word());
        Punctuation(")");
        Punctuation("{");
        var module = new Module { Name = name, Level = _level };
        var graph = Region.Empty;
        while (!TryPunctuation("}"))
        {
            var line = _token;
            switch (Word())
            {
                case "opset":
                    string domain = QuotedText();
                    module = module with { Opsets = module.Opsets.SetItem(domain, Long()) };
                    break;
                case "meta":
                    string key = QuotedText();
                    module = module with { Metadata = module.Metadata.SetItem(key, QuotedText()) };
                    break;
                case "mesh":
                    module = module with { Mesh = Mesh() };
                    break;
                case "param":
                    ParseParameter(ParameterRole.Trained);
                    break;
                case "frozen":
                    ParseParameter(ParameterRole.Frozen);
                    break;
                case "const":
                    ParseParameter(ParameterRole.Constant);
                    break;
                case "accumulator":
                    ParseVariable(VariableKind.Accumulator);
                    break;
                case "state":
                    ParseVariable(VariableKind.State);
                    break;
                case "feed":
                    var fed = Value();
                    _feeds.Add(new Feed(fed, EnumOf<FeedKind>(Word())));
                    break;
                case "loss":
                    module = module with { Loss = ParseLoss() };
                    break;
                case "channel":
                    ParseChannel();
                    break;
                case "stage":
                    ParseStage();
                    break;
                case "graph":
                    graph = ParseRegion("graph");
                    break;
                default:
                    throw _lexer.Error(line.Line, $"unexpected '{line.Text}'");
            }
        }

        if (_token.Kind != TokenKind.End)
            throw Unexpected("the end of the text");
        return Finish(module, graph);
    }

    private Module Finish(Module module, Region graph)
    {
        var origins = _origins.ToDictionary(o => o.Op, o => _firstResults.GetValueOrDefault(o.Origin, OpId.None));
        Region WithOrigins(Region region) => region with
        {
            Ops = [.. region.Ops.Select(op => origins.TryGetValue(op.Id, out var origin) ? op with { Origin = origin } : op)],
        };
        var stageIds = _stages.ToDictionary(s => s.Name, s => s.Id);
        StageId StageNamed(string name) => stageIds.TryGetValue(name, out var id) ? id : throw _lexer.Error(_token.Line, $"a channel names the unknown stage '{name}'");
        return module with
        {
            Values = [.. _values],
            Parameters = [.. _parameters],
            Variables = [.. _variables],
            Feeds = [.. _feeds],
            Channels =
            [
                .. _channels.Select((c, i) =>
                    new ChannelDecl(new ChannelId(i), c.Name, c.Kind, c.Type.Type, c.Type.KnownShape, c.Type.Batch, StageNamed(c.From), StageNamed(c.To), c.Depth)),
            ],
            Stages = [.. _stages.Select(s => s with { Functions = [.. s.Functions.Select(f => f with { Body = WithOrigins(f.Body) })] })],
            Graph = WithOrigins(graph),
        };
    }

    private DeviceMesh Mesh()
    {
        Punctuation("[");
        var devices = ImmutableArray.CreateBuilder<DeviceName>();
        while (!TryPunctuation("]"))
        {
            string kind = Word();
            Punctuation(":");
            devices.Add(new DeviceName(kind, (int)Long()));
            TryPunctuation(",");
        }

        return new DeviceMesh(devices.ToImmutable());
    }

    private void ParseParameter(ParameterRole role)
    {
        var value = Value();
        Punctuation(":");
        var type = Type() as TensorType ?? throw Unexpected("a tensor type");
        SetType(value, type);
        Punctuation("#");
        string hash = Word();
        TensorData? data = _tensors[hash];
        if (TryPunctuation("="))
            data = InlineTensor(type.Type, [.. type.KnownShape.Select(d => d.Constant ?? throw Unexpected("a fixed shape"))]);
        _parameters.Add(new Parameter(value, role, data, hash));
    }

    private void ParseVariable(VariableKind kind)
    {
        var value = Value();
        Punctuation(":");
        SetType(value, Type());
        Keyword("of");
        var of = Value();
        _variables.Add(new Variable(value, kind, of, QuotedText()));
    }

    private Loss ParseLoss()
    {
        var kind = EnumOf<LossKind>(Word());
        var value = Value();
        string output = QuotedText();
        string target = QuotedText();
        var normaliser = EnumOf<LossNormaliser>(Word());
        long elements = Long();
        return new Loss(value, new LossSettings(kind, output, target, Long(), normaliser, elements));
    }

    private void ParseChannel()
    {
        Punctuation("@");
        string name = Name();
        var kind = EnumOf<ChannelKind>(Word());
        Punctuation(":");
        var type = Type() as TensorType ?? throw Unexpected("a tensor type");
        Keyword("from");
        Punctuation("@");
        string from = Name();
        Keyword("to");
        Punctuation("@");
        string to = Name();
        Keyword("depth");
        _channels.Add((name, kind, type, from, to, (int)Long()));
    }

    private void ParseStage()
    {
        Punctuation("@");
        string name = Name();
        Keyword("on");
        var device = new DeviceId((int)Long());
        Keyword("micro_batch");
        long microBatch = Long();
        Keyword("in_flight");
        long inFlight = Long();
        var replica = Replica.Only;
        if (TryKeyword("replica"))
        {
            long index = Long();
            Keyword("of");
            long count = Long();
            if (index < 0 || index >= count || count > int.MaxValue)
                throw _lexer.Error(_token.Line, $"there is no replica {index} of {count}");
            long turn = TryKeyword("turn") ? Long() : 0;
            if (turn < 0 || turn > int.MaxValue)
                throw _lexer.Error(_token.Line, $"replicas don't take turns of {turn} micro-batches");
            replica = new Replica((int)index, (int)count, (int)turn);
        }

        var functions = ImmutableArray.CreateBuilder<StageBody>();
        if (_level == Level.Comm)
        {
            Punctuation("{");
            while (!TryPunctuation("}"))
            {
                string keyword = Word();
                functions.Add(new StageBody(EnumOf<FunctionKind>(keyword), ParseRegion(keyword)));
            }
        }

        _stages.Add(new Stage(new StageId(_stages.Count), name, device, microBatch, inFlight, functions.ToImmutable()) { Replica = replica });
    }

    private Region ParseRegion(string name)
    {
        Punctuation("(");
        var inputs = ImmutableArray.CreateBuilder<ValueId>();
        while (!TryPunctuation(")"))
        {
            var input = Value();
            Punctuation(":");
            SetType(input, Type());
            inputs.Add(input);
            TryPunctuation(",");
        }

        Punctuation("->");
        Punctuation("(");
        var outputs = ValueListUntil(")");
        Punctuation("{");
        var ops = ImmutableArray.CreateBuilder<Op>();
        while (!TryPunctuation("}"))
            ops.Add(ParseOp());
        return new Region(name, inputs.ToImmutable(), ops.ToImmutable(), outputs);
    }

    private Op ParseOp()
    {
        var results = ImmutableArray<ValueId>.Empty;
        if (_token.Text is "%" or "@" or "_" && _token.Kind != TokenKind.Quoted)
            results = ValueListUntil("=");
        var op = new Op(new OpId(_nextOp++), OperatorName.Parse(Name()), Operands(), results);
        if (TryPunctuation("{"))
            op = op with { Attributes = ParseAttributes() };
        if (results.Length > 0)
        {
            Punctuation(":");
            for (int i = 0; i < results.Length; i++)
            {
                if (i > 0)
                    Punctuation(",");
                var type = Type();
                if (!results[i].IsNone)
                    SetType(results[i], type);
            }

            if (!results[0].IsNone)
                _firstResults.TryAdd(results[0], op.Id);
        }

        op = ParseOpTail(op);
        if (!TryPunctuation("{"))
            return op;
        var regions = ImmutableArray.CreateBuilder<Region>();
        while (!TryPunctuation("}"))
        {
            string name = Word();
            regions.Add(ParseRegion(name));
        }

        return op with { Regions = regions.ToImmutable() };
    }

    private Op ParseOpTail(Op op)
    {
        while (_token.Kind == TokenKind.Word && _token.Text is "phase" or "origin" or "stage" or "loc")
        {
            string keyword = Word();
            Punctuation("(");
            switch (keyword)
            {
                case "phase":
                    op = op with { Phase = EnumOf<Phase>(Word()) };
                    break;
                case "origin":
                    _origins.Add((op.Id, Value()));
                    break;
                case "stage":
                    op = op with { Stage = new StageId((int)Long()) };
                    break;
                default:
                    var nodes = ImmutableArray.CreateBuilder<string>();
                    while (_token.Text != ")" || _token.Kind == TokenKind.Quoted)
                    {
                        nodes.Add(QuotedText());
                        TryPunctuation(",");
                    }

                    op = op with { Location = new Location(nodes.ToImmutable()) };
                    break;
            }

            Punctuation(")");
        }

        return op;
    }

    private ImmutableArray<ValueId> Operands()
    {
        Punctuation("(");
        return ValueListUntil(")");
    }

    private ImmutableArray<ValueId> ValueListUntil(string end)
    {
        var list = ImmutableArray.CreateBuilder<ValueId>();
        while (!TryPunctuation(end))
        {
            list.Add(Value());
            TryPunctuation(",");
        }

        return list.ToImmutable();
    }

    private ValueId Value()
    {
        if (_token is { Kind: TokenKind.Word, Text: "_" })
        {
            Advance();
            return ValueId.None;
        }

        if (!TryPunctuation("%"))
            Punctuation("@");
        string name = Name();
        if (_byName.TryGetValue(name, out var known))
            return known;
        var id = new ValueId(_values.Count);
        _values.Add(new ValueInfo(name, null));
        _byName.Add(name, id);
        return id;
    }

    private void SetType(ValueId id, IrType? type) => _values[id.Index] = _values[id.Index] with { Type = type };
}
