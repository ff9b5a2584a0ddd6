using GraphPipe.Bundle;
using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>-scale·Σ log softmax(logits)[target], f32; positions whose target is <c>ignore_index</c> count for nothing.</summary>
[Kernel("train.LossCrossEntropy")]
public sealed unsafe class LossCrossEntropyKernel : CpuKernel
{
    /// <summary>Losses that one thread adds before it looks for more.</summary>
    private const int Few = 16;

    public override CpuCall? Bind(KernelBinding binding) => CrossEntropyRange.Of(binding) is { } range ? new Call(range) : null;

    private sealed class Call(CrossEntropyRange range) : CpuCall
    {
        // Each chunk has a sum in the scratch memory. Chunks follow from the shape alone, so that threads don't show in the total.
        private readonly long _chunk = Math.Max(Few, range.Positions / (MemoryPlan.ScratchPerThread.Value / sizeof(double)) + 1);

        public override void Run(in KernelContext context)
        {
            long chunks = (range.Positions + _chunk - 1) / _chunk;
            var body = new Body { Range = range.With(context), Chunk = _chunk, Sums = (double*)context.Scratch(0) };
            context.For(chunks, Grain.Of(_chunk * range.Classes), ref body);
            double total = 0;
            for (long i = 0; i < chunks; i++)
                total += body.Sums[i];
            *context.Output<float>(0) = (float)(*context.Input<float>(2) * total);
        }
    }

    private struct Body : IRangeBody
    {
        public CrossEntropyRange Range;
        public long Chunk;
        public double* Sums;

        public readonly void Run(long from, long to, int worker)
        {
            float* losses = stackalloc float[Few];
            for (long chunk = from; chunk < to; chunk++)
            {
                double sum = 0;
                for (long i = chunk * Chunk, end = Math.Min(Range.Positions, i + Chunk); i < end; i += Few)
                {
                    int count = (int)Math.Min(Few, end - i);
                    Range.Run(losses - i, null, 0, i, i + count);
                    for (int k = 0; k < count; k++)
                        sum += losses[k];
                }

                Sums[chunk] = sum;
            }
        }
    }
}

/// <summary>(softmax(logits) - onehot(target))·scale, 0 where the target is <c>ignore_index</c>; f32.</summary>
[Kernel("grad.LossCrossEntropy")]
public sealed unsafe class LossCrossEntropyGradientKernel : CpuKernel
{
    public override CpuCall? Bind(KernelBinding binding) => CrossEntropyRange.Of(binding) is { } range ? new Call(range) : null;

    private sealed class Call(CrossEntropyRange range) : CpuCall
    {
        public override void Run(in KernelContext context)
        {
            var body = new Body { Range = range.With(context), Scale = *context.Input<float>(2), Dlogits = context.Output<float>(0) };
            context.For(range.Positions, Grain.Of(range.Classes), ref body);
        }
    }

    private struct Body : IRangeBody
    {
        public CrossEntropyRange Range;
        public float Scale;
        public float* Dlogits;

        public readonly void Run(long from, long to, int worker) => Range.Run(null, Dlogits, Scale, from, to);
    }
}

/// <summary>Logits [n, classes, inner] and targets [n, inner] of a loss; its unit of work is a position, of which there are n·inner.</summary>
internal unsafe struct CrossEntropyRange
{
    private float* _logits;
    private long* _targets;
    private DataFault? _fault;
    private long _inner;
    private long _ignore;

    public long Positions { get; private set; }

    public long Classes { get; private set; }

    /// <returns>Null for other types than f32 logits and i64 targets.</returns>
    public static CrossEntropyRange? Of(KernelBinding binding)
    {
        var (logits, targets) = (binding.Input(0), binding.Input(1));
        if (logits.Type != DType.F32 || targets.Type != DType.I64 || binding.Output(0).Type != DType.F32 || logits.Rank < 2)
            return null;
        return new CrossEntropyRange
        {
            Positions = targets.Count,
            Classes = logits.Shape[1],
            _inner = logits.CountOf(2, logits.Rank),
            _ignore = binding.Attributes.Int("ignore_index", -100),
        };
    }

    /// <summary>With the addresses of a run.</summary>
    public readonly CrossEntropyRange With(in KernelContext context) =>
        this with { _logits = context.Input<float>(0), _targets = context.Input<long>(1), _fault = context.FaultCell };

    /// <summary>Positions [from, to): their losses, or the gradient; a target that does not exist is reported.</summary>
    public readonly void Run(float* losses, float* dlogits, float scale, long from, long to)
    {
        long bad = CrossEntropy.Run(_logits, _targets, null, losses, dlogits, scale, Classes, _inner, _ignore, from, to);
        if (bad >= 0)
            _fault!.Report("target {0} is not one of {1} classes", _targets[bad], Classes);
    }
}
