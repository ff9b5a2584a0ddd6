using GraphPipe.Bundle;
using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>Sizes of [N, C, …].</summary>
internal readonly record struct ChannelPlanes(long Samples, long Channels, long Spatial)
{
    public long Planes => Samples * Channels;

    public static ChannelPlanes Of(OperandType x) => new(x.Shape[0], x.Shape[1], x.CountOf(2, x.Rank));

    /// <summary>Cuts a range of planes at the borders of samples: the first piece of [from, to).</summary>
    /// <returns>The piece's first channel; <paramref name="count"/> is its length.</returns>
    public long Piece(long from, long to, out long count)
    {
        long channel = from % Channels;
        count = Math.Min(to - from, Channels - channel);
        return channel;
    }
}

/// <summary>Each plane of [N, C, …] brought to mean 0 and variance 1, then scaled and shifted by channel, f32; also gives Mean and InvStdDev.</summary>
[Kernel("InstanceNormalization")]
public sealed unsafe class InstanceNormalizationKernel : CpuKernel
{
    public override CpuCall? Bind(KernelBinding binding) => binding.AllAre(DType.F32)
        ? new Call(ChannelPlanes.Of(binding.Input(0)), binding.Attributes.Float("epsilon", 1e-5f), binding.OutputCount) : null;

    private sealed class Call(ChannelPlanes shape, float epsilon, int outputs) : CpuCall
    {
        public override void Run(in KernelContext context)
        {
            var body = new Body
            {
                X = context.Input<float>(0),
                Scale = context.Input<float>(1),
                Bias = context.Input<float>(2),
                Y = context.Output<float>(0),
                Mean = outputs > 1 ? context.Output<float>(1) : null,
                InvStd = outputs > 2 ? context.Output<float>(2) : null,
                Shape = shape,
                Epsilon = epsilon,
            };
            context.For(shape.Planes, Grain.Of(shape.Spatial), ref body);
        }
    }

    private struct Body : IRangeBody
    {
        public float* X;
        public float* Scale;
        public float* Bias;
        public float* Y;
        public float* Mean;
        public float* InvStd;
        public ChannelPlanes Shape;
        public float Epsilon;

        public readonly void Run(long from, long to, int worker)
        {
            for (long plane = from, count; plane < to; plane += count)
            {
                long c = Shape.Piece(plane, to, out count), at = plane * Shape.Spatial;
                float* mean = Mean == null ? null : Mean + plane, invStd = InvStd == null ? null : InvStd + plane;
                GroupNorm.Forward(X + at, Scale + c, Bias + c, Y + at, mean, invStd, 1, count, Shape.Spatial, count, Epsilon);
            }
        }
    }
}

/// <summary>The gradient of instance normalisation's X, from dY, X, Scale and the forward's statistics, f32.</summary>
[Kernel("grad.InstanceNormalizationX")]
public sealed unsafe class InstanceNormalizationXGradientKernel : CpuKernel
{
    public override CpuCall? Bind(KernelBinding binding) => binding.AllAre(DType.F32) ? new Call(ChannelPlanes.Of(binding.Input(1))) : null;

    private sealed class Call(ChannelPlanes shape) : CpuCall
    {
        public override void Run(in KernelContext context)
        {
            var body = new Body
            {
                Dy = context.Input<float>(0),
                X = context.Input<float>(1),
                Scale = context.Input<float>(2),
                Mean = context.Input<float>(3),
                InvStd = context.Input<float>(4),
                Dx = context.Output<float>(0),
                Shape = shape,
            };
            context.For(shape.Planes, Grain.Of(shape.Spatial), ref body);
        }
    }

    private struct Body : IRangeBody
    {
        public float* Dy;
        public float* X;
        public float* Scale;
        public float* Mean;
        public float* InvStd;
        public float* Dx;
        public ChannelPlanes Shape;

        public readonly void Run(long from, long to, int worker)
        {
            for (long plane = from, count; plane < to; plane += count)
            {
                long c = Shape.Piece(plane, to, out count), at = plane * Shape.Spatial;
                GroupNorm.BackwardInput(Dy + at, X + at, Scale + c, Mean + plane, InvStd + plane, Dx + at, 1, count, Shape.Spatial, count);
            }
        }
    }
}

/// <summary>The gradient of instance normalisation's Scale [C]: Σ dY·X̂ over each channel, f32.</summary>
[Kernel("grad.InstanceNormalizationScale")]
public sealed unsafe class InstanceNormalizationScaleGradientKernel : CpuKernel
{
    public override CpuCall? Bind(KernelBinding binding) => binding.AllAre(DType.F32) ? new Call(ChannelPlanes.Of(binding.Input(1))) : null;

    private sealed class Call(ChannelPlanes shape) : CpuCall
    {
        public override void Run(in KernelContext context)
        {
            var body = new Body
            {
                Dy = context.Input<float>(0),
                X = context.Input<float>(1),
                Mean = context.Input<float>(2),
                InvStd = context.Input<float>(3),
                Scale = context.Output<float>(0),
                Shape = shape,
            };
            context.For(shape.Channels, Grain.Of(shape.Samples * shape.Spatial), ref body);
        }
    }

    private struct Body : IRangeBody
    {
        public float* Dy;
        public float* X;
        public float* Mean;
        public float* InvStd;
        public float* Scale;
        public ChannelPlanes Shape;

        public readonly void Run(long from, long to, int worker) => GroupNorm.BackwardParameters(
            Dy, X, Mean, InvStd, Scale, null, Shape.Samples, Shape.Channels, Shape.Spatial, Shape.Channels, from, to);
    }
}
