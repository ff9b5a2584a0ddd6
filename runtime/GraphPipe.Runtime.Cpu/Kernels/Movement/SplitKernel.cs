using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>The operand cut along <c>axis</c> into results of the lengths that their shapes have; any type.</summary>
[Kernel("Split")]
public sealed class SplitKernel : CpuKernel
{
    public override CpuCall? Bind(KernelBinding binding)
    {
        var x = binding.Input(0);
        int axis = Axes.Of(binding.Attributes, x.Rank);
        var lengths = binding.Attributes.Ints("split");
        var moves = new List<Move>();
        long[] starts = new long[x.Rank];
        for (int i = 0; i < binding.OutputCount; i++)
        {
            // The length of a part that nobody reads is known from the attribute alone.
            if (!binding.HasOutput(i) && lengths is null)
                return null;
            if (binding.HasOutput(i))
                moves.Add(new Move(0, i, CopyPlan.Slice(x.Shape.AsSpan(), starts, default, binding.Output(i).Shape.AsSpan())));
            starts[axis] += binding.HasOutput(i) ? binding.Output(i).Shape[axis] : lengths!.Value[i];
        }

        return MoveCall.Of(x.Type, [.. moves]);
    }
}
