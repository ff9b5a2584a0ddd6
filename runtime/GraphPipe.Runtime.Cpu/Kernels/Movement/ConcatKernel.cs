using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>The operands one behind the other along <c>axis</c>; any type.</summary>
[Kernel("Concat")]
public sealed class ConcatKernel : CpuKernel
{
    public override CpuCall? Bind(KernelBinding binding)
    {
        var y = binding.Output(0);
        int axis = Axes.Of(binding.Attributes, y.Rank);
        var moves = new Move[binding.InputCount];
        long[] starts = new long[y.Rank];
        for (int i = 0; i < moves.Length; i++)
        {
            var x = binding.Input(i);
            moves[i] = new Move(i, 0, CopyPlan.Into(y.Shape.AsSpan(), starts, default, x.Shape.AsSpan()));
            starts[axis] += x.Shape[axis];
        }

        return MoveCall.Of(y.Type, moves);
    }
}
