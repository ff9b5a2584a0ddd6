using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>One step of torch.optim.SGD (dampening 0) in place, f32 (the parameter also f16 and bf16, rounded once); the state <c>momentum</c> is the third operand.</summary>
[Kernel("train.Sgd")]
public sealed unsafe class SgdKernel : CpuKernel
{
    public override CpuCall? Bind(KernelBinding binding)
    {
        if (StoredParameter.Of(binding) is not { } parameter)
            return null;
        var attributes = binding.Attributes;
        var step = new Body
        {
            Parameter = parameter,
            Rate = attributes.Float("learning_rate", 0.01f),
            Momentum = attributes.Float("momentum", 0),
            Decay = attributes.Float("weight_decay", 0),
            Nesterov = attributes.Int("nesterov", 0) != 0,
        };
        if (step.Momentum != 0 && !binding.HasInput(2))
            throw new InvalidOperationException($"{binding} has momentum, but no state");
        return new Call(step, binding.Output(0).Count);
    }

    private sealed class Call(Body step, long count) : CpuCall
    {
        public override void Run(in KernelContext context)
        {
            var body = step;
            body.Parameter = body.Parameter.At(context.Output(0));
            body.Gradient = context.Input<float>(1);

            // State begins as zero, and momentum·0 + g is g: no first step to tell apart.
            body.State = step.Momentum == 0 ? null : context.Input<float>(2);
            context.For(count, Grain.Elements, ref body);
        }
    }

    private struct Body : IRangeBody, IParameterStep
    {
        public StoredParameter Parameter;
        public float Rate;
        public float Momentum;
        public float Decay;
        public bool Nesterov;
        public float* Gradient;
        public float* State;

        public readonly void Run(long from, long to, int worker) => Parameter.Step(from, to, this);

        public readonly void Step(float* parameter, long from, long count) => SgdLoop.Step(
            parameter, Gradient + from, State == null ? null : State + from, count, Rate, Momentum, 0, Decay, Nesterov, firstStep: false);
    }
}
