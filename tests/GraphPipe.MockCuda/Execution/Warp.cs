using System.Numerics;
using GraphPipe.MockCuda.Memory;
using GraphPipe.MockCuda.Reports;

namespace GraphPipe.MockCuda.Execution;

/// <summary>32 lanes in lock step. Lanes at one place form a group; among groups that can run, the one deepest in calls and then at the
/// lowest instruction runs, and where it meets another they merge (thread frontiers: Diamos et al., "SIMD re-convergence at thread
/// frontiers", MICRO 2011). A group that runs on while others could is put aside now and then, so that lanes that wait for each other
/// make progress as they do since compute capability 7.0.</summary>
internal sealed unsafe class Warp : IPlace, IDisposable
{
    /// <summary>Warp instructions of one turn of a group.</summary>
    private const int Turn = 4096;

    /// <summary>Instructions after which the group that has waited longest gets a turn.</summary>
    private const int Patience = 65536;

    private readonly KernelLaunch _launch;
    private readonly Block _block;
    private readonly int _index;
    private readonly List<Group> _groups = [];
    private readonly FramePool _frames;
    private long _turn;
    private int _sinceFair;
    private Instruction? _current;
    private int _lane;

    public Warp(KernelLaunch launch, Block block, int index)
    {
        _launch = launch;
        _block = block;
        _index = index;
        _frames = new FramePool(launch, block, index);
    }

    public KernelLaunch Launch => _launch;

    public Block Block => _block;

    public LocalMemory Local => _frames.Local;

    /// <summary>Lanes that have not exited.</summary>
    public uint Live { get; private set; }

    public int LiveCount => BitOperations.PopCount(Live);

    /// <summary>Grows whenever lanes of the warp synchronise.</summary>
    public int Epoch { get; private set; } = 1;

    public void Start()
    {
        int threads = Math.Min(_block.Threads - (_index * LaneContext.WarpSize), LaneContext.WarpSize);
        Live = threads == LaneContext.WarpSize ? LaneContext.Full : (1u << threads) - 1;
        _groups.Clear();
        var frame = _frames.Enter(_launch.Code, null, Live);
        _groups.Add(new Group(frame, 0, Live));
        Epoch++;
    }

    /// <summary>Runs until no lane can go on or the turn is over; false if no lane could.</summary>
    public bool Run()
    {
        bool progress = false;
        for (int left = 16; left > 0; left--)
        {
            var group = Pick();
            if (group is null)
                break;
            progress = true;
            RunGroup(group, NextMeeting(group));
        }
        return progress;
    }

    /// <summary>Marks where the next access stands.</summary>
    public void At(Instruction instruction, int lane)
    {
        _current = instruction;
        _lane = lane;
    }

    public string What => _launch.Code.Name;

    public KernelPlace? Where() => new KernelPlace(
        _launch.Code.Name, _current?.Line ?? 0, _current?.Form ?? "", _block.Index, (_index * LaneContext.WarpSize) + _lane);

    public ThreadClock Clock(int lane) => new((_index * LaneContext.WarpSize) + lane, _block.Epoch, Epoch);

    public int ThreadOf(uint mask) => (_index * LaneContext.WarpSize) + BitOperations.TrailingZeroCount(mask);

    public void Synchronised() => Epoch++;

    public void Report(ReportKind kind, string message) => _launch.Log.Add(new Report(kind, message, Where()));

    /// <summary>Why the warp is stuck at a warp-synchronous instruction.</summary>
    public Report Divergence()
    {
        var group = _groups[0];
        var instruction = group.Frame.Code.Instructions[group.Pc];
        At(instruction, BitOperations.TrailingZeroCount(group.Mask));
        return new Report(
            ReportKind.WarpDivergence, $"lanes 0x{group.Mask:x8} wait for lanes of their member mask that never come; live are 0x{Live:x8}", Where());
    }

    private Group? Pick()
    {
        Group? best = null;
        bool fair = _sinceFair > Patience;
        foreach (var g in _groups)
        {
            if (g.State != GroupState.Runnable)
                continue;
            if (best is null || (fair ? g.LastTurn < best.LastTurn : Before(g, best)))
                best = g;
        }
        if (best is null)
            return null;
        if (fair)
            _sinceFair = 0;
        Merge(best);
        best.LastTurn = ++_turn;
        return best;
    }

    private static bool Before(Group a, Group b) =>
        a.Frame.Depth > b.Frame.Depth || (a.Frame.Depth == b.Frame.Depth && a.Pc < b.Pc);

    private void Merge(Group into)
    {
        for (int k = _groups.Count - 1; k >= 0; k--)
        {
            var g = _groups[k];
            if (g != into && g.State != GroupState.AtBarrier && g.Frame == into.Frame && g.Pc == into.Pc)
            {
                into.Mask |= g.Mask;
                _groups.RemoveAt(k);
            }
        }
    }

    /// <summary>The lowest place above the group's where another group of its frame stands.</summary>
    private int NextMeeting(Group group)
    {
        int next = int.MaxValue;
        foreach (var g in _groups)
        {
            if (g != group && g.State != GroupState.AtBarrier && g.Frame == group.Frame && g.Pc > group.Pc)
                next = Math.Min(next, g.Pc);
        }
        return next;
    }

