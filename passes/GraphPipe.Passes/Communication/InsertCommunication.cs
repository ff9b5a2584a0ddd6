using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Passes;

/// <summary>
/// Takes the stages apart: one forward, loss, backward and update function each, and a channel with a send and a receive for every value that
/// crosses.
/// <para>Needs level staged; gives level comm. A value crosses once per stage that reads it. Inputs, constants and parameters do not travel:
/// each stage that reads them has its own; what a step needs so that a parameter stays the same on all of them is <see cref="ShareParameters"/>'s.
/// Channels get their depths from the plan's lowering. Example: <c>%h</c> made on stage 0 and read on stage 2
/// becomes <c>pipe.Send(%h) {channel = 0}</c> there and <c>%h = pipe.Recv() {channel = 0}</c> here.</para>
/// </summary>
public sealed class InsertCommunication : IPass
{
    public string Name => "insert-communication";

    public Level From => Level.Staged;

    public Level To => Level.Comm;

    public Module Run(Module module, DiagnosticBag diagnostics) => new Builder(module).Build();

    private sealed class Builder(Module module)
    {
        private readonly List<ChannelDecl> _channels = [];
        private readonly HashSet<string> _channelNames = [];
        private readonly Dictionary<(StageId, FunctionKind), List<Op>> _receives = [];
        private readonly Dictionary<(StageId, FunctionKind), List<Op>> _sends = [];
        private readonly Dictionary<ValueId, Op> _producers = [];
        private readonly HashSet<(ValueId, StageId)> _crossed = [];
        private readonly ModuleBuilder _builder = new(module);

        public Module Build()
        {
            foreach (var op in module.Graph.Ops)
            {
                foreach (var result in op.Results.Where(r => !r.IsNone))
                    _producers[result] = op;
            }

            foreach (var op in module.Graph.Ops)
            {
                foreach (var operand in op.Operands)
                    Cross(op, operand);
            }

            var stages = module.Stages.Select(s => s with { Functions = FunctionsOf(s.Id) }).ToImmutableArray();
            return _builder.Build(Region.Empty, Level.Comm) with { Channels = [.. _channels], Stages = stages };
        }

        private static FunctionKind FunctionOf(Phase phase) => phase switch
        {
            Phase.Forward => FunctionKind.Forward,
            Phase.Loss => FunctionKind.Loss,
            Phase.Update => FunctionKind.Update,
            _ => FunctionKind.Backward,
        };

        private void Cross(Op reader, ValueId value)
        {
            if (!_producers.TryGetValue(value, out var producer) || producer.Stage == reader.Stage || !_crossed.Add((value, reader.Stage!.Value)))
                return;
            bool forward = producer.Phase is Phase.Forward or Phase.Loss;
            var kind = forward ? ChannelKind.Activation : ChannelKind.Gradient;
            var channel = AddChannel(module[value].Name, kind, value, producer.Stage!.Value, reader.Stage!.Value);
            Send(producer.Stage.Value, FunctionOf(producer.Phase), value, channel);
            Receive(reader.Stage.Value, forward ? FunctionKind.Forward : FunctionKind.Backward, value, channel);
        }

        private ChannelId AddChannel(string name, ChannelKind kind, ValueId value, StageId from, StageId to)
        {
            string unique = _channelNames.Add(name) ? name : $"{name}@{to.Value}";
            _channelNames.Add(unique);
            var type = module.TensorOf(value);
            var id = new ChannelId(_channels.Count);
            _channels.Add(new ChannelDecl(id, unique, kind, type.Type, type.KnownShape, type.Batch, from, to, Depth: 1));
            return id;
        }

        private void Send(StageId stage, FunctionKind function, ValueId value, ChannelId channel) =>
            Add(_sends, stage, function, new Op(_builder.NextOpId(), OperatorName.Pipe("Send"), [value], []) { Attributes = Attributes.Empty.With("channel", channel.Value) });

        private void Receive(StageId stage, FunctionKind function, ValueId value, ChannelId channel) =>
            Add(_receives, stage, function, new Op(_builder.NextOpId(), OperatorName.Pipe("Recv"), [], [value]) { Attributes = Attributes.Empty.With("channel", channel.Value) });

        private static void Add(Dictionary<(StageId, FunctionKind), List<Op>> lists, StageId stage, FunctionKind function, Op op)
        {
            if (!lists.TryGetValue((stage, function), out var list))
                lists.Add((stage, function), list = []);
            list.Add(op);
        }

        private ImmutableArray<StageBody> FunctionsOf(StageId stage)
        {
            var own = module.Graph.Ops.Where(op => op.Stage == stage).ToLookup(op => FunctionOf(op.Phase));
            var fed = new HashSet<ValueId>();
            var functions = ImmutableArray.CreateBuilder<StageBody>();
            foreach (var kind in new[] { FunctionKind.Forward, FunctionKind.Loss, FunctionKind.Backward, FunctionKind.Update })
            {
                var body = own[kind].Select(Plain);
                var receives = _receives.GetValueOrDefault((stage, kind)) ?? [];
                var sends = _sends.GetValueOrDefault((stage, kind)) ?? [];
                ImmutableArray<Op> ops = [.. receives, .. body, .. sends];
                if (ops.IsEmpty && kind != FunctionKind.Forward)
                    continue;
                ImmutableArray<ValueId> outputs = kind == FunctionKind.Forward
                    ? [.. module.Graph.Outputs.Where(o => IsOutputOf(stage, o)).Distinct()]
                    : kind == FunctionKind.Loss && module.Loss is { } loss && ops.Any(op => op.Results.Contains(loss.Value)) ? [loss.Value] : [];
                ImmutableArray<ValueId> inputs = [.. module.Graph.Inputs.Where(i => (outputs.Contains(i) || ops.Any(op => op.Operands.Contains(i))) && fed.Add(i))];
                functions.Add(new StageBody(kind, new Region(Printer.Spelling(kind), inputs, ops, outputs)));
            }

            return functions.ToImmutable();
        }

        // Stage, phase and origin are now said by where the op stands.
        private static Op Plain(Op op) => op with { Stage = null, Phase = Phase.Forward, Origin = OpId.None };

        // An output that no op makes is an input or a parameter: any stage that has it will do.
        private bool IsOutputOf(StageId stage, ValueId output) => stage == (_producers.TryGetValue(output, out var producer)
            ? producer.Stage!.Value
            : module.Graph.Ops.Where(op => op.Phase == Phase.Forward && op.Operands.Contains(output)).Select(op => op.Stage!.Value).DefaultIfEmpty(new StageId(0)).Min());
    }
}
