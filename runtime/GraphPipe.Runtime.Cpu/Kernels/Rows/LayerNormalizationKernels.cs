using GraphPipe.Bundle;
using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>Rows and columns of a layer normalisation: the axes before <c>axis</c>, and the normalised ones.</summary>
internal readonly record struct NormalizedRows(long Rows, long Columns)
{
    public static NormalizedRows Of(OperandType x, Attributes attributes)
    {
        int axis = (int)attributes.Int("axis", -1);
        if (axis < 0)
            axis += x.Rank;
        return new NormalizedRows(x.CountOf(0, axis), x.CountOf(axis, x.Rank));
    }
}

/// <summary>Y = (X − Mean)·InvStdDev·Scale + Bias over the axes from <c>axis</c> on, f32; also gives Mean and InvStdDev.</summary>
[Kernel("LayerNormalization")]
public sealed unsafe class LayerNormalizationKernel : CpuKernel
{
    public override CpuCall? Bind(KernelBinding binding)
    {
        var shape = NormalizedRows.Of(binding.Input(0), binding.Attributes);
        bool hasBias = binding.HasInput(2);
        if (!binding.AllAre(DType.F32) || binding.Input(1).Count != shape.Columns || (hasBias && binding.Input(2).Count != shape.Columns))
            return null;
        return new Call(shape, binding.Attributes.Float("epsilon", 1e-5f), hasBias, binding.OutputCount);
    }

    private sealed class Call(NormalizedRows shape, float epsilon, bool hasBias, int outputs) : CpuCall
    {
        public override void Run(in KernelContext context)
        {
            var body = new Body
            {
                X = context.Input<float>(0),
                Scale = context.Input<float>(1),
                Bias = hasBias ? context.Input<float>(2) : null,
                Y = context.Output<float>(0),
                Mean = outputs > 1 ? context.Output<float>(1) : null,
                InvStd = outputs > 2 ? context.Output<float>(2) : null,
                Columns = shape.Columns,
                Epsilon = epsilon,
            };
            context.For(shape.Rows, Grain.Of(shape.Columns), ref body);
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
        public long Columns;
        public float Epsilon;

        public readonly void Run(long from, long to, int worker)
        {
            float* mean = Mean == null ? null : Mean + from, invStd = InvStd == null ? null : InvStd + from;
            LayerNorm.Forward(X + from * Columns, Scale, Bias, Y + from * Columns, mean, invStd, to - from, Columns, Epsilon);
        }
    }
}

/// <summary>The gradient of layer normalisation's X, from dY, X, Scale and the forward's statistics, f32.</summary>
[Kernel("grad.LayerNormalizationX")]
public sealed unsafe class LayerNormalizationXGradientKernel : CpuKernel
{
    public override CpuCall? Bind(KernelBinding binding)
    {
        var shape = NormalizedRows.Of(binding.Input(1), binding.Attributes);
        return binding.AllAre(DType.F32) && binding.Input(2).Count == shape.Columns ? new Call(shape) : null;
    }

    private sealed class Call(NormalizedRows shape) : CpuCall
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
                Columns = shape.Columns,
            };
            context.For(shape.Rows, Grain.Of(shape.Columns), ref body);
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
        public long Columns;

        public readonly void Run(long from, long to, int worker)
        {
            long at = from * Columns;
            LayerNorm.BackwardInput(Dy + at, X + at, Scale, Mean + from, InvStd + from, Dx + at, to - from, Columns);
        }
    }
}

/// <summary>The gradient of layer normalisation's Scale: Σ dY·X̂ over the rows, f32.</summary>
[Kernel("grad.LayerNormalizationScale")]
public sealed unsafe class LayerNormalizationScaleGradientKernel : CpuKernel
{
    public override CpuCall? Bind(KernelBinding binding)
    {
        var shape = NormalizedRows.Of(binding.Input(1), binding.Attributes);
        return binding.AllAre(DType.F32) && binding.Output(0).Count == shape.Columns ? new Call(shape) : null;
    }

    private sealed class Call(NormalizedRows shape) : CpuCall
    {
        // Threads share out columns, whole cache lines of them.
        private readonly long _grain = (Grain.Of(shape.Rows) + Lanes.Count - 1) / Lanes.Count * Lanes.Count;

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
            context.For(shape.Columns, _grain, ref body);
        }
    }

    private struct Body : IRangeBody
    {
        public float* Dy;
        public float* X;
        public float* Mean;
        public float* InvStd;
        public float* Scale;
        public NormalizedRows Shape;

        public readonly void Run(long from, long to, int worker) =>
            LayerNorm.BackwardParameters(Dy, X, Mean, InvStd, Scale, null, Shape.Rows, Shape.Columns, from, to);
    }
}
