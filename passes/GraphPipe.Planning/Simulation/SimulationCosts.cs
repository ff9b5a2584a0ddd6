using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>Times of one micro-batch of a stage.</summary>
/// <param name="Backward">The whole backward.</param>
/// <param name="BackwardWeight">Its part that only makes gradients of parameters; the other part takes the rest.</param>
/// <param name="Step">The update of the stage's parameters.</param>
public sealed record StageTimes(Microseconds Forward, Microseconds Backward, Microseconds BackwardWeight, Microseconds Step);

/// <summary>Memory of a stage, from whoever knows its buffers.</summary>
/// <param name="Fixed">From load to end, and the largest temporary.</param>
/// <param name="PerMicroBatch">Held by each micro-batch in flight.</param>
public sealed record StageFootprint(Bytes Fixed, Bytes PerMicroBatch);

/// <summary>What a simulation needs to know beside the plan.</summary>
/// <param name="Stages">By <see cref="StageId"/>.</param>
public sealed record SimulationCosts(ImmutableArray<StageTimes> Stages)
{
    /// <summary>Links between the devices of the plan's mesh, by position; null if messages take no time.</summary>
    public Topology? Topology { get; init; }

    /// <summary>Size of a message; <see cref="ChannelDecl.MessageSize"/> if null.</summary>
    public Func<ChannelDecl, SampleRange, Bytes>? MessageBytes { get; init; }

    /// <summary>What every action costs beside its work.</summary>
    public Microseconds ActionOverhead { get; init; }

    /// <summary>
    /// What a message takes at either end, where devices copy messages themselves: it occupies the sender and the receiver, and no link then. Null
    /// where links of <see cref="Topology"/> move messages beside the devices' work.
    /// </summary>
    public Link? Copy { get; init; }

    /// <summary>From the end of a copied send until a device that waits for it goes on. A device that is busy when the message comes takes it without.</summary>
    public Microseconds Wake { get; init; }

    /// <summary>What a step costs beside its actions: starting the devices, and learning that they are done.</summary>
    public Microseconds StepOverhead { get; init; }

    /// <summary>Null: work takes its time to the letter.</summary>
    public Jitter? Jitter { get; init; }

    /// <summary>By <see cref="StageId"/>; empty if memory does not matter.</summary>
    public ImmutableArray<StageFootprint> Memory { get; init; } = [];

    /// <summary>By <see cref="StageId"/>: a copy of what a micro-batch saves to the host, or back; empty if copies take no time.</summary>
    public ImmutableArray<Microseconds> HostCopies { get; init; } = [];

    /// <summary>These times with a profile's overheads in place of links.</summary>
    public SimulationCosts With(ProfiledOverheads overheads) => this with
    {
        ActionOverhead = overheads.Action * overheads.Stretch,
        StepOverhead = overheads.Step * overheads.Stretch,
        Copy = overheads.Copy is { } copy ? new Link(copy.BytesPerMicrosecond / overheads.Stretch, copy.Latency * overheads.Stretch) : null,
        Wake = overheads.Wake * overheads.Stretch,
        HostCopies = [.. HostCopies.Select(c => c * overheads.Stretch)],
        Stages = [.. Stages.Select(s => new StageTimes(s.Forward * overheads.Stretch, s.Backward * overheads.Stretch, s.BackwardWeight * overheads.Stretch, s.Step * overheads.Stretch))],
    };

    /// <summary>
    /// The costs that a plan was made with: times and memory from the cost graph, links from the topology. Replicas are stages of their own, as in
    /// <see cref="PlanLowering.StagesOf"/>.
    /// </summary>
    public static SimulationCosts Of(PartitionRequest request, PipelinePlan plan)
    {
        var nodes = request.Graph.Nodes.ToDictionary(n => n.Id);
        var speeds = request.Topology.Devices.ToDictionary(d => d.Name, d => d.Speed);
        var kinds = request.Topology.Devices.ToDictionary(d => d.Name, d => d.Kind);
        StageTimes Times(PipelineStage stage)
        {
            long samples = stage.SamplesPerDevice;
            double speed = stage.Devices.Min(d => speeds[d]);
            Microseconds Sum(Func<CostNode, Microseconds> time) => new(stage.Nodes.Sum(n => time(nodes[n]).Value) / speed);
            var forward = Sum(n => n.Forward.At(samples));
            var again = stage.Recompute ? forward : default;
            return new(forward, again + Sum(n => n.Backward.At(samples)), Sum(n => (n.BackwardWeight ?? TimeTable.Zero).At(samples)), Sum(n => n.Update));
        }

        long Incoming(PipelineStage stage)
        {
            var own = stage.Nodes.ToHashSet();
            return request.Graph.Values
                .Where(v => !own.Contains(request.Graph[v.Producer].Id) && v.Consumers.Any(c => own.Contains(request.Graph[c].Id)))
                .Sum(v => v.BytesPerSample.Value);
        }

        StageFootprint Memory(PipelineStage stage)
        {
            long perSample = stage.Recompute ? Incoming(stage) : stage.Nodes.Sum(n => nodes[n].SavedPerSample.Value);
            Bytes perMicroBatch = new(perSample * stage.SamplesPerDevice);
            return new(stage.Memory - perMicroBatch * (stage.InFlight / stage.MicroBatch), perMicroBatch);
        }

        Microseconds HostCopy(PipelineStage stage) => stage.Devices.Max(d => DeviceModel.HostLinkOf(kinds[d]).Time(Memory(stage).PerMicroBatch));

        return new([.. plan.Stages.SelectMany(s => Enumerable.Repeat(Times(s), s.Devices.Length))])
        {
            Topology = request.Topology,
            Memory = [.. plan.Stages.SelectMany(s => Enumerable.Repeat(Memory(s), s.Devices.Length))],
            HostCopies = [.. plan.Stages.SelectMany(s => Enumerable.Repeat(HostCopy(s), s.Devices.Length))],
        };
    }
}
