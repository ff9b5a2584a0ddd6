using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;
using GraphPipe.Ops;
using GraphPipe.Passes;
using GraphPipe.Planning;

namespace GraphPipe.Compiler;

/// <summary>
/// The cost graph of a module, with the ops that each node stands for. A node is a forward op (or the loss) together with its gradients; ops
/// on parameters alone go with the first op that uses them, so that a transposed weight never travels. A half is widened where it is read and
/// rounded where it is made, so that what travels is the half.
/// </summary>
public sealed class CostGraphBuilder
{
    private readonly Module _module;
    private readonly OperatorRegistry _registry;
    private readonly IOpCosts _costs;
    private readonly long _largest;
    private readonly GraphIndex _index;
    private readonly List<List<Op>> _groups = [];
    private readonly List<List<Op>> _gradients = [];
    private readonly Dictionary<OpId, int> _nodeOf = [];

    private CostGraphBuilder(Module module, OperatorRegistry registry, IOpCosts costs, long largest)
    {
        _module = module;
        _registry = registry;
        _costs = costs;
        _largest = largest;
        _index = new GraphIndex(module, module.Graph);
    }

    public CostGraph Graph { get; private set; } = null!;

    /// <summary>For each node, by its id, the forward ops it stands for.</summary>
    public IReadOnlyList<IReadOnlyList<Op>> Ops => _groups;

    /// <param name="module">At level core or train.</param>
    /// <param name="costs">What ops cost on the devices planned for.</param>
    /// <param name="largest">The largest micro-batch of interest, in samples.</param>
    public static CostGraphBuilder Build(Module module, OperatorRegistry registry, IOpCosts costs, long largest, DiagnosticBag diagnostics)
    {
        var builder = new CostGraphBuilder(module, registry, costs, largest);
        builder.Group();
        var nodes = builder._groups.Select((g, i) => builder.Node(g, i)).ToImmutableArray();
        builder.Graph = CostGraph.Create(nodes, builder.Edges(), diagnostics)!;
        diagnostics.ThrowIfErrors();
        return builder;
    }

    /// <summary>The stage of every forward op, from the nodes of a plan's stages.</summary>
    public StageAssignment Assign(PipelinePlan plan)
    {
        var stages = new Dictionary<OpId, StageId>();
        foreach (var stage in plan.Stages)
        {
            foreach (var op in stage.Nodes.SelectMany(n => _groups[n]))
                stages.Add(op.Id, stage.Id);
        }

        return new StageAssignment(stages);
    }

    /// <summary>How many nodes of a plan have all their times from where: the worst of its ops at the size that its stage runs.</summary>
    public ProfileCoverage Coverage(PipelinePlan plan, ProfiledCosts costs) => ProfileCoverage.Of(
        from stage in plan.Stages
        from node in stage.Nodes
        select _groups[node].Concat(_gradients[node]).Max(op => costs.SourceOf(OpCosting.Of(op, TypeOf), stage.SamplesPerDevice)));

    private void Group()
    {
        var forward = _module.Graph.Ops.Where(op => op.Origin.IsNone).ToList();
        var data = _module.Graph.Inputs.ToHashSet();
        var waiting = new Dictionary<OpId, Op>();
        foreach (var op in forward)
        {
            bool fromData = op.Operands.Any(data.Contains);
            bool waits = (!fromData || HalfCasts.IsWidening(_module.TensorOf, op)) && _index.Uses(op.Results.FirstOrDefault(ValueId.None)).Any(u => u.Op.Origin.IsNone);
            if (fromData || !waits)
                data.UnionWith(op.Results);
            if (waits)
            {
                waiting.Add(op.Id, op);
                continue;
            }

            if (HalfCasts.IsRounding(_module.TensorOf, op) && _index.Producer(op.Operands[0]) is { } maker && _nodeOf.TryGetValue(maker.Id, out int node))
            {
                _nodeOf.Add(op.Id, node);
                _groups[node].Add(op);
                continue;
            }

            var group = new List<Op>();
            Collect(op, group, waiting);
            foreach (var member in group)
                _nodeOf.Add(member.Id, _groups.Count);
            _groups.Add(group);
            _gradients.Add([]);
        }

        foreach (var op in _module.Graph.Ops.Where(op => !op.Origin.IsNone))
            _gradients[_nodeOf[op.Origin]].Add(op);
    }

