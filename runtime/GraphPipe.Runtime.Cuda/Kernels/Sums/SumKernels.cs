using GraphPipe.Bundle;
using GraphPipe.Runtime.Cuda.Fusion;
using GraphPipe.Runtime.Cuda.Numerics;
using GraphPipe.Runtime.Elements;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>
/// g1 + g2 + … from the left: the order that the plan has fixed. Equal shapes; f32, or f16 or bf16, where every addition is rounded, as PyTorch's autograd
/// rounds it.
/// </summary>
[Kernel("grad.Sum")]
public sealed class GradSumKernel : ElementwiseKernel
{
    // Operands of a launch: a kernel's parameters have a limit.
    private const int Most = 64;

    public override ElementFunction? Function(KernelBinding binding) =>
        binding.InputCount <= Most ? FunctionOf(binding, Enumerable.Range(0, binding.InputCount)) : null;

    public override CudaCall? Bind(KernelBinding binding, LaunchBinder launches)
    {
        if (binding.InputCount <= Most)
            return base.Bind(binding, launches);
        var y = Operand.Output(0, binding);
        var all = new List<KernelLaunch>();
        for (int from = 0; from < binding.InputCount - 1; from += Most - 1)
        {
            // The sum so far takes the place of the first operand, but in the first launch.
            var operands = Enumerable.Range(from, Math.Min(Most, binding.InputCount - from));
            if (FunctionOf(binding, operands) is not { } sum || FusedLaunch.Of(sum, i => i == from && from > 0 ? y : Operand.Input(i, binding), y) is not { } launch)
                return null;
            all.Add(launches.Launch(launch));
        }

        return new LaunchCall([.. all]);
    }

    private static ElementFunction? FunctionOf(KernelBinding binding, IEnumerable<int> operands)
    {
        var type = binding.Output(0).Type;
        bool isCopy = binding.InputCount == 1;
        Delegate? function = type switch
        {
            DType.F32 => isCopy ? (Func<float, float>)ElementwiseCode.Same : (Func<float, float, float>)OfTwoFloats<Add>.Apply,
            DType.F16 => isCopy ? (Func<short, short>)ElementwiseCode.Same : (Func<short, short, short>)RoundedAdd<HalfBits>.Apply,
            DType.BF16 => isCopy ? (Func<short, short>)ElementwiseCode.Same : (Func<short, short, short>)RoundedAdd<BFloatBits>.Apply,
            _ => null,
        };
        return function is not null && binding.AllAre(type) ? ElementFunction.Of(binding, function, operands) : null;
    }

    private readonly struct RoundedAdd<TFormat>
        where TFormat : struct, IStoredFloat<short>
    {
        public static short Apply(short a, short b) => TFormat.Of(TFormat.ToSingle(a) + TFormat.ToSingle(b));
    }
}

/// <summary>The sum of dY over the dimensions along which its result was broadcast (right-aligned), f32.</summary>
[Kernel("grad.SumTo")]
public sealed class GradSumToKernel : FoldKernel
{
    public override ElementFold? Fold(KernelBinding binding)
    {
        var (from, to) = (binding.Input(0).Shape, binding.Output(0).Shape);
        ulong folded = 0;
        for (int axis = 0; axis < from.Length; axis++)
        {
            int there = axis - (from.Length - to.Length);
            if (there < 0 || (to[there] == 1 && from[axis] != 1))
                folded |= 1UL << axis;
        }

        return binding.AllAre(DType.F32) ? new ElementFold(typeof(ReduceSumKernel.Op), from, folded) : null;
    }
}

/// <summary>Zeros of the result's shape; any type.</summary>
[Kernel("grad.Zero")]
public sealed class GradZeroKernel : CudaKernel
{
    public override CudaCall? Bind(KernelBinding binding, LaunchBinder launches) => new LaunchCall(Moves.Zero(binding, launches));
}

/// <summary>acc += g in place; the first micro-batch of a step copies. f32.</summary>
[Kernel("train.Accumulate")]
public sealed class AccumulateKernel : CudaKernel
{
    public override CudaCall? Bind(KernelBinding binding, LaunchBinder launches) =>
        binding.AllAre(DType.F32)
            && InPlace(ElementFunction.Of(binding, (Func<float, float>)ElementwiseCode.Same, 1), binding, launches) is { } copy
            && InPlace(ElementFunction.Of(binding, (Func<float, float, float>)OfTwoFloats<Add>.Apply, 0, 1), binding, launches) is { } add
            ? new Call(copy, add)
            : null;

    /// <summary>A launch that writes each element after it has read it.</summary>
    internal static KernelLaunch? InPlace(ElementFunction function, KernelBinding binding, LaunchBinder launches) =>
        FusedLaunch.Of(function, i => Operand.Input(i, binding), Operand.Output(0, binding)) is { } launch ? launches.Launch(launch) : null;

    private sealed class Call(KernelLaunch copy, KernelLaunch add) : CudaCall
    {
        public override bool IsRepeatable => true;

        public override void Enqueue(in CallContext context) => (context.Run.IsFirstMicroBatch ? copy : add).Enqueue(context);
    }
}

/// <summary>acc += g in place: another stage's sum of a shared parameter. f32.</summary>
[Kernel("train.AddGradient")]
public sealed class AddGradientKernel : CudaKernel
{
    public override CudaCall? Bind(KernelBinding binding, LaunchBinder launches) =>
        binding.AllAre(DType.F32) && AccumulateKernel.InPlace(ElementFunction.Of(binding, (Func<float, float, float>)OfTwoFloats<Add>.Apply, 0, 1), binding, launches) is { } add
            ? new LaunchCall(add)
            : null;
}
