using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Passes;

/// <summary>
/// Makes every stage with several devices into one stage per device, with the same functions on its part of every micro-batch, or on the micro-batches that are its turn.
/// <para>Needs and gives level comm. A channel becomes one channel for each pair of replicas that share samples: a value is sent once on each
/// of them, and received from each of them into its own part of the same buffer. Afterwards nothing knows about replicas but
/// <see cref="ShareParameters"/>, which keeps their parameters equal, and whoever asks which samples a micro-batch has
/// (<see cref="Stage.Samples"/>). Example: <c>pipe.Send(%h) {channel = 0}</c> to a stage on two devices becomes
/// <c>pipe.Send(%h) {channel = 0}</c>, <c>pipe.Send(%h) {channel = 1}</c>.</para>
/// </summary>
/// <param name="devices">For each stage its devices.</param>
public sealed class Replicate(ImmutableArray<StageDevices> devices) : IPass
{
    public string Name => "replicate";

    public Level From => Level.Comm;

    public Level To => Level.Comm;

    public Module Run(Module module, DiagnosticBag diagnostics)
    {
        var replication = new Replication(module.Stages.Select(s => (s.MicroBatch, devices[s.Id.Value].Devices.Length, devices[s.Id.Value].Turn)));
        if (replication.IsTrivial)
            return module;
        var builder = new ModuleBuilder(module);
        var channels = replication.Split(module.Channels);
        var piecesOf = channels.ToLookup(c => c.Of, c => c.Piece);
        var stages = ImmutableArray.CreateBuilder<Stage>();
        foreach (var stage in module.Stages)
        {
            for (int r = 0; r < replication.ReplicasOf(stage.Id); r++)
            {
                var id = replication.StageOf(stage.Id, r);
                var samples = replication.SamplesOf(stage.Id, r);
                var functions = stage.Functions.Select(f => f with { Body = f.Body with { Ops = [.. f.Body.Ops.SelectMany(op => OnReplica(op, id))] } });
                stages.Add(new Stage(
                    id, replication.NameOf(stage.Name, stage.Id, r), devices[stage.Id.Value].Devices[r], samples.MicroBatch, samples.Replica.PartOf(stage.InFlight), [.. functions])
                {
                    Replica = samples.Replica,
                });
            }
        }

        return builder.Build(module.Graph, Level.Comm) with { Channels = [.. channels.Select(c => c.Piece)], Stages = stages.ToImmutable() };

        IEnumerable<Op> OnReplica(Op op, StageId stage)
        {
            if (op.Name.Domain != "pipe")
                return [op with { Id = builder.NextOpId() }];
            bool isSend = op.Name.Type == "Send";
            var pieces = piecesOf[new ChannelId((int)op.Attributes.Int("channel", 0))].Where(c => (isSend ? c.From : c.To) == stage);
            // The first receive makes the value, the others write their samples of it.
            return pieces.Select((piece, i) => op with
            {
                Id = builder.NextOpId(),
                Operands = isSend || i == 0 ? op.Operands : op.Results,
                Results = isSend || i > 0 ? [] : op.Results,
                Attributes = op.Attributes.With("channel", piece.Id.Value),
            });
        }
    }
}
