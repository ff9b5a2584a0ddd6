using System.Collections.Immutable;

namespace GraphPipe.Bundle;

/// <summary>Reads <c>program.json</c> and leaves nothing for the runtime to doubt.</summary>
internal sealed class StageProgramJsonReader(InputSource source)
{
    private ImmutableArray<BufferDecl> _buffers = [];

    public StageProgram Read(ReadOnlyMemory<byte> content)
    {
        var json = JsonInput.Parse(content, source);
        if (json["format"].Text != StageProgramJson.Format)
            throw json.Malformed($"the format is not '{StageProgramJson.Format}'");
        if (json["version"].Int(1) > StageProgramJson.Version)
        {
            throw (source with { Code = Codes.BundleVersion }).Malformed(
                $"version {json["version"].Int()} of a stage program is newer than {StageProgramJson.Version}", "compile the model again, or take a newer GraphPipe");
        }

        ReadBuffers(json["buffers"]);
        return new StageProgram(
            new StageId(json["id"].Int()),
            json["name"].Text,
            _buffers,
            Unique(json["functions"], ReadFunction, f => f.Kind.ToString()),
            Unique(json["parameters"], ReadParameter, p => p.Name),
            Unique(json["feeds"], ReadFeed, f => $"{f.Kind} {f.Name} {f.Buffer}"),
            Unique(json["outputs"], item => new OutputDecl(item["name"].Text, Buffer(item["buffer"])), o => o.Name),
            Unique(json["ports"], ReadPort, p => $"{p.Channel} {p.IsSend}"),
            Optional(json.Maybe("loss")));
    }

    private static ImmutableArray<T> Unique<T>(JsonInput list, Func<JsonInput, T> read, Func<T, string> key)
    {
        var items = ImmutableArray.CreateBuilder<T>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var item in list.Items)
        {
            items.Add(read(item));
            if (!seen.Add(key(items[^1])))
                throw item.Malformed("it stands there twice");
        }

        return items.ToImmutable();
    }

    private void ReadBuffers(JsonInput list)
    {
        var places = list.Items.ToList();
        _buffers = [.. places.Select(item => ReadBuffer(item, places.Count))];
        for (int i = 0; i < _buffers.Length; i++)
        {
            if (!_buffers[i].AliasOf.IsNone)
                CheckAlias(places[i], i);
        }
    }

    private static BufferDecl ReadBuffer(JsonInput json, int count)
    {
        var type = json["type"].Type;
        if (type.Bits() == 0)
            throw json["type"].Malformed($"a buffer can't hold {type.Text()}");
        var shape = json["shape"].Shape;
        if (BufferRules.Fault(shape.Dims.AsSpan()) is { } shapeFault)
            throw json["shape"].Malformed(shapeFault);
        var layout = json.Maybe("batch")?.Batch(shape);
        int alias = json.Maybe("alias_of") is { } of ? of.Int(0, count - 1) : -1;
        return new BufferDecl(json["name"].Text, type, shape, json["life"].Choice<BufferLife>(), layout, new BufferId(alias));
    }

    // An alias of another size than its memory would let a kernel write beyond it.
    private void CheckAlias(JsonInput place, int index)
    {
        var buffer = _buffers[index];
        int root = index;
        for (int steps = 0; !_buffers[root].AliasOf.IsNone; steps++)
        {
            if (steps > _buffers.Length)
                throw place.Malformed("the aliases run in a circle");
            root = _buffers[root].AliasOf.Value;
        }

        if (buffer.Type.Bits() != _buffers[root].Type.Bits() || ElementsOf(buffer.Shape, place) != ElementsOf(_buffers[root].Shape, place))
            throw place.Malformed($"it is not of the size of buffer {root}, whose memory it is");
    }

    private static Dim ElementsOf(Shape shape, JsonInput place)
    {
        try
        {
            return shape.Elements;
        }
        catch (OverflowException)
        {
            throw place.Malformed($"shape {shape} has too many elements");
        }
    }

    private StageFunction ReadFunction(JsonInput json) =>
        new(json["kind"].Choice<FunctionKind>(), [.. json["calls"].Items.Select(ReadCall)]);

    private KernelCall ReadCall(JsonInput json)
    {
        string kernel = json["kernel"].Text;
        if (kernel.Length == 0)
            throw json["kernel"].Malformed("a kernel has no name");
        var attributes = Attributes.Empty;
        if (json.Maybe("attributes") is { } pairs)
        {
            foreach (var (name, value) in pairs.Members)
                attributes = attributes.With(name, AttributeJson.Read(value));
        }

        var workspace = json.Maybe("workspace")?.Dim ?? Dim.Zero;
        if (BufferRules.Fault(workspace) is { } fault)
            throw json["workspace"].Malformed(fault);
        return new KernelCall(
            kernel,
            [.. json["inputs"].Items.Select(OptionalOperand)],
            [.. json["outputs"].Items.Select(OptionalOperand)],
            attributes,
            workspace,
            json.Maybe("nodes") is { } nodes ? [.. nodes.Items.Select(n => n.Text)] : [])
        {
            IsElementwise = json.Maybe("elementwise")?.Bool ?? false,
            IsReduction = json.Maybe("reduction")?.Bool ?? false,
            OnnxModel = json.Maybe("onnx_model") is { } model ? Base64(model) : default,
        };
    }

    private static byte[] Base64(JsonInput json)
    {
        try
        {
            return Convert.FromBase64String(json.Text);
        }
        catch (FormatException)
        {
            throw json.Malformed("bytes are written in base 64");
        }
    }

    private ParameterDecl ReadParameter(JsonInput json)
    {
        var states = ImmutableArray.CreateBuilder<StateDecl>();
        if (json.Maybe("states") is { } members)
        {
            foreach (var (name, buffer) in members.Members)
                states.Add(new StateDecl(name, Persistent(buffer)));
        }

        return new ParameterDecl(
            json["name"].Text,
            Persistent(json["buffer"]),
            json["role"].Choice<ParameterRole>(),
            new StageId(json["owner"].Int()),
            Optional(json.Maybe("accumulator")),
            states.ToImmutable());
    }

    private FeedDecl ReadFeed(JsonInput json) => new(json["kind"].Choice<FeedKind>(), json["name"].Text, Buffer(json["buffer"]));

    private PortDecl ReadPort(JsonInput json) =>
        new(new ChannelId(json["channel"].Int()), Buffer(json["buffer"]), json["direction"].Text switch
        {
            "send" => true,
            "recv" => false,
            _ => throw json["direction"].Malformed("a direction is send or recv"),
        });

    private BufferId Buffer(JsonInput json) => new(json.Int(0, _buffers.Length - 1));

    private BufferId OptionalOperand(JsonInput json) => new(json.Int(-1, _buffers.Length - 1));

    private BufferId Optional(JsonInput? json) => json is { } value ? Buffer(value) : BufferId.None;

    private BufferId Persistent(JsonInput json)
    {
        var id = Buffer(json);
        return _buffers[id.Value].Life is BufferLife.Persistent or BufferLife.Weights ? id : throw json.Malformed($"buffer {id} does not live from load to end");
    }
}
