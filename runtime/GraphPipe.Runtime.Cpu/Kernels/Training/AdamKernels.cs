using System.Globalization;
using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

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
public abstract unsafe class AdamStepKernel(bool decoupled, float weightDecay) : CpuKernel
{
    public override CpuCall? Bind(KernelBinding binding)
    {
        if (StoredParameter.Of(binding) is not { } parameter)
            return null;
        var a = binding.Attributes;
        return new Call(binding.Output(0).Count, new Body
        {
            Parameter = parameter,
            Rate = AsWritten(a.Float("learning_rate", 1e-3f)),
            Beta1 = AsWritten(a.Float("beta1", 0.9f)),
            Beta2 = AsWritten(a.Float("beta2", 0.999f)),
            Epsilon = AsWritten(a.Float("epsilon", 1e-8f)),
            Decay = AsWritten(a.Float("weight_decay", weightDecay)),
            Decoupled = decoupled,
        });
    }

    /// <summary>The double that the shortest decimal of a float means. torch computes 1 - 0.999 from it, where 1 - 0.999f is off by 1e-5.</summary>
    internal static double AsWritten(float value) => double.Parse(value.ToString("R", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    private sealed class Call(long count, Body fixedParts) : CpuCall
    {
        public override void Run(in KernelContext context)
        {
            var body = fixedParts;
            body.Parameter = body.Parameter.At(context.Output(0));
            body.Gradient = context.Input<float>(1);
            body.Mean = context.Input<float>(2);
            body.Square = context.Input<float>(3);
            body.Correction1 = 1 - Math.Pow(body.Beta1, context.Step);
            body.Correction2 = 1 - Math.Pow(body.Beta2, context.Step);
            context.For(count, Grain.Elements, ref body);
        }
    }

    private struct Body : IRangeBody, IParameterStep
    {
        public StoredParameter Parameter;
        public double Rate;
        public double Beta1;
        public double Beta2;
        public double Epsilon;
        public double Decay;
        public double Correction1;
        public double Correction2;
        public bool Decoupled;
        public float* Gradient;
        public float* Mean;
        public float* Square;

        public readonly void Run(long from, long to, int worker) => Parameter.Step(from, to, this);

        public readonly void Step(float* parameter, long from, long count) => AdamLoop.Step(
            parameter, Gradient + from, Mean + from, Square + from, count, Rate, Beta1, Beta2, Epsilon, Decay, Decoupled, Correction1, Correction2);
    }
}
