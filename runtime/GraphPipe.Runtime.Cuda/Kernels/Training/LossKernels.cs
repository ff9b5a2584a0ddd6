using GraphPipe.Bundle;
using GraphPipe.Runtime.Cuda.Numerics;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>−scale·Σ log softmax(logits)[target], f32; positions whose target is <c>ignore_index</c> count for nothing.</summary>
[Kernel("train.LossCrossEntropy")]
public sealed class LossCrossEntropyKernel : CudaKernel
{
    public override CudaCall? Bind(KernelBinding binding, LaunchBinder launches)
    {
        if (LossCalls.Numbers(binding, launches) is not { } n)
            return null;
        int groups = Math.Min(n.Positions, LossCode.MostGroups);
        return new LaunchCall(
            launches.Launch(LossCode.CrossEntropy, new LaunchShape(groups, GroupFold.Threads), n, Operand.Input(0, binding), Operand.Input(1, binding), Operand.Scratch(groups), Operand.Fault),
            LossCalls.Total(binding, launches, groups));
    }
}

/// <summary>(softmax(logits) − onehot(target))·scale, 0 where the target is <c>ignore_index</c>; f32.</summary>
[Kernel("grad.LossCrossEntropy")]
public sealed class LossCrossEntropyGradientKernel : CudaKernel
{
    public override CudaCall? Bind(KernelBinding binding, LaunchBinder launches) => LossCalls.Numbers(binding, launches) is { } n
        ? new LaunchCall(launches.Launch(
            LossCode.CrossEntropyGradient,
            new LaunchShape(n.Positions, GroupFold.Threads),
            n,
            Operand.Input(0, binding), Operand.Input(1, binding), Operand.Input(2, binding), Operand.Output(0, binding), Operand.Fault))
        : null;
}

/// <summary>scale·Σ (y − t)², f32.</summary>
[Kernel("train.LossMse")]
public sealed class LossMseKernel : CudaKernel
{
    public override CudaCall? Bind(KernelBinding binding, LaunchBinder launches)
    {
        if (!binding.AllAre(DType.F32))
            return null;
        int count = (int)binding.Input(0).Count, groups = Math.Min((count + 1023) / 1024, LossCode.MostGroups);
        return new LaunchCall(
            launches.Launch(
                LossCode.SquaredError, new LaunchShape(groups, GroupFold.Threads), new CountNumbers { Count = count }, Operand.Input(0, binding), Operand.Input(1, binding), Operand.Scratch(groups)),
            LossCalls.Total(binding, launches, groups));
    }
}

/// <summary>2·scale·(y − t), f32.</summary>
[Kernel("grad.LossMse")]
public sealed class LossMseGradientKernel : CudaKernel
{
    public override CudaCall? Bind(KernelBinding binding, LaunchBinder launches)
    {
        int count = (int)binding.Input(0).Count;
        return binding.AllAre(DType.F32)
            ? new LaunchCall(launches.Launch(
                LossCode.SquaredErrorGradient,
                LaunchShape.Over(count),
                new CountNumbers { Count = count },
                Operand.Input(0, binding), Operand.Input(1, binding), Operand.Input(2, binding), Operand.Output(0, binding)))
            : null;
    }
}

/// <summary>What losses have in common.</summary>
internal static class LossCalls
{
    /// <returns>Null for other types than f32 logits and i64 targets.</returns>
    public static CrossEntropyNumbers? Numbers(KernelBinding binding, LaunchBinder launches)
    {
        var (logits, targets) = (binding.Input(0), binding.Input(1));
        if (logits.Type != DType.F32 || targets.Type != DType.I64 || binding.Output(0).Type != DType.F32 || logits.Rank < 2)
            return null;
        return new CrossEntropyNumbers
        {
            Positions = (int)targets.Count,
            Classes = (int)logits.Shape[1],
            Inner = (int)logits.CountOf(2, logits.Rank),
            Ignore = binding.Attributes.Int("ignore_index", -100),
            Fault = launches.Fault("target {0} is not one of {1} classes", logits.Shape[1]),
        };
    }

    /// <summary>The launch that adds <paramref name="groups"/> partial sums up.</summary>
    public static KernelLaunch Total(KernelBinding binding, LaunchBinder launches, int groups) => launches.Launch(
        LossCode.Total, new LaunchShape(1, GroupFold.Threads), new CountNumbers { Count = groups }, Operand.Scratch(groups), Operand.Input(2, binding), Operand.Output(0, binding));
}
