using System.Runtime.Intrinsics;
using GraphPipe.Bundle;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>One step of stochastic gradient descent in place, f32, as torch.optim.SGD (dampening 0): g += weight_decay·p; with momentum
/// m = momentum·m + g and g = m, or g += momentum·m with nesterov; p -= learning_rate·g.</summary>
[Kernel("train.Sgd")]
public sealed unsafe class SgdKernel : CpuKernel
{
    public override CpuCall? Bind(KernelBinding binding)
    {
        if (!binding.AllAre(DType.F32))
            return null;
        var attributes = binding.Attributes;
        float momentum = attributes.Float("momentum", 0);
        if (momentum != 0 && !binding.HasInput(2))
            throw new InvalidOperationException($"{binding} has momentum, but no state");
        var coefficients = new Coefficients(
            attributes.Float("learning_rate", 0.01f), momentum, attributes.Float("weight_decay", 0), attributes.Int("nesterov", 0) != 0);
        return new Call(binding.Output(0).Count, coefficients);
    }

    private readonly record struct Coefficients(float LearningRate, float Momentum, float WeightDecay, bool Nesterov);

    private sealed class Call(long count, Coefficients coefficients) : CpuCall
    {
        public override void Run(in KernelContext context)
        {
            float* state = coefficients.Momentum == 0 ? null : context.Input<float>(2);
            var body = new Body { C = coefficients, P = context.Input<float>(0), G = context.Input<float>(1), M = state, NewP = context.Output<float>(0) };
            context.For(count, Grain.Elements, ref body);
        }
    }

    private struct Body : IRangeBody
    {
        public Coefficients C;
        public float* P;
        public float* G;
        public float* M;
        public float* NewP;

        public readonly void Run(long from, long to, int worker)
        {
            long i = from;
            for (; i + Vector512<float>.Count <= to; i += Vector512<float>.Count)
            {
                Vector512<float> p = Vector512.Load(P + i), g = Vector512.Load(G + i);
                if (C.WeightDecay != 0)
                    g += Vector512.Create(C.WeightDecay) * p;
                if (M != null)
                {
                    var m = Vector512.Create(C.Momentum) * Vector512.Load(M + i) + g;
                    m.Store(M + i);
                    g = C.Nesterov ? g + Vector512.Create(C.Momentum) * m : m;
                }

                (p - Vector512.Create(C.LearningRate) * g).Store(NewP + i);
            }

            for (; i < to; i++)
            {
                float p = P[i], g = G[i];
                if (C.WeightDecay != 0)
                    g += C.WeightDecay * p;
                if (M != null)
                {
                    M[i] = C.Momentum * M[i] + g;
                    g = C.Nesterov ? g + C.Momentum * M[i] : M[i];
                }

                NewP[i] = p - C.LearningRate * g;
            }
        }
    }
}
