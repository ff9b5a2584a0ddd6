using GraphPipe.Bundle;
using GraphPipe.Runtime.Cuda.Numerics;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>The operand under another shape; a copy where the two are not the same memory. Any type.</summary>
[Kernel("Reshape")]
public sealed class ReshapeKernel : CudaKernel
{
    public override CudaCall? Bind(KernelBinding binding, LaunchBinder launches) => new LaunchCall(Moves.CopyWhole(binding, launches));
}

/// <summary>The operand broadcast to the result's shape; any type.</summary>
[Kernel("Expand")]
public sealed class ExpandKernel : CudaKernel
{
    public override CudaCall? Bind(KernelBinding binding, LaunchBinder launches)
    {
        var shape = binding.Output(0).Shape.AsSpan();
        return Moves.Bind(binding, launches, StridedMap.Create(
            shape, [StridedMap.BroadcastStrides(binding.Input(0).Shape.AsSpan(), shape.Length), StridedMap.Dense(shape)]));
    }
}

/// <summary>The axes in the order of <c>perm</c>, reversed if it is absent; any type.</summary>
[Kernel("Transpose")]
public sealed class TransposeKernel : CudaKernel
{
    public override CudaCall? Bind(KernelBinding binding, LaunchBinder launches)
    {
        var (x, y) = (binding.Input(0), binding.Output(0));
        int[] permutation = binding.Attributes.Ints("perm") is { } perm ? [.. perm.Select(p => (int)p)] : [.. Enumerable.Range(0, x.Rank).Reverse()];
        long[] strides = StridedMap.Dense(x.Shape.AsSpan());
        return Moves.Bind(binding, launches, StridedMap.Create(y.Shape.AsSpan(), [[.. permutation.Select(p => strides[p])], StridedMap.Dense(y.Shape.AsSpan())]));
    }
}

/// <summary>The operands one behind the other along <c>axis</c>; any type.</summary>
[Kernel("Concat")]
public sealed class ConcatKernel : CudaKernel
{
    public override CudaCall? Bind(KernelBinding binding, LaunchBinder launches)
    {
        var y = binding.Output(0);
        int axis = Axes.Of(binding.Attributes, y.Rank);
        var moves = new List<Move>();
        long[] starts = new long[y.Rank];
        for (int i = 0; i < binding.InputCount; i++)
        {
            moves.Add(new Move(i, 0, Moves.PutPart(binding.Input(i), y, starts, null)));
            starts[axis] += binding.Input(i).Shape[axis];
        }

        return Moves.Bind(binding, launches, moves);
    }
}

/// <summary>The operand cut along <c>axis</c> into results of the lengths that their shapes have; any type.</summary>
[Kernel("Split")]
public sealed class SplitKernel : CudaKernel
{
    public override CudaCall? Bind(KernelBinding binding, LaunchBinder launches)
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
                moves.Add(new Move(0, i, Moves.TakePart(x, starts, null, binding.Output(i))));
            starts[axis] += binding.HasOutput(i) ? binding.Output(i).Shape[axis] : lengths!.Value[i];
        }

        return Moves.Bind(binding, launches, moves);
    }
}

/// <summary>Elements start, start + step, … of each of <c>axes</c>; any type.</summary>
[Kernel("Slice")]
public sealed class SliceKernel : CudaKernel
{
    public override CudaCall? Bind(KernelBinding binding, LaunchBinder launches)
    {
        var (starts, steps) = SliceView.Of(binding.Attributes, binding.Input(0));
        return Moves.Bind(binding, launches, Moves.TakePart(binding.Input(0), starts, steps, binding.Output(0)));
    }
}

/// <summary>dY where the slice took its elements from, zeros elsewhere.</summary>
[Kernel("grad.Slice")]
public sealed class SliceGradientKernel : CudaKernel
{
    public override CudaCall? Bind(KernelBinding binding, LaunchBinder launches)
    {
        var (starts, steps) = SliceView.Of(binding.Attributes, binding.Output(0));
        return Moves.Bind(binding, launches, Moves.PutPart(binding.Input(0), binding.Output(0), starts, steps), fill: 0);
    }
}

/// <summary>The operand repeated along every axis; any type. <c>repeats</c> follows from the shapes.</summary>
[Kernel("Tile")]
public sealed class TileKernel : CudaKernel
{
    public override CudaCall? Bind(KernelBinding binding, LaunchBinder launches)
    {
        // Both as [repeats, axis, repeats, axis, …]: the operand stands still along every other axis.
        var (x, y) = (binding.Input(0), binding.Output(0));
        long[] dense = StridedMap.Dense(x.Shape.AsSpan()), target = StridedMap.Dense(y.Shape.AsSpan());
        long[] dims = new long[2 * x.Rank], from = new long[dims.Length], to = new long[dims.Length];
        for (int axis = 0; axis < x.Rank; axis++)
        {
            long length = x.Shape[axis];
            (dims[2 * axis], from[2 * axis], to[2 * axis]) = (length == 0 ? 0 : y.Shape[axis] / length, 0, target[axis] * length);
            (dims[2 * axis + 1], from[2 * axis + 1], to[2 * axis + 1]) = (length, dense[axis], target[axis]);
        }

        return Moves.Bind(binding, launches, StridedMap.Create(dims, [from, to]));
    }
}

/// <summary>The sum of dY over the repetitions; f32.</summary>
[Kernel("grad.Tile")]
public sealed class TileGradientKernel : FoldKernel
{
    public override ElementFold? Fold(KernelBinding binding)
    {
        // dY as [repeats, axis, repeats, axis, …], of which every other is summed.
        var (dy, dx) = (binding.Input(0), binding.Output(0));
        long[] shape = new long[2 * dx.Rank];
        ulong summed = 0;
        for (int axis = 0; axis < dx.Rank; axis++)
        {
            long length = dx.Shape[axis];
            (shape[2 * axis], shape[2 * axis + 1]) = (length == 0 ? 0 : dy.Shape[axis] / length, length);
            summed |= 1UL << (2 * axis);
        }

        return binding.AllAre(DType.F32) ? new ElementFold(typeof(ReduceSumKernel.Op), [.. shape], summed) : null;
    }
}
