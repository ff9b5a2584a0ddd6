using System.Collections.Immutable;

namespace GraphPipe.Bundle;

/// <summary>The memory of one device, to the byte.</summary>
/// <param name="Persistent">Parameters, constants, optimizer state, gradient sums.</param>
/// <param name="Slots">Buffers of micro-batches in flight, of all stages of the device, and versions of weights other than the newest.</param>
/// <param name="Temporary">Temporaries of the function that needs most.</param>
/// <param name="Channels">Messages of the channels that end here.</param>
/// <param name="Scratch">The kernels' own working memory, <see cref="MemoryPlan.ScratchPerThread"/> for each thread.</param>
public sealed record DeviceMemory(DeviceId Device, Bytes Persistent, Bytes Slots, Bytes Temporary, Bytes Channels, Bytes Scratch)
{
    /// <summary>Host memory for what is offloaded from the device; no part of <see cref="Total"/>.</summary>
    public Bytes Host { get; init; }

    public Bytes Total => Persistent + Slots + Temporary + Channels + Scratch;
}

/// <summary>
/// All memory that a plan's stage programs need, and the place of every buffer in it: computed from sizes and the order of actions alone. The
/// compiler proves and predicts with it, the runtime allocates by it, so prediction and measurement agree to the byte. It also
/// holds for shortened lists of actions (<see cref="ActionFilter"/>).
/// </summary>
public sealed class MemoryPlan
{
    /// <summary>Working memory of kernels per device thread: packed panels of a matrix product and the like.</summary>
    public static readonly Bytes ScratchPerThread = new(2 << 20);

    private MemoryPlan(ImmutableArray<DeviceMemory> devices, ImmutableArray<StageMemory> stages, ImmutableArray<Bytes> messages)
    {
        Devices = devices;
        Stages = stages;
        Messages = messages;
    }

    /// <summary>By <see cref="DeviceId"/>.</summary>
    public ImmutableArray<DeviceMemory> Devices { get; }

    /// <summary>By <see cref="StageId"/>.</summary>
    public ImmutableArray<StageMemory> Stages { get; }

    /// <summary>By <see cref="ChannelId"/>: aligned bytes of the channel's largest message.</summary>
    public ImmutableArray<Bytes> Messages { get; }

    public DeviceMemory this[DeviceId id] => Devices[id.Value];

    public StageMemory this[StageId id] => Stages[id.Value];

    /// <param name="plan">With the full lists of actions.</param>
    /// <param name="programs">The program of every stage, in any order.</param>
    /// <param name="threadsPerDevice">Threads of each device, for the scratch memory.</param>
    /// <exception cref="InvalidOperationException">A program is malformed: a bug of whoever emitted it.</exception>
    public static MemoryPlan Compute(ExecutionPlan plan, IReadOnlyList<StageProgram> programs, int threadsPerDevice = 1)
    {
        var byStage = programs.ToDictionary(p => p.Id);
        var messages = plan.Channels.Select(c => MessageSize(plan, c)).ToImmutableArray();
        var stages = new StageMemory[plan.Stages.Length];
        var devices = ImmutableArray.CreateBuilder<DeviceMemory>(plan.Mesh.Count);
        for (int d = 0; d < plan.Mesh.Count; d++)
        {
            var device = new DeviceId(d);
            var actions = plan.Devices.FirstOrDefault(a => a.Device == device)?.Actions ?? [];
            Bytes persistent = Bytes.Zero, slots = Bytes.Zero, temporary = Bytes.Zero, host = Bytes.Zero;
            foreach (var stage in plan.StagesOn(device))
            {
                var memory = StageMemory.Compute(byStage[stage.Id], stage, actions, plan.Channels, ref persistent, ref slots, ref host);
                stages[stage.Id.Value] = memory;
                temporary = Bytes.Max(temporary, memory.Temporary);
            }

            var channels = plan.Channels.Where(c => plan.DeviceOf(c.To) == device).Aggregate(Bytes.Zero, (sum, c) => sum + messages[c.Id.Value] * c.Depth);
            devices.Add(new DeviceMemory(device, persistent, slots, temporary, channels, ScratchPerThread * threadsPerDevice) { Host = host });
        }

        return new MemoryPlan(devices.MoveToImmutable(), [.. stages], messages);
    }

    private static Bytes MessageSize(ExecutionPlan plan, ChannelDecl channel)
    {
        long samples = 0;
        foreach (var device in plan.Devices)
        {
            foreach (var action in device.Actions)
            {
                if (action.Kind == ActionKind.Send && action.Channel == channel.Id)
                    samples = Math.Max(samples, action.Range.Count);
            }
        }

        return channel.MessageSize(samples).Aligned();
    }
}
