using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;
using GraphPipe.Ops;

namespace GraphPipe.Compiler;

/// <summary>Turns one stage of a comm-level module into the program that the runtime executes.</summary>
internal sealed class StageEmitter
{
    private readonly Module _module;
    private readonly Stage _stage;
    private readonly OperatorRegistry _registry;
    private readonly Dictionary<ValueId, Parameter> _parameters;
    private readonly Dictionary<ValueId, Variable> _variables;
    private readonly Dictionary<ValueId, BufferId> _buffers = [];
    private readonly List<BufferDecl> _decls = [];
    private readonly BufferLives _lives;

    private StageEmitter(Module module, Stage stage, OperatorRegistry registry)
    {
        _module = module;
        _stage = stage;
        _registry = registry;
        _parameters = module.Parameters.ToDictionary(p => p.Value);
        _variables = module.Variables.ToDictionary(v => v.Value);
        _lives = BufferLives.Of(module, stage);
    }

    /// <param name="owners">The owner stage of each trained parameter.</param>
    public static StageProgram Emit(Module module, Stage stage, OperatorRegistry registry, IReadOnlyDictionary<ValueId, StageId> owners) =>
        new StageEmitter(module, stage, registry).Run(owners);

    private StageProgram Run(IReadOnlyDictionary<ValueId, StageId> owners)
    {
        var functions = ImmutableArray.CreateBuilder<StageFunction>();
        var ports = ImmutableArray.CreateBuilder<PortDecl>();
        foreach (var function in _stage.Functions)
        {
            foreach (var input in function.Body.Inputs)
                Buffer(input);
            var calls = ImmutableArray.CreateBuilder<KernelCall>();
            foreach (var op in function.Body.Ops)
            {
                if (op.Name.Domain == "pipe")
                    ports.Add(Port(op));
                else if (IsCall(op))
                    calls.Add(Call(op));
                else
                    View(op);
            }

            functions.Add(new StageFunction(function.Kind, calls.ToImmutable()));
        }

        var loss = _stage.Function(FunctionKind.Loss).Outputs;
        return new StageProgram(
            _stage.Id,
            _stage.Name,
            [.. _decls],
            functions.ToImmutable(),
            Parameters(owners),
            Feeds(),
            [.. _stage.Function(FunctionKind.Forward).Outputs.Select(o => new OutputDecl(_module[o].Name, Buffer(o)))],
            [.. ports.OrderBy(p => p.Channel)],
            loss.IsEmpty ? BufferId.None : Buffer(loss[0]));
    }

    /// <summary>A Reshape costs nothing: its result is the operand's memory.</summary>
    internal static bool IsView(Op op) => op.Is("Reshape");

    /// <summary>Whether an op of a stage's function is a call of the program.</summary>
    internal static bool IsCall(Op op) => op.Name.Domain != "pipe" && !IsView(op);

    private void View(Op op)
    {
        var type = _module.TensorOf(op.Result);
        var root = Buffer(op.Operands[0]);
        var id = new BufferId(_decls.Count);
        _decls.Add(new BufferDecl(_module[op.Result].Name, type.Type, type.KnownShape, _decls[root.Value].Life, type.Batch, root));
        _buffers.Add(op.Result, id);
    }

    private KernelCall Call(Op op)
    {
        var cost = new CostContext(op, id => _module[id].Tensor);
        var inputs = op.Operands.Select(Buffer).ToImmutableArray();
        // Ops in place write their first operand.
        var outputs = op.Results.IsEmpty ? [inputs[0]] : op.Results.Select(Buffer).ToImmutableArray();
        var model = OneOpModel.Of(_module, op, _parameters);
        var attributes = op.Attributes;
        // Tensors and the like stand in the model alone.
        foreach (var (name, value) in op.Attributes.Pairs)
            attributes = !model.IsEmpty && value is IrAttribute.Tensor or IrAttribute.Tensors or IrAttribute.SparseTensor or IrAttribute.Type or IrAttribute.Opaque ? attributes.Without(name) : attributes;
        var described = _registry.Describe(op.Name);
        return new KernelCall(op.Name.ToString(), inputs, outputs, attributes, described.Workspace(cost), op.Location.Nodes)
        {
            OnnxModel = model,
            IsElementwise = described.IsElementwise,
            IsReduction = described.IsReduction,
        };
    }

    private PortDecl Port(Op op)
    {
        bool isSend = op.Name.Type == "Send";
        var value = isSend || op.Results.IsEmpty ? op.Operands[0] : op.Results[0];
        return new PortDecl(new ChannelId((int)op.Attributes.Int("channel", 0)), Buffer(value), isSend);
    }

    private BufferId Buffer(ValueId value)
    {
        if (value.IsNone)
            return BufferId.None;
        if (_buffers.TryGetValue(value, out var known))
            return known;
        var type = _module.TensorOf(value);
        var id = new BufferId(_decls.Count);
        _decls.Add(new BufferDecl(_module[value].Name, type.Type, type.KnownShape, _lives[value], type.Batch, BufferId.None));
        _buffers.Add(value, id);
        return id;
    }

    private ImmutableArray<ParameterDecl> Parameters(IReadOnlyDictionary<ValueId, StageId> owners)
    {
        var list = ImmutableArray.CreateBuilder<ParameterDecl>();
        foreach (var (value, buffer) in _buffers.OrderBy(b => b.Value.Value).ToList())
        {
            if (!_parameters.TryGetValue(value, out var parameter))
                continue;
            var owner = owners.GetValueOrDefault(value, _stage.Id);
            var own = _module.Variables.Where(v => v.Of == value && _buffers.ContainsKey(v.Value)).ToList();
            var accumulator = own.Find(v => v.Kind == VariableKind.Accumulator);
            list.Add(new ParameterDecl(
                _module[value].Name, buffer, owners.ContainsKey(value) || parameter.Role != ParameterRole.Trained ? parameter.Role : ParameterRole.Frozen, owner,
                accumulator is null ? BufferId.None : _buffers[accumulator.Value],
                [.. own.Where(v => v.Kind == VariableKind.State).Select(v => new StateDecl(v.StateName, _buffers[v.Value]))]));
        }

        return list.ToImmutable();
    }

    private ImmutableArray<FeedDecl> Feeds()
    {
        var kinds = _module.Feeds.ToDictionary(f => f.Value, f => f.Kind);
        return [.. _stage.Functions.SelectMany(f => f.Body.Inputs).Select(i => new FeedDecl(kinds.GetValueOrDefault(i, FeedKind.Input), _module[i].Name, Buffer(i)))];
    }
}
