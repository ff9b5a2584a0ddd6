using System.Collections.Immutable;

namespace GraphPipe.Bundle;

/// <summary>A buffer's place: an offset in the memory of its life (of the slot, where the life has slots).</summary>
public readonly record struct BufferPlace(BufferLife Life, long Offset);

/// <summary>Where every buffer of a stage lies.</summary>
public sealed class StageMemory
{
    private readonly StageProgram _program;
    private readonly ImmutableArray<long> _offsets;
    private readonly ImmutableArray<FunctionMemory> _functions;

    private StageMemory(StageProgram program, ImmutableArray<long> offsets, ImmutableArray<SlotRing> rings, HostSlots host, WeightStash stash, ImmutableArray<FunctionMemory> functions)
    {
        _program = program;
        _offsets = offsets;
        Rings = rings;
        Host = host;
        Stash = stash;
        _functions = functions;
    }

    public StageId Stage => _program.Id;

    /// <summary>The slots of each life that has slots.</summary>
    public ImmutableArray<SlotRing> Rings { get; }

    /// <summary>The slots on the host; none where nothing is offloaded.</summary>
    public HostSlots Host { get; }

    /// <summary>The versions of the weights.</summary>
    public WeightStash Stash { get; }

    /// <summary>Temporary memory of the function that needs most.</summary>
    public Bytes Temporary => _functions.Aggregate(Bytes.Zero, (most, f) => Bytes.Max(most, f.Size));

    public FunctionMemory this[FunctionKind kind] => _functions.First(f => f.Kind == kind);

    public SlotRing Ring(BufferLife life) => Rings.First(r => r.Life == life);

    /// <summary>The place of a buffer that is no temporary. Persistent ones: in the device's persistent memory; weights: in a version.</summary>
    public BufferPlace PlaceOf(BufferId buffer)
    {
        var root = _program.Root(buffer);
        var life = _program[root].Life;
        return life == BufferLife.Temporary
            ? throw new InvalidOperationException($"{_program.Name}: '{_program[buffer].Name}' has a place only within a function")
            : new BufferPlace(life, _offsets[root.Value]);
    }

    /// <summary>The place of any buffer during a function.</summary>
    public BufferPlace PlaceOf(BufferId buffer, FunctionKind function)
    {
        var root = _program.Root(buffer);
        return _program[root].Life == BufferLife.Temporary
            ? new BufferPlace(BufferLife.Temporary, this[function].OffsetOf(root))
            : PlaceOf(buffer);
    }

    /// <summary>Places the stage behind the stages of the same device that came before it.</summary>
    /// <param name="persistent">In and out: persistent bytes of the device so far.</param>
    /// <param name="slots">In and out: bytes of slots of the device so far.</param>
    /// <param name="host">In and out: bytes of host slots of the device so far.</param>
    internal static StageMemory Compute(
        StageProgram program, PlannedStage stage, ImmutableArray<PlanAction> actions, ImmutableArray<ChannelDecl> channels, ref Bytes persistent, ref Bytes slots, ref Bytes host)
    {
        CheckLives(program, channels);
        long[] offsets = new long[program.Buffers.Length];
        persistent = Place(program, BufferLife.Persistent, stage.MicroBatch, persistent, offsets);
        var home = persistent;
        var version = Place(program, BufferLife.Weights, stage.MicroBatch, Bytes.Zero, offsets);
        persistent += version;
        var rings = ImmutableArray.CreateBuilder<SlotRing>(SlotRing.Lives.Length);
        foreach (var life in SlotRing.Lives)
        {
            var slotSize = Place(program, life, stage.MicroBatch, Bytes.Zero, offsets);
            var ring = SlotRing.Compute(life, stage, slotSize, slots, actions, channels);
            slots += ring.Size;
            rings.Add(ring);
        }

        var saved = rings.Where(r => SlotRing.SavedLives.Contains(r.Life)).Aggregate(Bytes.Zero, (sum, r) => sum + r.SlotSize);
        var away = HostSlots.Compute(program.Id, saved, host, actions);
        host += away.Size;
        var stash = WeightStash.Compute(program.Id, home, slots, version, actions);
        slots += stash.Size;
        return new StageMemory(
            program, [.. offsets], rings.MoveToImmutable(), away, stash, [.. program.Functions.Select(f => FunctionMemory.Compute(program, f, stage.MicroBatch))]);
    }

    private static Bytes Place(StageProgram program, BufferLife life, long samples, Bytes from, long[] offsets)
    {
        for (int i = 0; i < program.Buffers.Length; i++)
        {
            var buffer = program.Buffers[i];
            if (buffer.Life != life || !buffer.AliasOf.IsNone)
                continue;
            offsets[i] = from.Value;
            from += buffer.Size(samples).Aligned();
        }

        return from;
    }

    // A port or a feed whose memory is not held at the time of its action would be overwritten by others: a bug of the emitter.
    private static void CheckLives(StageProgram program, ImmutableArray<ChannelDecl> channels)
    {
        foreach (var port in program.Ports)
        {
            var channel = channels[port.Channel.Value];
            var life = program[program.Root(port.Buffer)].Life;
            bool held = life is BufferLife.Persistent or BufferLife.Weights || channel.Kind switch
            {
                ChannelKind.Activation => life is BufferLife.Activation or BufferLife.InputActivation or BufferLife.ForwardEdge,
                ChannelKind.Gradient => life is BufferLife.BackwardEdge or BufferLife.WeightEdge,
                _ => false,
            };
            if (!held)
                throw new InvalidOperationException($"{program.Name}: '{program[port.Buffer].Name}' of {channel.Kind} channel '{channel.Name}' must not be {life}");
        }

        foreach (var feed in program.Feeds)
        {
            var life = program[program.Root(feed.Buffer)].Life;
            bool IsReadIn(params ReadOnlySpan<FunctionKind> kinds)
            {
                foreach (var kind in kinds)
                {
                    if (program.Function(kind)?.Calls.Any(c => c.Inputs.Any(i => !i.IsNone && program.Root(i) == program.Root(feed.Buffer))) ?? false)
                        return true;
                }

                return false;
            }

            bool dies = life is BufferLife.BackwardEdge or BufferLife.WeightEdge
                || (life is not (BufferLife.Activation or BufferLife.Persistent) && IsReadIn(FunctionKind.Backward, FunctionKind.BackwardWeight))
                || (life is not (BufferLife.Activation or BufferLife.InputActivation or BufferLife.Persistent) && IsReadIn(FunctionKind.BackwardInput));
            if (dies)
                throw new InvalidOperationException($"{program.Name}: '{feed.Name}' is filled at FORWARD and must live until it is read");
        }
    }
}
