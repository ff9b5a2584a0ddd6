using GraphPipe.Bundle;
using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>A copy from an operand to a result.</summary>
internal readonly record struct Move(int Input, int Output, CopyPlan Plan);

/// <summary>A bound kernel that only moves elements, of any type: copies, perhaps over a result that is filled first.</summary>
internal sealed unsafe class MoveCall : CpuCall
{
    private readonly int _elementSize;
    private readonly Move[] _moves;

    private MoveCall(int elementSize, Move[] moves) => (_elementSize, _moves) = (elementSize, moves);

    /// <summary>Written to the whole of result 0 before the copies; null if they cover it.</summary>
    public Filling? Fill { get; init; }

    /// <returns>Null for types that have no whole number of bytes per element, or more than eight.</returns>
    public static MoveCall? Of(DType type, Move[] moves, Filling? fill = null) =>
        type.Bits() is 8 or 16 or 32 or 64 ? new MoveCall(type.Bits() / 8, moves) { Fill = fill } : null;

    /// <summary>One operand, one result.</summary>
    public static MoveCall? Of(DType type, CopyPlan plan, Filling? fill = null) => Of(type, [new Move(0, 0, plan)], fill);

    public override void Run(in KernelContext context)
    {
        Fill?.Run(context.Output(0));
        foreach (ref readonly var move in _moves.AsSpan())
        {
            var body = new Body { Plan = move.Plan, ElementSize = _elementSize, Source = context.Input(move.Input), Target = context.Output(move.Output) };
            if (body.Target != null)
                context.For(move.Plan.Units, Grain.Of(ElementsOfUnit(move.Plan)), ref body);
        }
    }

    private static long ElementsOfUnit(in CopyPlan plan)
    {
        long count = 1;
        for (int axis = 0; axis < plan.Rank; axis++)
            count *= plan.Dims[axis];
        return count / Math.Max(1, plan.Units);
    }

    private struct Body : IRangeBody
    {
        public CopyPlan Plan;
        public int ElementSize;
        public byte* Source;
        public byte* Target;

        public readonly void Run(long from, long to, int worker) => Numerics.StridedCopy.Run(Plan, ElementSize, Source, Target, from, to);
    }
}
