using GraphPipe.Bundle;

namespace GraphPipe.Tests.Runtime;

/// <summary>Stage programs and channels of a <see cref="DenseModel"/> whose nodes are assigned to stages.</summary>
internal sealed class DenseEmitter
{
    private readonly DenseModel _model;
    private readonly int[] _stageOf;
    private readonly bool _split;
    private readonly List<ChannelDecl> _channels = [];

    private DenseEmitter(DenseModel model, int[] stageOf, bool split)
    {
        _model = model;
        _stageOf = stageOf;
        _split = split;
    }

    /// <param name="model">The model.</param>
    /// <param name="stageOf">Stage of each node; each foreign stage has one consumer of a value at most, so that sums keep their order.</param>
    /// <param name="depth">Depth of all channels.</param>
    /// <param name="split">Backward in two functions.</param>
    public static (List<StageProgram> Programs, List<ChannelDecl> Channels) Emit(DenseModel model, int[] stageOf, int depth, bool split = false)
    {
        var emitter = new DenseEmitter(model, stageOf, split);
        emitter.MakeChannels(depth);
        return ([.. Enumerable.Range(0, stageOf.Max() + 1).Select(emitter.Stage)], emitter._channels);
    }

    private void MakeChannels(int depth)
    {
        for (int node = 0; node < _model.Nodes.Length; node++)
        {
            foreach (int stage in _model.ConsumersOf(node).Select(c => _stageOf[c]).Where(s => s != _stageOf[node]).Distinct())
            {
                Add(ChannelKind.Activation, $"a{node}to{stage}", node, _stageOf[node], stage);
                Add(ChannelKind.Gradient, $"g{node}from{stage}", node, stage, _stageOf[node]);
            }
        }

        void Add(ChannelKind kind, string name, int node, int from, int to) => _channels.Add(new ChannelDecl(
            new ChannelId(_channels.Count), name, kind, DType.F32, Shape.Parse($"[N,{_model.WidthOf(node)}]"), BatchLayout.Leading, new StageId(from), new StageId(to), depth));
    }

    private ChannelId Channel(string name) => _channels.Single(c => c.Name == name).Id;

    private StageProgram Stage(int stage)
    {
        var b = new ProgramBuilder(new StageId(stage), $"s{stage}");
        var nodes = Enumerable.Range(0, _model.Nodes.Length).Where(n => _stageOf[n] == stage).ToList();
        var value = new Dictionary<int, BufferId>();
        var input = new Dictionary<int, BufferId>();
        b.Declare(FunctionKind.Forward);
        foreach (int node in nodes)
            Forward(b, stage, node, value, input);
        int last = _model.Nodes.Length - 1;
        var backward = _split ? FunctionKind.BackwardInput : FunctionKind.Backward;
        var weight = _split ? FunctionKind.BackwardWeight : FunctionKind.Backward;
        b.Declare(backward);
        b.Declare(weight);
        var gradient = new Dictionary<int, BufferId>();
        if (_stageOf[last] == stage)
            gradient[last] = Loss(b, value[last], backward);
        var inputGradient = new Dictionary<int, BufferId>();
        foreach (int node in Enumerable.Reverse(nodes))
            Backward(b, stage, node, value, input, gradient, inputGradient, backward, weight);
        return b.Build();
    }

    private void Forward(ProgramBuilder b, int stage, int node, Dictionary<int, BufferId> value, Dictionary<int, BufferId> input)
    {
        int[] sources = _model.Nodes[node].Inputs;
        foreach (int source in sources.Where(s => !value.ContainsKey(s)))
        {
            // A lone operand is read again by the backward of the weights; one of several only until it is added.
            var buffer = b.Buffer($"in{source}", $"[N,{_model.WidthOf(source)}]", sources.Length == 1 ? BufferLife.Activation : BufferLife.ForwardEdge);
            value[source] = buffer;
            if (source < 0)
                b.Feeds.Add(new FeedDecl(FeedKind.Input, "x", buffer));
            else
                b.Ports.Add(new PortDecl(Channel($"a{source}to{stage}"), buffer, IsSend: false));
        }

        int width = _model.Nodes[node].Width;
        input[node] = value[sources[0]];
        for (int i = 1; i < sources.Length; i++)
        {
            var sum = b.Buffer($"sum{node}", $"[N,{_model.InWidth(node)}]", BufferLife.Activation);
            b.Call(FunctionKind.Forward, "Add", [input[node], value[sources[i]]], [sum]);
            input[node] = sum;
        }

        var w = Parameter(b, $"w{node}", $"[{_model.InWidth(node)},{width}]", stage);
        var bias = Parameter(b, $"b{node}", $"[{width}]", stage);
        bool isLast = node == _model.Nodes.Length - 1;
        var z = b.Buffer($"z{node}", $"[N,{width}]", isLast ? BufferLife.Activation : BufferLife.Temporary);
        b.Call(FunctionKind.Forward, "Gemm", [input[node], w, bias], [z]);
        value[node] = z;
        if (isLast)
        {
            b.Outputs.Add(new OutputDecl("y", z));
            return;
        }

        value[node] = b.Buffer($"a{node}", $"[N,{width}]", BufferLife.Activation);
        b.Call(FunctionKind.Forward, "Relu", [z], [value[node]]);
        foreach (var channel in _channels.Where(c => c.Kind == ChannelKind.Activation && c.Name.StartsWith($"a{node}to", StringComparison.Ordinal)))
            b.Ports.Add(new PortDecl(channel.Id, value[node], IsSend: true));
    }

