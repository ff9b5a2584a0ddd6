using GraphPipe.Bundle;
using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>The operand repeated along every axis; any type. <c>repeats</c> follows from the shapes.</summary>
[Kernel("Tile")]
public sealed class TileKernel : CpuKernel
{
    public override CpuCall? Bind(KernelBinding binding)
    {
        var (x, y) = (binding.Input(0), binding.Output(0));
        return MoveCall.Of(x.Type, CopyPlan.Tile(x.Shape.AsSpan(), Repeats.Of(binding.Attributes, x, y)));
    }
}

/// <summary>The sum of dY over the repetitions; f32.</summary>
[Kernel("grad.Tile")]
public sealed unsafe class TileGradientKernel : CpuKernel
{
    public override CpuCall? Bind(KernelBinding binding)
    {
        if (!binding.AllAre(DType.F32))
            return null;

        // dY as [repeats, axis, repeats, axis, …], of which every other is summed.
        var dx = binding.Output(0);
        long[] repeats = Repeats.Of(binding.Attributes, dx, binding.Input(0)), shape = new long[2 * dx.Rank];
        ulong summed = 0;
        for (int axis = 0; axis < dx.Rank; axis++)
        {
            (shape[2 * axis], shape[2 * axis + 1]) = (repeats[axis], dx.Shape[axis]);
            summed |= 1UL << (2 * axis);
        }

        return new Call(ReductionPlan.Create(shape, summed));
    }

    private sealed class Call(ReductionPlan plan) : CpuCall
    {
        public override void Run(in KernelContext context)
        {
            var body = new Body { Plan = plan, Dy = context.Input<float>(0), Dx = context.Output<float>(0) };
            context.For(plan.Outputs, Grain.Of(plan.Count), ref body);
        }
    }

    private struct Body : IRangeBody
    {
        public ReductionPlan Plan;
        public float* Dy;
        public float* Dx;

        public readonly void Run(long from, long to, int worker) => ReductionLoops.Run<ReduceSum>(Plan, Dy, Dx, from, to);
    }
}

/// <summary>The attribute <c>repeats</c>.</summary>
internal static class Repeats
{
    public static long[] Of(Attributes attributes, OperandType whole, OperandType tiled) =>
        attributes.Ints("repeats") is { } repeats ? [.. repeats] : [.. whole.Shape.Zip(tiled.Shape, (w, t) => w == 0 ? 1 : t / w)];
}
