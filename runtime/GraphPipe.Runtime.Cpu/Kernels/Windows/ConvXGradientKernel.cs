using GraphPipe.Bundle;
using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>
/// The gradient of a convolution's X, from dY and W, f32. Threads share out samples and channels: each element of dX gets its contributions
/// from one thread, in the order of the window. The same product is ConvTranspose of X and W.
/// </summary>
[Kernel("grad.ConvX")]
[Kernel("ConvTranspose")]
public sealed unsafe class ConvXGradientKernel : CpuKernel
{
    public override CpuCall? Bind(KernelBinding binding)
    {
        if (!binding.AllAre(DType.F32) || ConvolutionGeometry.Of(binding.Attributes, binding.Output(0), binding.Input(1), binding.Input(0)) is not { } shape)
            return null;
        long floats = shape.Window.IsIdentity ? 0 : shape.Window.Kernel * (long)shape.Positions;
        return new Call(shape, ConvolutionGeometry.TileOf(shape.GroupChannels, floats, (long)shape.Samples * shape.Groups, binding.Threads));
    }

    private sealed class Call(ConvolutionGeometry shape, int channels) : CpuCall
    {
        private readonly int _tiles = channels == 0 ? 1 : (shape.GroupChannels + channels - 1) / channels;

        public override void Run(in KernelContext context)
        {
            var body = new Body
            {
                Dy = context.Input<float>(0),
                W = context.Input<float>(1),
                Dx = context.Output<float>(0),
                Scratch = context.Scratch(0),
                Shape = shape,
                Channels = channels,
                Tiles = _tiles,
            };
            long units = (long)shape.Samples * shape.Groups * _tiles;
            if (channels == 0)
            {
                // One channel has more columns than fit: the workspace holds a whole image's.
                Convolution.BackwardInput(
                    shape.Window, body.Dy, body.W, body.Dx, shape.Channels, shape.Filters, shape.Groups, 0, shape.Samples, (float*)context.Workspace, body.Scratch);
                return;
            }

            context.For(units, Grain.Of(shape.Work / Math.Max(1, units) / 16), ref body);
        }
    }

    private struct Body : IRangeBody
    {
        public float* Dy;
        public float* W;
        public float* Dx;
        public byte* Scratch;
        public ConvolutionGeometry Shape;
        public int Channels;
        public int Tiles;

        public readonly void Run(long from, long to, int worker)
        {
            byte* scratch = Scratch + worker * MemoryPlan.ScratchPerThread.Value;
            int kernel = Shape.Window.Kernel, filters = Shape.GroupFilters;
            for (long unit = from; unit < to; unit++)
            {
                long part = unit / Tiles, group = part % Shape.Groups;
                int first = (int)(unit % Tiles) * Channels, count = Math.Min(Channels, Shape.GroupChannels - first);
                float* image = Dx + (part * Shape.GroupChannels + first) * Shape.Window.Input;
                float* columns = Shape.Window.IsIdentity ? image : (float*)(scratch + ConvolutionGeometry.ColumnsOffset);
                float* weights = W + group * filters * Shape.Depth + (long)first * kernel;
                var product = new GemmArguments(weights, Dy + part * filters * Shape.Positions, columns, count * kernel, Shape.Positions, filters, transA: true)
                {
                    Lda = Shape.Depth,
                };
                Gemm.Run(product, scratch);
                if (!Shape.Window.IsIdentity)
                    ImageColumns.Backward(Shape.Window, columns, image, 0, count);
            }
        }
    }
}