    private BufferId Loss(ProgramBuilder b, BufferId y, FunctionKind backward)
    {
        var target = b.Buffer("t", $"[N,{_model.OutputWidth}]", BufferLife.Activation);
        var scale = b.Buffer("scale", "[]", BufferLife.Activation);
        b.Feeds.Add(new FeedDecl(FeedKind.Target, "t", target));
        b.Feeds.Add(new FeedDecl(FeedKind.LossScale, "scale", scale));
        b.Loss = b.Buffer("loss", "[]", BufferLife.Temporary);
        b.Call(FunctionKind.Loss, "train.LossMse", [y, target, scale], [b.Loss]);
        var dy = b.Buffer("dy", $"[N,{_model.OutputWidth}]", _split ? BufferLife.WeightEdge : BufferLife.Temporary);
        b.Call(backward, "grad.LossMse", [y, target, scale], [dy]);
        return dy;
    }

    private void Backward(
        ProgramBuilder b,
        int stage,
        int node,
        Dictionary<int, BufferId> value,
        Dictionary<int, BufferId> input,
        Dictionary<int, BufferId> gradient,
        Dictionary<int, BufferId> inputGradient,
        FunctionKind backward,
        FunctionKind weight)
    {
        int width = _model.Nodes[node].Width, inWidth = _model.InWidth(node);
        if (!gradient.TryGetValue(node, out var dz))
        {
            // Contributions in the order of the consumers: those of this stage, and one message of each other stage.
            var terms = _model.ConsumersOf(node).Select(c => _stageOf[c] == stage ? inputGradient[c] : Received(b, node, _stageOf[c], width)).ToList();
            var da = terms[0];
            if (terms.Count > 1)
            {
                da = b.Buffer($"da{node}", $"[N,{width}]", BufferLife.Temporary);
                b.Call(backward, "grad.Sum", [.. terms], [da]);
            }

            dz = b.Buffer($"dz{node}", $"[N,{width}]", _split ? BufferLife.WeightEdge : BufferLife.Temporary);
            b.Call(backward, "grad.Relu", [da, value[node]], [dz]);
        }

        var w = b.Parameters.Single(p => p.Name == $"w{node}");
        var bias = b.Parameters.Single(p => p.Name == $"b{node}");
        if (_model.Nodes[node].Inputs[0] >= 0)
        {
            var foreign = _model.Nodes[node].Inputs.Where(s => _stageOf[s] != stage).ToList();
            var dx = b.Buffer($"din{node}", $"[N,{inWidth}]", foreign.Count > 0 ? BufferLife.BackwardEdge : BufferLife.Temporary);
            b.Call(backward, "Gemm", [dz, w.Buffer], [dx], Attributes.Empty.With("transB", 1));
            inputGradient[node] = dx;
            foreach (int source in foreign)
                b.Ports.Add(new PortDecl(Channel($"g{source}from{stage}"), dx, IsSend: true));
        }

        var dw = b.Buffer($"dw{node}", $"[{inWidth},{width}]", BufferLife.Temporary);
        b.Call(weight, "Gemm", [input[node], dz], [dw], Attributes.Empty.With("transA", 1));
        b.Call(weight, "train.Accumulate", [w.Accumulator, dw], [w.Accumulator]);
        var db = b.Buffer($"db{node}", $"[{width}]", BufferLife.Temporary);
        b.Call(weight, "grad.SumTo", [dz], [db]);
        b.Call(weight, "train.Accumulate", [bias.Accumulator, db], [bias.Accumulator]);
        foreach (var parameter in new[] { w, bias })
        {
            BufferId[] state = [.. parameter.States.Select(s => s.Buffer)];
            b.Call(
                FunctionKind.Update,
                "train.Sgd",
                [parameter.Buffer, parameter.Accumulator, .. state],
                [parameter.Buffer],
                Attributes.Empty.With("learning_rate", DenseModel.LearningRate).With("momentum", _model.Momentum));
        }
    }

    private BufferId Received(ProgramBuilder b, int node, int from, int width)
    {
        var buffer = b.Buffer($"g{node}from{from}", $"[N,{width}]", BufferLife.BackwardEdge);
        b.Ports.Add(new PortDecl(Channel($"g{node}from{from}"), buffer, IsSend: false));
        return buffer;
    }

    private BufferId Parameter(ProgramBuilder b, string name, string shape, int stage)
    {
        var buffer = b.Buffer(name, shape, BufferLife.Persistent);
        var accumulator = b.Buffer($"{name}.sum", shape, BufferLife.Persistent);
        StateDecl[] states = _model.Momentum == 0 ? [] : [new StateDecl("momentum", b.Buffer($"{name}.momentum", shape, BufferLife.Persistent))];
        b.Parameters.Add(new ParameterDecl(name, buffer, ParameterRole.Trained, new StageId(stage), accumulator, [.. states]));
        return buffer;
    }
}