    private void Collect(Op op, List<Op> group, Dictionary<OpId, Op> waiting)
    {
        foreach (var operand in op.Operands)
        {
            if (_index.Producer(operand) is { } producer && waiting.Remove(producer.Id))
                Collect(producer, group, waiting);
        }

        group.Add(op);
    }

    private CostNode Node(List<Op> group, int id)
    {
        long saved = 0;
        long workspace = 0;
        var seen = new HashSet<ValueId>();
        foreach (var operand in _gradients[id].Where(op => op.Phase is Phase.BackwardInput or Phase.BackwardWeight).SelectMany(op => op.Operands))
        {
            if (_index.Producer(operand) is { Origin.IsNone: true } && seen.Add(operand))
                saved += PerSample(operand);
        }

        long own = 0;
        long frozen = 0;
        var shared = new List<SharedParameter>();
        foreach (var value in group.SelectMany(op => op.Operands).Distinct())
        {
            if (value.IsNone || _module.ParameterOf(value) is not { } parameter)
                continue;
            if (parameter.Role != ParameterRole.Trained)
            {
                frozen += Size(value, 1);
                continue;
            }

            // A half counts as f32: so are its gradient, which replicas exchange, and its states, which are most of its memory.
            var type = _module.TensorOf(value);
            long bytes = type.Type.Wide().Size(type.KnownShape.Elements.At(1)).Value;
            if (_index.Uses(value).Where(u => u.Op.Origin.IsNone).Select(u => _nodeOf[u.Op.Id]).Distinct().Count() > 1)
                shared.Add(new SharedParameter(_module[value].Name, new Bytes(bytes)));
            else
                own += bytes;
        }

        foreach (var op in group)
            workspace = Math.Max(workspace, _registry.Describe(op.Name).Workspace(new CostContext(op, TypeOf)).At(_largest));
        string name = group[^1].Location.Nodes is [.., var last] ? last : _module[group[^1].Result].Name;
        var weight = Table(_gradients[id], Phase.BackwardWeight);
        return new CostNode(
            id, name, Table(group, Phase.Forward, Phase.Loss), Table(_gradients[id], Phase.BackwardInput, Phase.BackwardWeight), weight.Points.IsEmpty ? null : weight,
            new Bytes(saved), new Bytes(own), new Bytes(frozen), new Bytes(workspace), [.. shared])
        {
            Update = Table(_gradients[id], Phase.Update).At(1),
        };
    }

    private TimeTable Table(List<Op> ops, params Phase[] phases) =>
        TimeTable.Sum([.. ops.Where(op => phases.Contains(op.Phase)).Select(op => _costs.Table(OpCosting.Of(op, TypeOf), _largest)).Where(t => !t.Points.IsEmpty)]);

    private ImmutableArray<CostEdge> Edges()
    {
        var edges = ImmutableArray.CreateBuilder<CostEdge>();
        for (int i = 0; i < _groups.Count; i++)
        {
            foreach (var value in _groups[i].SelectMany(op => op.Results))
            {
                var readers = _index.Uses(value).Where(u => u.Op.Origin.IsNone).Select(u => _nodeOf[u.Op.Id]).Where(n => n != i).Distinct();
                foreach (int reader in readers)
                    edges.Add(new CostEdge(new CostNodeId(i), new CostNodeId(reader), new Bytes(PerSample(value)), value.Index));
            }
        }

        return edges.ToImmutable();
    }

    private TensorType? TypeOf(ValueId id) => id.IsNone ? null : _module[id].Tensor;

    private long PerSample(ValueId value) => Math.Max(0, Size(value, 2) - Size(value, 1)) is var perSample and > 0 ? perSample : Size(value, 1);

    private long Size(ValueId value, long batch) => _module[value].Tensor is { Shape: { } shape } type ? type.Type.Size(shape.Elements.At(batch)).Value : 0;
}
