using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>
/// Moves (p, m, v) some updates ahead in place, f32 (p also f16 and bf16, rounded once): what Adam would make of p if its moments stayed as they are. Before the first update there is no direction, and p stays.
/// </summary>
[Kernel("train.PredictAdam")]
public sealed unsafe class PredictAdamKernel : CpuKernel
{
    public override CpuCall? Bind(KernelBinding binding)
    {
        if (StoredParameter.Of(binding) is not { } parameter)
            return null;
        var a = binding.Attributes;
        return new Call(
            binding.Output(0).Count,
            AdamStepKernel.AsWritten(a.Float("beta1", 0.9f)),
            AdamStepKernel.AsWritten(a.Float("beta2", 0.999f)),
            new Body { Parameter = parameter, Rate = AdamStepKernel.AsWritten(a.Float("learning_rate", 1e-3f)), Epsilon = AdamStepKernel.AsWritten(a.Float("epsilon", 1e-8f)) });
    }

    private sealed class Call(long count, double beta1, double beta2, Body fixedParts) : CpuCall
    {
        public override void Run(in KernelContext context)
        {
            if (context.Step == 0)
                return;
            var body = fixedParts;
            body.Parameter = body.Parameter.At(context.Output(0));
            body.Mean = context.Input<float>(1);
            body.Square = context.Input<float>(2);
            body.Steps = context.Ahead;
            body.Correction1 = 1 - Math.Pow(beta1, context.Step);
            body.Correction2 = 1 - Math.Pow(beta2, context.Step);
            context.For(count, Grain.Elements, ref body);
        }
    }

    private struct Body : IRangeBody, IParameterStep
    {
        public StoredParameter Parameter;
        public double Rate;
        public double Epsilon;
        public double Correction1;
        public double Correction2;
        public int Steps;
        public float* Mean;
        public float* Square;

        public readonly void Run(long from, long to, int worker) => Parameter.Step(from, to, this);

        public readonly void Step(float* parameter, long from, long count) =>
            AdamLoop.Predict(parameter, Mean + from, Square + from, count, Steps, Rate, Epsilon, Correction1, Correction2);
    }
}
