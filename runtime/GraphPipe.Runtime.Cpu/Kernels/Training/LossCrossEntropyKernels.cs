using GraphPipe.Bundle;
using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>-scale·Σ log softmax(logits)[target], f32; positions whose target is <c>ignore_index</c> count for nothing.</summary>
[Kernel("train.LossCrossEntropy")]
public sealed unsafe class LossCrossEntropyKernel : CpuKernel
{
    public override CpuCall? Bind(KernelBinding binding) => CrossEntropyForm.Of(binding) is { } form ? new Call(form) : null;

    private sealed class Call(CrossEntropyForm form) : CpuCall
    {
        /// <summary>Positions whose losses are summed into one double: fixed by the shape, so that threads don't show in the sum.</summary>
        private readonly long _chunk = Math.Max(Body.Few, (form.Positions * sizeof(double) + MemoryPlan.ScratchPerThread.Value - 1) / MemoryPlan.ScratchPerThread.Value);

        public override void Run(in KernelContext context)
        {
            long chunks = (form.Positions + _chunk - 1) / _chunk;
            var body = new Body
            {
                Form = form,
                Chunk = _chunk,
                Logits = context.Input<float>(0),
                Targets = context.Input<long>(1),
                Sums = (double*)context.Scratch(0),
                Fault = -1,
            };
            Fault.Context = default;
            context.For(chunks, Grain.Of(_chunk * form.Classes), ref body);
        }
    }
}
