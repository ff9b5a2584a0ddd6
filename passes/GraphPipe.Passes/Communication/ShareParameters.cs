using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Passes;

/// <summary>
/// Keeps a parameter that several stages use, or several replicas of a stage, the same on all of them.
/// <para>Needs and gives level comm. Every stage that makes gradients of a parameter has its own sum of them. At the step the sums go to the
/// owner, which adds them in the order of the stages, the owner's own sum at its place, updates its copy and sends the new value to the
/// others. Where the owner is a stage with replicas, all of them get all sums, add them in that same order, and step their own copies to the
/// same bits; or, with a sharded optimizer, each owns some of the parameters, dealt out by size. Either way the sum is the same. Example: an
/// update that adds another stage's accumulator <c>train.AddGradient(@w.grad, @w.grad@1)</c> receives it first:
/// <c>%r = pipe.Recv() {channel = 2}</c>, <c>train.AddGradient(@w.grad, %r)</c>.</para>
/// </summary>
/// <param name="shardOptimizer">Whether a parameter has one owner among the replicas of a stage, not all.</param>
public sealed class ShareParameters(bool shardOptimizer) : IPass
{
    public string Name => "share-parameters";

    public Level From => Level.Comm;

    public Level To => Level.Comm;

    public Module Run(Module module, DiagnosticBag diagnostics) => new Builder(module, shardOptimizer).Build();

    /// <summary>A stage's gradient sum.</summary>
    private readonly record struct GradientSum(ValueId Accumulator, StageId Stage);

    /// <summary>A parameter's update: its ops as the owner stage has them, and the sums that it adds up, in order.</summary>
    private sealed record Sharing(ImmutableArray<StageId> Replicas, Op Update, ImmutableArray<Op> Additions, ImmutableArray<GradientSum> Sums)
    {
        public ValueId Parameter => Update.Operands[0];

        public ValueId Accumulator => Update.Operands[1];
    }

    private sealed class Builder
    {
        private readonly Module _module;
        private readonly bool _shardOptimizer;
        private readonly ModuleBuilder _builder;
        private readonly List<ChannelDecl> _channels;
        private readonly HashSet<string> _names;
        private readonly Dictionary<StageId, StepOps> _steps;

        public Builder(Module module, bool shardOptimizer)
        {
            _module = module;
            _shardOptimizer = shardOptimizer;
            _builder = new ModuleBuilder(module);
            _channels = [.. module.Channels];
            _names = [.. module.Channels.Select(c => c.Name)];
            _steps = module.Stages.ToDictionary(s => s.Id, _ => new StepOps());
        }

        public Module Build()
        {
            var sharings = Sharings();
            var owners = Owners(sharings);
            for (int i = 0; i < sharings.Count; i++)
            {
                foreach (var owner in owners[i])
                    AddUp(sharings[i], owner);
            }

            for (int i = 0; i < sharings.Count; i++)
                SendValue(sharings[i], owners[i]);
            return _builder.Build(_module.Graph, Level.Comm) with { Channels = [.. _channels], Stages = [.. _module.Stages.Select(WithStep)] };
        }

        private List<Sharing> Sharings()
        {
            var stagesOf = new Dictionary<ValueId, List<StageId>>();
            foreach (var stage in _module.Stages)
            {
                foreach (var op in stage.Functions.SelectMany(f => f.Body.Ops).Where(op => op.Is("train", "Accumulate")))
                {
                    if (!stagesOf.TryGetValue(op.Operands[0], out var list))
                        stagesOf.Add(op.Operands[0], list = []);
                    list.Add(stage.Id);
                }
            }

            var sharings = new List<Sharing>();
            foreach (var stage in _module.Stages.Where(s => s.Replica.Index == 0))
            {
                var replicas = Enumerable.Range(stage.Id.Value, stage.Replica.Count).Select(s => new StageId(s)).ToImmutableArray();
                var additions = stage.Function(FunctionKind.Update).Ops.Where(op => op.Is("train", "AddGradient")).ToLookup(op => op.Operands[0]);
                foreach (var update in stage.Function(FunctionKind.Update).Ops.Where(op => !op.Is("train", "AddGradient")))
                {
                    ImmutableArray<Op> own = [.. additions[update.Operands[1]]];
                    var sums = own.Select(a => a.Operands[1]).Prepend(update.Operands[1]).SelectMany(a => stagesOf[a].Select(s => new GradientSum(a, s)));
                    sharings.Add(new Sharing(replicas, update, own, [.. sums]));
                }
            }

            return sharings;
        }

