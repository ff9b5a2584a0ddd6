using GraphPipe.Bundle;

namespace GraphPipe.Runtime;

/// <summary>A stage on its device: its memory, and its functions bound once for each micro-batch size.</summary>
/// <param name="arenas">The device's memory.</param>
internal sealed class StageInstance(StageProgram program, PlannedStage stage, StageMemory memory, IDevice device, StageArenas arenas, int clockedRuns)
{
    private static readonly int Lives = Enum.GetValues<BufferLife>().Length;

    private readonly Dictionary<long, IBoundFunction?[]> _bound = [];
    private readonly Dictionary<(int MicroBatch, bool IsReturned, int Version), nint[]> _bases = [];
    private readonly List<CallClock> _clocks = [];

    public StageProgram Program => program;

    public PlannedStage Stage => stage;

    public IDevice Device => device;

    /// <summary>Of every function bound so far, if calls are to be timed.</summary>
    public IReadOnlyList<CallClock> Clocks => _clocks;

    /// <summary>Binds all functions at a micro-batch size, unless that was done before.</summary>
    public void BindAt(long samples, DiagnosticBag diagnostics)
    {
        if (_bound.ContainsKey(samples))
            return;
        var functions = new IBoundFunction?[Enum.GetValues<FunctionKind>().Length];
        foreach (var function in program.Functions)
        {
            var clock = clockedRuns > 0 && function.Calls.Length > 0 ? new CallClock(program.Id, function, samples, clockedRuns) : null;
            functions[(int)function.Kind] = device.Bind(new FunctionBinding(program, function, memory, samples) { Clock = clock }, diagnostics);
            if (clock is not null)
                _clocks.Add(clock);
        }

        _bound.Add(samples, functions);
    }

    /// <summary>A function of the stage at a size that has been bound; null if the stage has none of that kind.</summary>
    public IBoundFunction? Function(FunctionKind kind, long samples) => _bound[samples][(int)kind];

    /// <summary>The versions of the weights.</summary>
    public WeightStash Stash => memory.Stash;

    /// <summary>Where a version of the weights starts.</summary>
    /// <param name="slot">Of <see cref="Stash"/>, or <see cref="WeightStash.Home"/>.</param>
    public nint WeightsAt(int slot) => slot == WeightStash.Home ? arenas.Persistent + (nint)Stash.HomeOffset.Value : arenas.Slots + (nint)(Stash.Offset + Stash.VersionSize * slot).Value;

    /// <summary>The addresses from which the offsets of each life count for a micro-batch; the same array each time.</summary>
    /// <param name="isReturned">Whether its saved values have been on the host, and may be in other slots since.</param>
    /// <param name="version">The slot of the weights, of <see cref="Stash"/>.</param>
    public nint[] BasesOf(MicroBatch microBatch, bool isReturned, int version = WeightStash.Home)
    {
        if (_bases.TryGetValue((microBatch.Index, isReturned, version), out nint[]? bases))
            return bases;
        bases = new nint[Lives];
        bases[(int)BufferLife.Weights] = WeightsAt(version);
        bases[(int)BufferLife.Persistent] = arenas.Persistent;
        bases[(int)BufferLife.Temporary] = arenas.Temporary;
        foreach (var ring in memory.Rings)
        {
            int slot = ring.SlotAt(microBatch, isReturned);
            if (slot >= 0)
                bases[(int)ring.Life] = arenas.Slots + (nint)(ring.Offset + ring.SlotSize * slot).Value;
        }

        _bases.Add((microBatch.Index, isReturned, version), bases);
        return bases;
    }

    /// <summary>What OFFLOAD (or, with <paramref name="isReturned"/>, RELOAD) copies: the micro-batch's slots of the saved lives and their places on the host.</summary>
    public SavedBlock[] SavedBlocks(MicroBatch microBatch, bool isReturned)
    {
        nint host = arenas.Host + (nint)(memory.Host.Offset + memory.Host.SlotSize * memory.Host.SlotOf[microBatch.Index]).Value;
        var blocks = new List<SavedBlock>();
        foreach (var ring in SlotRing.SavedLives.Select(memory.Ring).Where(r => r.SlotSize > Bytes.Zero))
        {
            blocks.Add(new SavedBlock(BasesOf(microBatch, isReturned)[(int)ring.Life], host, ring.SlotSize));
            host += (nint)ring.SlotSize.Value;
        }

        return [.. blocks];
    }

    /// <summary>Says what a function reads and writes.</summary>
    /// <param name="bases">Of <see cref="BasesOf"/>.</param>
    public void Touch(Footprint footprint, FunctionKind kind, long samples, nint[] bases)
    {
        if (program.Function(kind) is not { } function)
            return;

        // Optimizers write their state through operands.
        var states = program.Parameters.SelectMany(p => p.States).Select(s => program.Root(s.Buffer)).ToHashSet();
        foreach (var call in function.Calls)
        {
            foreach (var buffer in call.Inputs.Where(b => !b.IsNone))
                Add(buffer, isWritten: kind == FunctionKind.Update && states.Contains(program.Root(buffer)));
            foreach (var buffer in call.Outputs.Where(b => !b.IsNone))
                Add(buffer, isWritten: true);
        }

        void Add(BufferId buffer, bool isWritten)
        {
            var place = memory.PlaceOf(buffer, kind);
            if (place.Life == BufferLife.Temporary)
                return;
            nint address = bases[(int)place.Life] + (nint)place.Offset;
            long bytes = program[buffer].Size(samples).Value;
            if (isWritten)
                footprint.Write(address, bytes);
            else
                footprint.Read(address, bytes);
        }
    }

    /// <summary>The newest weights are copied to a slot of <see cref="Stash"/>.</summary>
    public void TouchCopyOfWeights(Footprint footprint, int slot)
    {
        footprint.Read(WeightsAt(WeightStash.Home), Stash.VersionSize.Value);
        footprint.Write(WeightsAt(slot), Stash.VersionSize.Value);
    }

    /// <summary>The address of a buffer that is no temporary.</summary>
    public nint AddressOf(BufferId buffer, MicroBatch microBatch, bool isReturned = false) => AddressOf(memory.PlaceOf(buffer), microBatch, isReturned);

    /// <summary>The address of any buffer during a function.</summary>
    public nint AddressOf(BufferId buffer, MicroBatch microBatch, FunctionKind function) => AddressOf(memory.PlaceOf(buffer, function), microBatch, isReturned: false);

    private nint AddressOf(BufferPlace place, MicroBatch microBatch, bool isReturned) => BasesOf(microBatch, isReturned)[(int)place.Life] + (nint)place.Offset;
}

/// <summary>Where a device's memory begins, part by part.</summary>
internal readonly record struct StageArenas(nint Persistent, nint Slots, nint Temporary, nint Host);
