using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Runtime;

/// <summary>Opens the devices of a plan and lays out their memory as <see cref="MemoryPlan"/> says.</summary>
internal sealed class PipelineMemory : IDisposable
{
    private PipelineMemory(MemoryPlan plan, ImmutableArray<IDevice> devices, ImmutableArray<StageInstance> stages, ImmutableArray<MessageQueue> queues, ImmutableArray<Sequence> bells)
    {
        Plan = plan;
        Devices = devices;
        Stages = stages;
        Queues = queues;
        Bells = bells;
    }

    public MemoryPlan Plan { get; }

    /// <summary>By <see cref="DeviceId"/>.</summary>
    public ImmutableArray<IDevice> Devices { get; }

    /// <summary>By <see cref="StageId"/>.</summary>
    public ImmutableArray<StageInstance> Stages { get; }

    /// <summary>By <see cref="ChannelId"/>.</summary>
    public ImmutableArray<MessageQueue> Queues { get; }

    /// <summary>By <see cref="DeviceId"/>: raised when a channel of the device has changed, where devices take what is ready.</summary>
    public ImmutableArray<Sequence> Bells { get; }

    /// <summary>By <see cref="DeviceId"/>: its queues to and from the host; null for a device that copies nothing.</summary>
    public required ImmutableArray<DeviceCopies?> Copies { get; init; }

    /// <param name="dispatch">How devices take their actions.</param>
    /// <param name="clockedRuns">Runs of each function whose calls are timed.</param>
    /// <exception cref="DiagnosticException">GP6008: devices of the plan that this machine does not have.</exception>
    public static PipelineMemory Open(ExecutionPlan plan, IReadOnlyList<StageProgram> programs, IReadOnlyList<IDeviceProvider> providers, Dispatch dispatch, int clockedRuns)
    {
        var choice = Choose(plan.Mesh, providers);
        var memory = MemoryPlan.Compute(plan, programs, choice.Length == 0 ? 1 : choice.Max(p => p.ThreadsPerDevice(plan.Mesh.Count)));
        var devices = new List<IDevice>();
        try
        {
            for (int d = 0; d < plan.Mesh.Count; d++)
                devices.Add(choice[d].Open(plan.Mesh.Devices[d], plan.Mesh.Count));
            return Place(plan, programs, memory, [.. devices], dispatch, clockedRuns);
        }
        catch
        {
            devices.ForEach(d => d.Dispose());
            throw;
        }
    }

    /// <summary>Ends the threads of all queues of copies.</summary>
    /// <returns>False if one does not end in time: its memory must stay.</returns>
    public bool StopCopies(TimeSpan timeout)
    {
        bool stopped = true;
        foreach (var queue in Copies.SelectMany(c => c?.Queues ?? []))
            stopped &= queue.Stop(timeout);
        return stopped;
    }

    /// <summary>Only once no thread works in the memory.</summary>
    public void Dispose()
    {
        foreach (var device in Devices)
            device.Dispose();
    }

    private static ImmutableArray<IDeviceProvider> Choose(DeviceMesh mesh, IReadOnlyList<IDeviceProvider> providers)
    {
        var diagnostics = new DiagnosticBag();
        var choice = ImmutableArray.CreateBuilder<IDeviceProvider>();
        foreach (var name in mesh.Devices)
        {
            if (providers.FirstOrDefault(p => p.Provides(name)) is { } provider)
                choice.Add(provider);
            else
                diagnostics.Add(Diagnostic.Error(Codes.DevicesMissing, $"this machine has no device {name}", advice: "compile for devices that it has, e.g. --devices cpu:4"));
        }

        // Devices copy into each other's memory, which two kinds can't.
        if (choice.Distinct().Skip(1).Any())
            diagnostics.Add(Diagnostic.Error(Codes.DevicesMissing, $"devices of different kinds can't share a pipeline: {mesh}", advice: "compile for devices of one kind"));
        diagnostics.ThrowIfErrors();
        return choice.ToImmutable();
    }

    private static PipelineMemory Place(ExecutionPlan plan, IReadOnlyList<StageProgram> programs, MemoryPlan memory, ImmutableArray<IDevice> devices, Dispatch dispatch, int clockedRuns)
    {
        var stages = new StageInstance[plan.Stages.Length];
        foreach (var need in memory.Devices)
        {
            var device = devices[need.Device.Value];
            var arenas = new StageArenas(device.Allocate(need.Persistent), device.Allocate(need.Slots), device.Allocate(need.Temporary), device.AllocateHost(need.Host));
            foreach (var stage in plan.StagesOn(need.Device))
                stages[stage.Id.Value] = new StageInstance(programs.First(p => p.Id == stage.Id), stage, memory[stage.Id], device, arenas, clockedRuns);
        }

        ImmutableArray<Sequence> bells = [.. devices.Select(_ => new Sequence())];
        Sequence? BellOf(StageId stage) => dispatch == Dispatch.Ready ? bells[plan.DeviceOf(stage).Value] : null;
        var queues = plan.Channels.Select(c =>
        {
            var message = memory.Messages[c.Id.Value];
            var receiver = devices[plan.DeviceOf(c.To).Value];
            return new MessageQueue(c, receiver.Allocate(message * c.Depth), message, BellOf(c.From), BellOf(c.To));
        });
        // Threads for copies only where there are any, and where the device has no queues of its own.
        var copies = plan.Devices.ToDictionary(d => d.Device, d => d.Actions.Count(a => a.IsCopy));
        return new PipelineMemory(memory, devices, [.. stages], [.. queues], bells)
        {
            Copies = [.. devices.Select((d, i) => !d.IsAsynchronous && copies.GetValueOrDefault(new DeviceId(i)) is > 0 and int most ? new DeviceCopies(new DeviceId(i), d, bells[i], most) : null)],
        };
    }
}