        // All replicas of the stage that updates; or one of them, so that each has about the same number of bytes: the largest parameter first,
        // to the replica that has least so far.
        private ImmutableArray<StageId>[] Owners(List<Sharing> sharings)
        {
            var owners = sharings.Select(s => s.Replicas).ToArray();
            var load = new Dictionary<StageId, long>();
            foreach (int i in Enumerable.Range(0, _shardOptimizer ? owners.Length : 0).OrderByDescending(i => Size(sharings[i])))
            {
                var least = owners[i].MinBy(s => load.GetValueOrDefault(s));
                load[least] = load.GetValueOrDefault(least) + Size(sharings[i]);
                owners[i] = [least];
            }

            return owners;
        }

        private long Size(Sharing sharing) => _module.TensorOf(sharing.Parameter) is var type ? type.Type.Size(type.KnownShape.Elements.At(0)).Value : 0;

        private void AddUp(Sharing sharing, StageId owner)
        {
            var step = _steps[owner];
            int own = sharing.Sums.IndexOf(new GradientSum(sharing.Accumulator, owner));
            var values = sharing.Sums.Select(s => s.Stage == owner ? s.Accumulator : Fetch(s, owner)).ToList();
            // a + (b + own) + c, not own + a + b + c: whichever replica owns the parameter, the bits are the same.
            for (int i = 1; i < own; i++)
                step.Body.Add(Addition(sharing, values[0], values[i]));
            if (own > 0)
                step.Body.Add(Addition(sharing, values[own], values[0]));
            for (int i = own + 1; i < values.Count; i++)
                step.Body.Add(Addition(sharing, values[own], values[i]));
            step.Body.Add(sharing.Update with { Id = _builder.NextOpId() });
        }

        private Op Addition(Sharing sharing, ValueId to, ValueId value) =>
            new(_builder.NextOpId(), OperatorName.Train("AddGradient"), [to, value], []) { Location = sharing.Update.Location };

        private ValueId Fetch(GradientSum sum, StageId owner)
        {
            var channel = AddChannel(ChannelKind.ParameterGradient, sum.Accumulator, sum.Stage, owner);
            var received = _builder.AddValue(_module[sum.Accumulator].Name + ".received", _module[sum.Accumulator].Type);
            _steps[sum.Stage].SentSums.Add(Pipe("Send", channel, [sum.Accumulator], []));
            _steps[owner].ReceivedSums.Add(Pipe("Recv", channel, [], [received]));
            return received;
        }

        private void SendValue(Sharing sharing, ImmutableArray<StageId> owners)
        {
            bool Reads(Stage stage) => stage.Functions.Any(f => f.Kind != FunctionKind.Update && f.Body.AllOps().Any(op => op.Operands.Contains(sharing.Parameter)));
            foreach (var reader in _module.Stages.Where(s => !owners.Contains(s.Id) && Reads(s)))
            {
                var channel = AddChannel(ChannelKind.ParameterValue, sharing.Parameter, owners[0], reader.Id);
                _steps[owners[0]].SentValues.Add(Pipe("Send", channel, [sharing.Parameter], []));
                _steps[reader.Id].ReceivedValues.Add(Pipe("Recv", channel, [sharing.Parameter], []));
            }
        }

        private ChannelId AddChannel(ChannelKind kind, ValueId value, StageId from, StageId to)
        {
            string name = _module[value].Name;
            if (!_names.Add(name) && !_names.Add(name = $"{name}@{to.Value}") && !_names.Add(name = $"{_module[value].Name}@{from.Value}-{to.Value}"))
                throw new InvalidOperationException($"two channels are called '{name}'");
            var type = _module.TensorOf(value);
            var id = new ChannelId(_channels.Count);
            _channels.Add(new ChannelDecl(id, name, kind, type.Type, type.KnownShape, type.Batch, from, to, Depth: 1));
            return id;
        }

        private Op Pipe(string type, ChannelId channel, ImmutableArray<ValueId> operands, ImmutableArray<ValueId> results) =>
            new(_builder.NextOpId(), OperatorName.Pipe(type), operands, results) { Attributes = Attributes.Empty.With("channel", channel.Value) };

        private Stage WithStep(Stage stage)
        {
            ImmutableArray<Op> ops = _steps[stage.Id].InOrder;
            var others = stage.Functions.Where(f => f.Kind != FunctionKind.Update);
            return ops.IsEmpty
                ? stage with { Functions = [.. others] }
                : stage with { Functions = [.. others, new StageBody(FunctionKind.Update, new Region(Printer.Spelling(FunctionKind.Update), [], ops, []))] };
        }
    }

    /// <summary>A stage's step: sums go to their owners before the update, new values come after it; each sends before it receives.</summary>
    private sealed class StepOps
    {
        public List<Op> SentSums { get; } = [];

        public List<Op> ReceivedSums { get; } = [];

        public List<Op> Body { get; } = [];

        public List<Op> SentValues { get; } = [];

        public List<Op> ReceivedValues { get; } = [];

        public ImmutableArray<Op> InOrder => [.. SentSums, .. ReceivedSums, .. Body, .. SentValues, .. ReceivedValues];
    }
}
