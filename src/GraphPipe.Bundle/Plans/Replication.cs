using System.Collections.Immutable;
using System.Globalization;

namespace GraphPipe.Bundle;

/// <summary>
/// How the stages of a partition become stages that run: one for each replica, next to each other, in the order of the partition; and a channel
/// between two stages one for each pair of replicas that share samples.
/// </summary>
public sealed class Replication
{
    private readonly ImmutableArray<(StageId First, long MicroBatch, int Replicas, int Turn)> _stages;

    /// <param name="stages">
    /// For each stage the samples of its micro-batch, over all replicas; the number of replicas, which divides it unless they take turns; and <see cref="Replica.Turn"/>.
    /// </param>
    public Replication(IEnumerable<(long MicroBatch, int Replicas, int Turn)> stages)
    {
        var list = ImmutableArray.CreateBuilder<(StageId, long, int, int)>();
        int first = 0;
        foreach (var (microBatch, replicas, turn) in stages)
        {
            if (replicas < 1 || (turn == 0 && microBatch % replicas != 0))
                throw new ArgumentException($"{replicas} replicas do not divide a micro-batch of {microBatch} samples", nameof(stages));
            list.Add((new StageId(first), microBatch, replicas, turn));
            first += replicas;
        }

        _stages = list.ToImmutable();
    }

    /// <summary>True if no stage has replicas.</summary>
    public bool IsTrivial => _stages.All(s => s.Replicas == 1);

    public int ReplicasOf(StageId stage) => _stages[stage.Value].Replicas;

    /// <summary>The stage that runs as a replica.</summary>
    public StageId StageOf(StageId stage, int replica) => new(_stages[stage.Value].First.Value + replica);

    public StageSamples SamplesOf(StageId stage, int index)
    {
        var (_, microBatch, replicas, turn) = _stages[stage.Value];
        var replica = new Replica(index, replicas, turn);
        return new(replica.PartOf(microBatch), replica);
    }

    /// <summary>A name for a replica: the stage's, and the number behind it where there are several.</summary>
    public string NameOf(string stage, StageId id, int replica) =>
        ReplicasOf(id) == 1 ? stage : string.Create(CultureInfo.InvariantCulture, $"{stage}.{replica}");

    /// <summary>The channels between replicas; for each the channel between stages that it is a part of.</summary>
    /// <param name="channels">Channels of values and gradients, between the partition's stages.</param>
    public ImmutableArray<(ChannelDecl Piece, ChannelId Of)> Split(ImmutableArray<ChannelDecl> channels)
    {
        var pieces = ImmutableArray.CreateBuilder<(ChannelDecl, ChannelId)>();
        foreach (var channel in channels)
        {
            bool isOne = ReplicasOf(channel.From) == 1 && ReplicasOf(channel.To) == 1;
            for (int from = 0; from < ReplicasOf(channel.From); from++)
            {
                for (int to = 0; to < ReplicasOf(channel.To); to++)
                {
                    if (!SamplesOf(channel.From, from).Meets(SamplesOf(channel.To, to)))
                        continue;
                    string name = isOne ? channel.Name : string.Create(CultureInfo.InvariantCulture, $"{channel.Name}.{from}-{to}");
                    pieces.Add((channel with { Id = new ChannelId(pieces.Count), Name = name, From = StageOf(channel.From, from), To = StageOf(channel.To, to) }, channel.Id));
                }
            }
        }

        return pieces.ToImmutable();
    }
}
