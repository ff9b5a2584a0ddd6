using GraphPipe.Bundle;
using GraphPipe.Runtime.Cpu.Kernels;

namespace GraphPipe.Runtime.Cpu;

/// <summary>
/// Elementwise calls that run as one (<see cref="FusedCalls"/>): a block of elements goes through all of them before the next one begins, and a value
/// that only they read has room for a block alone, which stays in the cache. Each call computes what it computes by itself, so the bits are the same.
/// </summary>
internal sealed unsafe class FusedCall : CpuCall
{
    // Elements: long enough that the calls of a block do not count, short enough that the second cache holds a few of them.
    private const int Block = 4096;

    // The widest element.
    private const int RoomBytes = Block * sizeof(long);

    private readonly Step[] _steps;
    private readonly int _operands;

    private FusedCall(Step[] steps, int operands)
    {
        _steps = steps;
        _operands = operands;
    }

    /// <param name="fused">Which calls of the function.</param>
    /// <param name="bound">All of the function's calls.</param>
    /// <returns>Null if there is one alone, one of them is not made element by element here, or not all are of one size.</returns>
    public static FusedCall? Of(FusedCalls fused, StageProgram program, StageFunction function, IReadOnlyList<CpuCall> bound)
    {
        var rooms = new Dictionary<BufferId, int>();
        var steps = new List<Step>();
        int operands = 0;
        foreach (int position in fused.Calls)
        {
            var call = function.Calls[position];
            if (bound[position] is not ElementwiseCall elementwise || (steps.Count > 0 && elementwise.Count != steps[0].Call.Count))
                return null;
            if (fused.Inner.Contains(program.Root(call.Outputs[0])))
                rooms.TryAdd(program.Root(call.Outputs[0]), rooms.Count);
            steps.Add(new Step(elementwise, [.. call.Inputs.Concat(call.Outputs).Select(b => PlaceOf(b, program, rooms))], call.Inputs.Length));
            operands += call.Inputs.Length + call.Outputs.Length;
        }

        return steps.Count > 1 && rooms.Count * RoomBytes <= MemoryPlan.ScratchPerThread.Value ? new FusedCall([.. steps], operands) : null;
    }

    public override void Run(in KernelContext context)
    {
        var body = new Body { Call = this, Inputs = context.Inputs, Outputs = context.Outputs, Scratch = context.Scratch(0) };
        context.For(_steps[0].Call.Count, Grain.Elements, ref body);
    }

    private void Run(byte** inputs, byte** outputs, byte* scratch, long from, long to)
    {
        byte** operands = stackalloc byte*[_operands];
        for (long start = from; start < to; start += Block)
        {
            long end = Math.Min(to, start + Block);
            byte** next = operands;
            byte** input = inputs, output = outputs;
            foreach (ref readonly var step in _steps.AsSpan())
            {
                for (int i = 0; i < step.Places.Length; i++)
                {
                    var place = step.Places[i];
                    byte* own = i < step.Inputs ? *input++ : *output++;
                    // Where element start of the value would lie, if its block lay where it belongs.
                    next[i] = place.Room < 0 ? own : scratch + place.Room * RoomBytes - start * place.Size;
                }

                step.Call.Run(next, next + step.Inputs, start, end);
                next += step.Places.Length;
            }
        }
    }

    private static Place PlaceOf(BufferId buffer, StageProgram program, Dictionary<BufferId, int> rooms) => buffer.IsNone
        ? new Place(-1, 0)
        : new Place(rooms.GetValueOrDefault(program.Root(buffer), -1), program[buffer].Type.Bits() / 8);

    private struct Body : IRangeBody
    {
        public FusedCall Call;
        public byte** Inputs;
        public byte** Outputs;
        public byte* Scratch;

        public readonly void Run(long from, long to, int worker) => Call.Run(Inputs, Outputs, Scratch + worker * MemoryPlan.ScratchPerThread.Value, from, to);
    }

    /// <param name="Room">The room for a block of it in scratch memory; -1 for what lies in memory of its own.</param>
    /// <param name="Size">Bytes of an element.</param>
    private readonly record struct Place(int Room, int Size);

    /// <param name="Places">Of the operands, then the result.</param>
    private readonly record struct Step(ElementwiseCall Call, Place[] Places, int Inputs);
}