    private void RunGroup(Group group, int meeting)
    {
        var code = group.Frame.Code.Instructions;
        var context = new LaneContext { Registers = group.Frame.Registers, Warp = this, Frame = group.Frame };
        int pc = group.Pc, left = Turn;
        uint mask = group.Mask;
        int lanes = BitOperations.PopCount(mask);
        while (left > 0 && pc < meeting)
        {
            left--;
            var i = code[pc];
            uint active = mask;
            if (i.Guard != Instruction.None)
            {
                uint p = context.Predicate(i.Guard);
                active &= i.GuardNegated ? ~p : p;
            }
            if (i.Kind == InstructionKind.Lanes)
            {
                if (active != 0)
                {
                    context.Mask = active;
                    i.Handler.Code(ref context, i);
                }
                pc++;
            }
            else if (active == 0)
            {
                pc++;
            }
            else if (i.Kind == InstructionKind.Branch && active == mask)
            {
                pc = i.Target;
            }
            else
            {
                // The rest changes the groups: leave the loop with the group's state written back.
                group.Pc = pc;
                Done(Turn - left, lanes, i);
                if (active != mask)
                    Split(group, active, i.Kind == InstructionKind.Branch ? i.Target : pc);
                else
                    Control(group, i, ref context);
                return;
            }
        }
        group.Pc = pc;
        Done(Turn - left, lanes, code[Math.Min(pc, code.Length - 1)]);
    }

    private void Done(int instructions, int lanes, Instruction at)
    {
        _sinceFair = _groups.Count > 1 ? _sinceFair + instructions : 0;
        _current = at;
        _launch.Count(instructions, (long)instructions * lanes, this);
    }

    /// <summary>The active lanes go to a place of their own, the others past the instruction.</summary>
    private void Split(Group group, uint active, int place)
    {
        _groups.Add(new Group(group.Frame, place, active) { LastTurn = group.LastTurn });
        group.Mask &= ~active;
        group.Pc++;
    }

    private void Control(Group group, Instruction i, ref LaneContext context)
    {
        int first = BitOperations.TrailingZeroCount(group.Mask);
        At(i, first);
        switch (i.Kind)
        {
            case InstructionKind.Convergent:
                Converge(group, i, ref context, first);
                break;
            case InstructionKind.BranchIndexed:
                BranchIndexed(group, i);
                break;
            case InstructionKind.Call:
                group.Frame = _frames.Call(i.Callee!, group.Frame, group.Pc + 1, group.Mask, this);
                group.Pc = 0;
                break;
            case InstructionKind.Return when group.Frame.Caller is not null:
                Return(group);
                break;
            case InstructionKind.Return or InstructionKind.Exit:
                Exit(group);
                break;
            case InstructionKind.Barrier or InstructionKind.BarrierArrive:
                Arrive(group, i, first);
                break;
            default:
                throw new KernelFaultException(new Report(ReportKind.Assertion, "trap", Where()));
        }
    }

    private void Converge(Group group, Instruction i, ref LaneContext context, int first)
    {
        uint members = ((uint*)(group.Frame.Registers + i.D))[first];
        if ((members & (1u << first)) == 0)
            Report(ReportKind.WarpDivergence, $"lane {first} is not in its own member mask 0x{members:x8}");
        uint needed = members & Live;
        if ((group.Mask & needed) != needed)
        {
            group.State = GroupState.Converging;
            return;
        }
        group.State = GroupState.Runnable;
        context.Mask = group.Mask;
        i.Handler.Code(ref context, i);
        group.Pc++;
        Synchronised();
    }

    private void BranchIndexed(Group group, Instruction i)
    {
        uint* index = (uint*)(group.Frame.Registers + i.A);
        uint left = group.Mask;
        _groups.Remove(group);
        while (left != 0)
        {
            int lane = BitOperations.TrailingZeroCount(left);
            uint value = index[lane], same = 0;
            for (uint m = left; m != 0; m &= m - 1)
            {
                int other = BitOperations.TrailingZeroCount(m);
                if (index[other] == value)
                    same |= 1u << other;
            }
            if (value >= i.Targets.Length)
            {
                throw new KernelFaultException(new Report(
                    ReportKind.OutOfBounds, $"brx.idx index {value} of {i.Targets.Length} targets", Where()));
            }
            _groups.Add(new Group(group.Frame, i.Targets[value], same) { LastTurn = group.LastTurn });
            left &= ~same;
        }
    }

    private void Return(Group group)
    {
        group.Frame.Returned |= group.Mask;
        _groups.Remove(group);
        Resume(group.Frame);
    }

    private void Exit(Group group)
    {
        Live &= ~group.Mask;
        _groups.Remove(group);
        // Lanes that wait for the exited ones at a warp-synchronous instruction look again.
        foreach (var g in _groups.Where(g => g.State == GroupState.Converging))
            g.State = GroupState.Runnable;
        for (var frame = group.Frame; frame is not null;)
        {
            var caller = frame.Caller;
            frame.Entered &= ~group.Mask;
            Resume(frame);
            frame = caller;
        }
    }

    /// <summary>If all lanes of a call are back, they go on in the caller together.</summary>
    private void Resume(Frame frame)
    {
        if (frame.Returned != frame.Entered)
            return;
        if (frame.Caller is { } caller && frame.Entered != 0)
        {
            _frames.CopyResults(frame);
            _groups.Add(new Group(caller, frame.ReturnPc, frame.Entered) { LastTurn = _turn });
        }
        _frames.Leave(frame);
    }

    private void Arrive(Group group, Instruction i, int first)
    {
        uint* registers(int offset) => (uint*)(group.Frame.Registers + offset);
        int id = (int)registers(i.A)[first];
        int expected = i.B == Instruction.None ? 0 : (int)registers(i.B)[first];
        uint predicate = i.C == Instruction.None ? 0 : *registers(i.C);
        var barrier = _block.BarrierAt(id, this);
        bool wait = i.Kind == InstructionKind.Barrier;
        if (!wait)
            group.Pc++;
        barrier.Arrive(this, group, i, expected, predicate, wait);
    }

    public void Dispose() => _frames.Dispose();
}
