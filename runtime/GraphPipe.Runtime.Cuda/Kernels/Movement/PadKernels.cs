using GraphPipe.Bundle;
using GraphPipe.Runtime.Cuda.Numerics;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>
/// The operand with <c>pads</c> elements more (or fewer, if negative) before and behind every axis: <c>value</c> or zero, or what <c>mode</c>
/// <c>edge</c>, <c>reflect</c> or <c>wrap</c> finds inside. Elements of 1, 2, 4 or 8 bytes.
/// </summary>
[Kernel("Pad")]
public sealed class PadKernel : CudaKernel
{
    public override CudaCall? Bind(KernelBinding binding, LaunchBinder launches)
    {
        var (x, y) = (binding.Input(0), binding.Output(0));
        if (PaddedAxis.All(binding.Attributes, x) is not { } axes)
            return null;
        var copies = PaddedAxis.Views(axes, x, y).Select(v => new Move(0, 0, StridedMap.Create(v.Dims, [v.SourceStrides, v.TargetStrides], v.SourceOffset, v.TargetOffset)));
        return Moves.Bind(binding, launches, copies, PaddedAxis.IsConstant(binding.Attributes) ? binding.Attributes.Float("value", 0) : null);
    }
}

/// <summary>The part of dY that came from each element, summed where a mode took it several times, view by view; f32.</summary>
[Kernel("grad.Pad")]
public sealed class PadGradientKernel : CudaKernel
{
    public override CudaCall? Bind(KernelBinding binding, LaunchBinder launches)
    {
        var (dy, dx) = (binding.Input(0), binding.Output(0));
        if (!binding.AllAre(DType.F32) || PaddedAxis.All(binding.Attributes, dx) is not { } axes || Moves.Fill(binding, launches, 0) is not { } zeros)
            return null;
        var all = new List<KernelLaunch> { zeros };
        foreach (var view in PaddedAxis.Views(axes, dx, dy))
        {
            if (Walks(view) is not { } n)
                return null;
            all.Add(launches.Launch(MovementCode.AddBack, LaunchShape.Over(n.Kept.Count), n, Operand.Input(0, binding), Operand.Output(0, binding)));
        }

        return new LaunchCall([.. all]);
    }

    // Along an axis on which the view stands still it has read one element again and again.
    private static ReductionNumbers? Walks(PadView view)
    {
        int[] repeated = [.. Enumerable.Range(0, view.Dims.Length).Where(i => view.SourceStrides[i] == 0)], moving = [.. Enumerable.Range(0, view.Dims.Length).Except(repeated)];
        return StridedMap.Create(
                [.. moving.Select(i => view.Dims[i])], [[.. moving.Select(i => view.TargetStrides[i])], [.. moving.Select(i => view.SourceStrides[i])]], view.TargetOffset, view.SourceOffset) is { } kept
            && StridedMap.Create([.. repeated.Select(i => view.Dims[i])], [[.. repeated.Select(i => view.TargetStrides[i])]]) is { } folded
            ? new ReductionNumbers { Kept = kept, Folded = folded } : null;
    }
}
