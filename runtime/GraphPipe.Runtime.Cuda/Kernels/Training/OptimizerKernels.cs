using System.Globalization;
using GraphPipe.Runtime.Cuda.Numerics;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>One step of torch.optim.SGD (dampening 0) in place, f32 (the parameter also f16 and bf16, rounded once); the state <c>momentum</c> is the third operand.</summary>
[Kernel("train.Sgd")]
public sealed class SgdKernel : CudaKernel
{
    public override CudaCall? Bind(KernelBinding binding, LaunchBinder launches)
    {
        if (StoredParameter.Code(binding, OptimizerCode.Sgd<float, SingleFloat>, OptimizerCode.Sgd<short, HalfBits>, OptimizerCode.Sgd<short, BFloatBits>) is not { } code)
            return null;
        var a = binding.Attributes;
        var n = new SgdNumbers
        {
            Count = (int)binding.Output(0).Count,
            Rate = a.Float("learning_rate", 0.01f),
            Momentum = a.Float("momentum", 0),
            Decay = a.Float("weight_decay", 0),
            Nesterov = (int)a.Int("nesterov", 0),
        };
        if (n.Momentum != 0 && !binding.HasInput(2))
            throw new InvalidOperationException($"{binding} has momentum, but no state");
        return new LaunchCall(launches.Launch(
            code, LaunchShape.Over(n.Count), n, Operand.Output(0, binding), Operand.Input(1, binding), n.Momentum == 0 ? Operand.Scratch(0) : Operand.Input(2, binding)));
    }
}

/// <summary>One step of torch.optim.Adam: weight decay is part of the gradient.</summary>
[Kernel("train.Adam")]
public sealed class AdamKernel() : AdamStepKernel(decoupled: false, weightDecay: 0);

/// <summary>One step of torch.optim.AdamW: weight decay shrinks the parameter.</summary>
[Kernel("train.AdamW")]
public sealed class AdamWKernel() : AdamStepKernel(decoupled: true, weightDecay: 0.01f);

/// <summary>
/// A step (p, g, m, v) in place, f32 (p also f16 and bf16, rounded once), with the states <c>exp_avg</c> and <c>exp_avg_sq</c>; bias correction from the number of the step.
/// Defaults are torch's.
/// </summary>
public abstract class AdamStepKernel(bool decoupled, float weightDecay) : CudaKernel
{
    public override CudaCall? Bind(KernelBinding binding, LaunchBinder launches)
    {
        if (StoredParameter.Code(binding, OptimizerCode.Adam<float, SingleFloat>, OptimizerCode.Adam<short, HalfBits>, OptimizerCode.Adam<short, BFloatBits>) is not { } code)
            return null;
        var a = binding.Attributes;
        double rate = AsWritten(a.Float("learning_rate", 1e-3f)), decay = AsWritten(a.Float("weight_decay", weightDecay));
        double beta1 = AsWritten(a.Float("beta1", 0.9f)), beta2 = AsWritten(a.Float("beta2", 0.999f));
        var n = new AdamNumbers
        {
            Count = (int)binding.Output(0).Count,
            Decoupled = decoupled ? 1 : 0,
            Shrink = (float)(1 - rate * decay),
            Decay = (float)decay,
            Weight1 = (float)(1 - beta1),
            Beta2 = (float)beta2,
            Weight2 = (float)(1 - beta2),
            Epsilon = (float)AsWritten(a.Float("epsilon", 1e-8f)),
        };
        return new Call(
            launches.Launch(
                code, LaunchShape.Over(n.Count), n, Operand.Output(0, binding), Operand.Input(1, binding), Operand.Input(2, binding), Operand.Input(3, binding)),
            rate, beta1, beta2);
    }

    /// <summary>The double that the shortest decimal of a float means. torch computes 1 - 0.999 from it, where 1 - 0.999f is off by 1e-5.</summary>
    internal static double AsWritten(float value) => double.Parse(value.ToString("R", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    private sealed class Call(KernelLaunch launch, double rate, double beta1, double beta2) : CudaCall
    {
        public override void Enqueue(in CallContext context)
        {
            ref var n = ref launch.Numbers<AdamNumbers>();
            n.StepSize = (float)(-rate / (1 - Math.Pow(beta1, context.Run.Step)));
            n.Root = (float)Math.Sqrt(1 - Math.Pow(beta2, context.Run.Step));
            launch.Enqueue(context);
        }
    }
}

/// <summary>
/// Moves (p, m, v) some updates ahead in place, f32 (p also f16 and bf16, rounded once): what Adam would make of p if its moments stayed as they are. Before the first update there is no direction, and p stays.
/// </summary>
[Kernel("train.PredictAdam")]
public sealed class PredictAdamKernel : CudaKernel
{
    public override CudaCall? Bind(KernelBinding binding, LaunchBinder launches)
    {
        if (StoredParameter.Code(binding, OptimizerCode.Predict<float, SingleFloat>, OptimizerCode.Predict<short, HalfBits>, OptimizerCode.Predict<short, BFloatBits>) is not { } code)
            return null;
        var a = binding.Attributes;
        var n = new AdamNumbers { Count = (int)binding.Output(0).Count, Epsilon = (float)AdamStepKernel.AsWritten(a.Float("epsilon", 1e-8f)) };
        return new Call(
            launches.Launch(code, LaunchShape.Over(n.Count), n, Operand.Output(0, binding), Operand.Input(1, binding), Operand.Input(2, binding)),
            AdamStepKernel.AsWritten(a.Float("learning_rate", 1e-3f)),
            AdamStepKernel.AsWritten(a.Float("beta1", 0.9f)),
            AdamStepKernel.AsWritten(a.Float("beta2", 0.999f)));
    }

    private sealed class Call(KernelLaunch launch, double rate, double beta1, double beta2) : CudaCall
    {
        public override void Enqueue(in CallContext context)
        {
            if (context.Run.Step == 0)
                return;
            ref var n = ref launch.Numbers<AdamNumbers>();
            n.StepSize = (float)(-rate * context.Run.Ahead / (1 - Math.Pow(beta1, context.Run.Step)));
            n.Root = (float)Math.Sqrt(1 - Math.Pow(beta2, context.Run.Step));
            launch.Enqueue(context);
        }
    }
}
