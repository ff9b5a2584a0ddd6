using System.Numerics;
using GraphPipe.MockCuda.Reports;

namespace GraphPipe.MockCuda.Execution;

/// <summary>What bar.red computes over the threads that arrive.</summary>
internal enum BarrierReduction
{
    None,
    Count,
    And,
    Or,
}

/// <summary>One of a block's named barriers (PTX ISA 9.7.13.1). Threads count one by one, as since compute capability 7.0.</summary>
internal sealed unsafe class Barrier(int id, Block block)
{
    private readonly List<(Warp Warp, Group Group, Instruction Instruction)> _waiting = [];
    private int _arrived;
    private int _count;
    private bool _all = true;
    private bool _any;

    /// <summary>Threads that wait here.</summary>
    public int Waiting => _waiting.Sum(w => BitOperations.PopCount(w.Group.Mask));

    /// <summary>Lanes of a group arrive.</summary>
    /// <param name="expected">Threads that take part; 0 for all of the block.</param>
    /// <param name="predicate">What the lanes bring to bar.red.</param>
    /// <param name="wait">False for bar.arrive.</param>
    public void Arrive(Warp warp, Group group, Instruction instruction, int expected, uint predicate, bool wait)
    {
        var apart = _waiting.FirstOrDefault(w => w.Warp == warp && w.Instruction != instruction);
        if (apart.Warp is not null)
        {
            warp.Report(ReportKind.BarrierDivergence,
                $"lanes of one warp reach barrier {id} at different places, ptx lines {apart.Instruction.Line} and {instruction.Line}");
        }
        int lanes = BitOperations.PopCount(group.Mask);
        int yes = BitOperations.PopCount(group.Mask & predicate);
        _arrived += lanes;
        _count += yes;
        _all &= yes == lanes;
        _any |= yes > 0;
        if (wait)
        {
            group.State = GroupState.AtBarrier;
            _waiting.Add((warp, group, instruction));
        }
        if (_arrived >= (expected > 0 ? expected : block.Threads))
            Release();
    }

    /// <summary>Opens the barrier if all threads that are still alive wait here.</summary>
    public bool TryReleaseWithoutExited()
    {
        if (_waiting.Count == 0 || _arrived != block.LiveThreads)
            return false;
        Release();
        return true;
    }

    public Report Divergence(KernelLaunch launch)
    {
        var (warp, group, instruction) = _waiting[0];
        int waiting = Waiting, exited = block.Threads - block.LiveThreads;
        return new Report(
            ReportKind.BarrierDivergence,
            $"{waiting} of {block.Threads} threads wait at barrier {id} for ever: {exited} have exited, "
            + $"{block.LiveThreads - waiting} wait elsewhere",
            new KernelPlace(launch.Code.Name, instruction.Line, instruction.Form, block.Index, warp.ThreadOf(group.Mask)));
    }

    /// <summary>At the end of a block: arrivals that nobody waited for.</summary>
    public void CheckLeft(KernelLaunch launch)
    {
        if (_arrived > 0)
        {
            launch.Log.Add(new Report(
                ReportKind.BarrierDivergence, $"{_arrived} threads arrived at barrier {id} and the block ended before it opened",
                new KernelPlace(launch.Code.Name, launch.Code.Instructions[^1].Line, "bar.arrive", block.Index, 0)));
        }
        Reset();
    }

    private void Release()
    {
        block.NextEpoch();
        foreach (var (_, group, instruction) in _waiting)
        {
            WriteResult(group, instruction);
            group.State = GroupState.Runnable;
            group.Pc++;
        }
        Reset();
    }

    private void WriteResult(Group group, Instruction instruction)
    {
        var reduction = (BarrierReduction)instruction.Immediate;
        if (reduction == BarrierReduction.None)
            return;
        byte* register = group.Frame.Registers + instruction.Dst;
        if (reduction == BarrierReduction.Count)
        {
            for (uint m = group.Mask; m != 0; m &= m - 1)
                ((uint*)register)[BitOperations.TrailingZeroCount(m)] = (uint)_count;
            return;
        }
        uint bits = (reduction == BarrierReduction.And ? _all : _any) ? group.Mask : 0;
        *(uint*)register = (*(uint*)register & ~group.Mask) | bits;
    }

    private void Reset()
    {
        _waiting.Clear();
        _arrived = 0;
        _count = 0;
        _all = true;
        _any = false;
    }
}
