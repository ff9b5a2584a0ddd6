using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Passes;

/// <summary>
/// Takes the stages apart: one forward, loss, backward and update function each, and a channel with a send and a receive for every value that
/// crosses.
/// <para>Needs level staged; gives level comm. A value crosses once per stage that reads it. Inputs, constants and parameters do not travel:
/// each stage that reads them has its own; but a trained parameter used on several stages is updated by its owner, which sends the new value
/// to the others at the step. Channels get their depths from the plan's lowering. Example: <c>%h</c> made on stage 0 and read on stage 2
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
        private readonly Dictionary<ValueId, ValueId> _received = [];
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

            ShareParameters();
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
            Receive(reader.Stage.Value, forward ? FunctionKind.Forward : FunctionKind.Backward, [], [value], channel);
        }

        // Gradients of shared parameters to the owner, new values back.
        private void ShareParameters()
        {
            var accumulators = module.Graph.Ops.Where(op => op.Is("train", "Accumulate")).ToDictionary(op => op.Operands[0], op => op.Stage!.Value);
            foreach (var op in module.Graph.Ops.Where(op => op.Is("train", "AddGradient")))
            {
                var (accumulator, from) = (op.Operands[1], accumulators[op.Operands[1]]);
                if (from == op.Stage)
                    continue;
                var channel = AddChannel(module[accumulator].Name, ChannelKind.ParameterGradient, accumulator, from, op.Stage!.Value);
                var received = _builder.AddValue(module[accumulator].Name + ".received", module[accumulator].Type);
                _received.Add(accumulator, received);
                Send(from, FunctionKind.Update, accumulator, channel);
                Receive(op.Stage.Value, FunctionKind.Update, [], [received], channel);
            }

            foreach (var parameter in module.Parameters.Where(p => p.Role == ParameterRole.Trained))
            {
                var update = module.Graph.Ops.FirstOrDefault(op => op.Phase == Phase.Update && op.Operands[0] == parameter.Value);
                if (update is null)
                    continue;
                var readers = module.Graph.Ops.Where(op => op.Phase != Phase.Update && op.Operands.Contains(parameter.Value)).Select(op => op.Stage!.Value).Distinct().Order();
                foreach (var reader in readers.Where(r => r != update.Stage))
                {
                    var channel = AddChannel(module[parameter.Value].Name, ChannelKind.ParameterValue, parameter.Value, update.Stage!.Value, reader);
                    Send(update.Stage.Value, FunctionKind.Update, parameter.Value, channel);
                    Receive(reader, FunctionKind.Update, [parameter.Value], [], channel);
                }
            }
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

        private void Receive(StageId stage, FunctionKind function, ImmutableArray<ValueId> into, ImmutableArray<ValueId> results, ChannelId channel) =>
            Add(_receives, stage, function, new Op(_builder.NextOpId(), OperatorName.Pipe("Recv"), into, results) { Attributes = Attributes.Empty.With("channel", channel.Value) });

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
                // At the step gradients of shared parameters go to the owner before the update, new values back after it; else values come first and go last.
                ImmutableArray<Op> ops = kind == FunctionKind.Update
                    ? [.. Of(sends, ChannelKind.ParameterGradient), .. Of(receives, ChannelKind.ParameterGradient), .. body, .. Of(sends, ChannelKind.ParameterValue), .. Of(receives, ChannelKind.ParameterValue)]
                    : [.. receives, .. body, .. sends];
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

        private IEnumerable<Op> Of(IEnumerable<Op> ends, ChannelKind kind) => ends.Where(op => _channels[(int)op.Attributes.Int("channel", 0)].Kind == kind);

        // Ops as they stand on a stage: other accumulators come by channel. Stage, phase and origin are now said by where the op stands.
        private Op Plain(Op op) => op with
        {
            Operands = op.Is("train", "AddGradient") ? [op.Operands[0], _received.GetValueOrDefault(op.Operands[1], op.Operands[1])] : op.Operands,
            Stage = null,
            Phase = Phase.Forward,
            Origin = OpId.None,
        };

        // An output that no op makes is an input or a parameter: any stage that has it will do.
        private bool IsOutputOf(StageId stage, ValueId output) => stage == (_producers.TryGetValue(output, out var producer)
            ? producer.Stage!.Value
            : module.Graph.Ops.Where(op => op.Phase == Phase.Forward && op.Operands.Contains(output)).Select(op => op.Stage!.Value).DefaultIfEmpty(new StageId(0)).Min());
    }
}
