using GraphPipe.MockCuda.Memory;
using GraphPipe.MockCuda.Reports;

namespace GraphPipe.MockCuda.Execution;

/// <summary>A thread block: its warps, its shared memory, its barriers. Warps take turns; a warp's turn ends when none of its lanes can
/// go on, or after a while, so that one that spins on another's value does not spin for ever.</summary>
internal sealed class Block : IDisposable
{
    private readonly KernelLaunch _launch;
    private readonly Random _random;
    private readonly Warp[] _warps;
    private readonly Barrier[] _barriers;

    public Block(KernelLaunch launch, Random random)
    {
        _launch = launch;
        _random = random;
        Threads = (int)launch.Block.Count;
        Shared = new SharedMemory(launch.Module.SharedBytes + launch.DynamicShared);
        _warps = [.. Enumerable.Range(0, (Threads + LaneContext.WarpSize - 1) / LaneContext.WarpSize).Select(w => new Warp(launch, this, w))];
        // Sixteen barriers per block (PTX ISA 9.7.13.1).
        _barriers = [.. Enumerable.Range(0, 16).Select(id => new Barrier(id, this))];
    }

    public SharedMemory Shared { get; }

    public int Threads { get; }

    public (uint X, uint Y, uint Z) Index { get; private set; }

    /// <summary>Grows with each barrier that is passed.</summary>
    public int Epoch { get; private set; } = 1;

    public int LiveThreads => _warps.Sum(w => w.LiveCount);

    public int NextEpoch() => ++Epoch;

    /// <exception cref="KernelFaultException">The kernel can't go on.</exception>
    public void Run((uint X, uint Y, uint Z) index)
    {
        Index = index;
        Shared.Clear();
        foreach (var (offset, bytes) in _launch.Module.SharedInitial)
            Shared.Initialise(offset, bytes);
        foreach (var warp in _warps)
            warp.Start();
        int first = _random.Next(_warps.Length);
        while (true)
        {
            bool alive = false, progress = false;
            for (int k = 0; k < _warps.Length; k++)
            {
                var warp = _warps[(first + k) % _warps.Length];
                progress |= warp.Run();
                alive |= warp.LiveCount > 0;
            }
            if (!alive)
                break;
            if (!progress)
                Stalled();
        }
        foreach (var barrier in _barriers)
            barrier.CheckLeft(_launch);
    }

    public Barrier BarrierAt(int id, IPlace place) => id is >= 0 and < 16
        ? _barriers[id]
        : throw new KernelFaultException(new Report(ReportKind.BarrierDivergence, $"barrier {id} of 16", place.Where()));

    /// <summary>No lane can go on: barriers that only exited threads keep shut open where that is allowed, otherwise the block is stuck.</summary>
    private void Stalled()
    {
        if (_launch.Settings.AllowExited && _barriers.Any(b => b.TryReleaseWithoutExited()))
            return;
        var waiting = _barriers.FirstOrDefault(b => b.Waiting > 0);
        if (waiting is not null)
            throw new KernelFaultException(waiting.Divergence(_launch));
        var stuck = _warps.First(w => w.LiveCount > 0);
        throw new KernelFaultException(stuck.Divergence());
    }

    public void Dispose()
    {
        foreach (var warp in _warps)
            warp.Dispose();
        Shared.Dispose();
    }
}
