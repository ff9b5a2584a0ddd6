using GraphPipe.Bundle;
using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>
/// The gradient of a convolution's W, from dY and X, f32: for each sample dY·columnsᵀ, samples added in order. Threads share out groups and
/// rows of the columns, so no column is made twice.
/// </summary>
[Kernel("grad.ConvW")]
public sealed unsafe class ConvWGradientKernel : CpuKernel
{
    public override CpuCall? Bind(KernelBinding binding)
    {
        if (!binding.AllAre(DType.F32) || ConvolutionGeometry.Of(binding.Attributes, binding.Input(1), binding.Output(0), binding.Input(0)) is not { } shape)
            return null;
        return new Call(shape, ConvolutionGeometry.TileOf(shape.Depth, shape.Window.IsIdentity ? 0 : shape.Positions, shape.Groups, binding.Threads));
    }

    private sealed class Call(ConvolutionGeometry shape, int rows) : CpuCall
    {
        private readonly int _tiles = rows == 0 ? 1 : (shape.Depth + rows - 1) / rows;

        public override void Run(in KernelContext context)
        {
            var body = new Body
            {
                Dy = context.Input<float>(0),
                X = context.Input<float>(1),
                Dw = context.Output<float>(0),
                Scratch = context.Scratch(0),
                Shape = shape,
                Rows = rows,
                Tiles = _tiles,
            };
            if (shape.Samples == 0)
            {
                Streams.Fill(0, body.Dw, (long)shape.Filters * shape.Depth);
                return;
            }

            if (rows == 0)
            {
                // One row of columns is more than fits: the workspace holds a whole image's.
                Convolution.BackwardWeight(
                    shape.Window, body.Dy, body.X, body.Dw, shape.Samples, shape.Channels, shape.Filters, shape.Groups, 0, shape.Groups, (float*)context.Workspace, body.Scratch);
                return;
            }

            long units = (long)shape.Groups * _tiles;
            context.For(units, Grain.Of(shape.Work / Math.Max(1, units) / 16), ref body);
        }
    }

    private struct Body : IRangeBody
    {
        public float* Dy;
        public float* X;
        public float* Dw;
        public byte* Scratch;
        public ConvolutionGeometry Shape;
        public int Rows;
        public int Tiles;

        public readonly void Run(long from, long to, int worker)
        {
            byte* scratch = Scratch + worker * MemoryPlan.ScratchPerThread.Value;
            int filters = Shape.GroupFilters, positions = Shape.Positions;
            for (long unit = from; unit < to; unit++)
            {
                long group = unit / Tiles, first = unit % Tiles * Rows, end = Math.Min(Shape.Depth, first + Rows);
                for (long n = 0; n < Shape.Samples; n++)
                {
                    long part = n * Shape.Groups + group;
                    float* image = X + part * Shape.GroupChannels * Shape.Window.Input, columns = image + first * positions;
                    if (!Shape.Window.IsIdentity)
                    {
                        columns = (float*)(scratch + ConvolutionGeometry.ColumnsOffset);
                        ImageColumns.Forward(Shape.Window, image, columns - first * positions, first, end);
                    }

                    float* target = Dw + group * filters * Shape.Depth + first;
                    var product = new GemmArguments(Dy + part * filters * positions, columns, target, filters, (int)(end - first), positions, transB: true)
                    {
                        Ldc = Shape.Depth,
                        Beta = n > 0 ? 1 : 0,
                    };
                    Gemm.Run(product, scratch);
                }
            }
        }
    }
}
