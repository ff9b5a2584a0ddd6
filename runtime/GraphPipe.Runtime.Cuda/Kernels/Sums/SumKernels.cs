using GraphPipe.Bundle;
using GraphPipe.Runtime.Cuda.Numerics;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>
/// g1 + g2 + … from the left: the order that the plan has fixed. Equal shapes; f32, or f16 or bf16, where every addition is rounded, as PyTorch's autograd
/// rounds it.
/// </summary>
[Kernel("grad.Sum")]
public sealed class GradSumKernel : CudaKernel
{
    public override CudaCall? Bind(KernelBinding binding, LaunchBinder launches)
    {
        var type = binding.Output(0).Type;
        Delegate? add = type switch
        {
            DType.F32 => ElementwiseCode.Binary<float, AddKernel.Op>,
            DType.F16 => ElementwiseCode.Binary<short, RoundedAdd<HalfBits>>,
            DType.BF16 => ElementwiseCode.Binary<short, RoundedAdd<BFloatBits>>,
            _ => null,
        };
        if (add is null || !binding.AllAre(type))
            return null;
        long count = binding.Output(0).Count;
        var y = Operand.Output(0, binding);
        if (binding.InputCount == 1)
            return Moves.CopyWhole(binding, launches) is { } copy ? new LaunchCall(copy) : null;
        return new LaunchCall([.. Enumerable.Range(1, binding.InputCount - 1).Select(i => launches.Launch(
            add, LaunchShape.Over(count), Flat(count), i == 1 ? Operand.Input(0, binding) : y, Operand.Input(i, binding), y))]);
    }

    private readonly struct RoundedAdd<TFormat> : IBinary<short>
        where TFormat : struct, IStoredFloat<short>
    {
        public static short Apply(short a, short b) => TFormat.Of(TFormat.ToSingle(a) + TFormat.ToSingle(b));
    }

    /// <summary>All operands element by element.</summary>
    internal static StridedMap Flat(long count) => StridedMap.Create([count], [[1], [1], [1]])!.Value;
}

/// <summary>The sum of dY over the dimensions along which its result was broadcast (right-aligned), f32.</summary>
[Kernel("grad.SumTo")]
public sealed class GradSumToKernel : CudaKernel
{
    public override CudaCall? Bind(KernelBinding binding, LaunchBinder launches)
    {
        var (from, to) = (binding.Input(0).Shape, binding.Output(0).Shape);
        ulong folded = 0;
        for (int axis = 0; axis < from.Length; axis++)
        {
            int there = axis - (from.Length - to.Length);
            if (there < 0 || (to[there] == 1 && from[axis] != 1))
                folded |= 1UL << axis;
        }

        return binding.AllAre(DType.F32) ? Reductions.Bind<ReduceSumKernel.Op>(binding, launches, from.AsSpan(), folded) : null;
    }
}

/// <summary>Zeros of the result's shape; any type.</summary>
[Kernel("grad.Zero")]
public sealed class GradZeroKernel : CudaKernel
{
    public override CudaCall? Bind(KernelBinding binding, LaunchBinder launches) => Moves.Fill(binding, launches, 0) is { } zeros ? new LaunchCall(zeros) : null;
}

/// <summary>acc += g in place; the first micro-batch of a step copies. f32.</summary>
[Kernel("train.Accumulate")]
public sealed class AccumulateKernel : CudaKernel
{
    public override CudaCall? Bind(KernelBinding binding, LaunchBinder launches)
    {
        if (!binding.AllAre(DType.F32))
            return null;
        long count = binding.Output(0).Count;
        var shape = LaunchShape.Over(count);
        var (acc, g) = (Operand.Output(0, binding), Operand.Input(1, binding));
        return new Call(
            launches.Launch(MovementCode.Copy<float>, shape, GradSumKernel.Flat(count), g, acc),
            launches.Launch(ElementwiseCode.Binary<float, AddKernel.Op>, shape, GradSumKernel.Flat(count), Operand.Input(0, binding), g, acc));
    }

    private sealed class Call(KernelLaunch copy, KernelLaunch add) : CudaCall
    {
        public override void Enqueue(in CallContext context) => (context.Run.IsFirstMicroBatch ? copy : add).Enqueue(context);
    }
}

/// <summary>acc += g in place: another stage's sum of a shared parameter. f32.</summary>
[Kernel("train.AddGradient")]
public sealed class AddGradientKernel : CudaKernel
{
    public override CudaCall? Bind(KernelBinding binding, LaunchBinder launches)
    {
        long count = binding.Output(0).Count;
        return binding.AllAre(DType.F32)
            ? new LaunchCall(launches.Launch(
                ElementwiseCode.Binary<float, AddKernel.Op>, LaunchShape.Over(count), GradSumKernel.Flat(count), Operand.Input(0, binding), Operand.Input(1, binding), Operand.Output(0, binding)))
            : null;
    }
}
