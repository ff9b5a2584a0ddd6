using GraphPipe.Bundle;
using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>
/// Y = X ∗ W + B with 1 to 3 spatial axes, f32. Threads share out tiles of samples, groups and output lines; each makes the columns of its
/// tile and multiplies them while they are in its cache.
/// </summary>
[Kernel("Conv")]
public sealed unsafe class ConvKernel : CpuKernel
{
    public override CpuCall? Bind(KernelBinding binding)
    {
        if (!binding.AllAre(DType.F32) || ConvolutionGeometry.Of(binding.Attributes, binding.Input(0), binding.Input(1), binding.Output(0)) is not { } shape)
            return null;
        var slow = SlowAxis(shape.Window);
        long line = slow.Output == 0 ? 0 : shape.Positions / slow.Output;
        int lines = ConvolutionGeometry.TileOf(slow.Output, shape.Window.IsIdentity ? 0 : shape.Depth * line, (long)shape.Samples * shape.Groups, binding.Threads);
        return new Call(shape, binding.HasInput(2), lines);
    }

    // The first axis that is there: output positions of some of its lines lie together.
    private static WindowAxis SlowAxis(in WindowShape window) =>
        window.Depth != WindowAxis.None ? window.Depth : window.Height != WindowAxis.None ? window.Height : window.Width;

    /// <summary>The same convolution, seen from <paramref name="count"/> lines of its output from <paramref name="first"/> on.</summary>
    private static WindowShape Lines(in WindowShape window, int first, int count)
    {
        var slow = SlowAxis(window);
        var cut = slow with { Output = count, Pad = slow.Pad - first * slow.Stride };
        return window.Depth != WindowAxis.None ? window with { Depth = cut } : window.Height != WindowAxis.None ? window with { Height = cut } : window with { Width = cut };
    }

    private sealed class Call(ConvolutionGeometry shape, bool hasBias, int lines) : CpuCall
    {
        private readonly int _tiles = lines == 0 ? 1 : (SlowAxis(shape.Window).Output + lines - 1) / lines;

        public override void Run(in KernelContext context)
        {
            if (shape.Positions == 0)
                return;
            float* x = context.Input<float>(0), w = context.Input<float>(1), b = hasBias ? context.Input<float>(2) : null, y = context.Output<float>(0);
            if (lines == 0)
            {
                // One line of output has more columns than fit: the workspace holds a whole image's.
                Convolution.Forward(
                    shape.Window, x, w, b, y, shape.Channels, shape.Filters, shape.Groups, 0, shape.Samples, (float*)context.Workspace, context.Scratch(0));
                return;
            }

            var body = new Body { X = x, W = w, B = b, Y = y, Scratch = context.Scratch(0), Shape = shape, Lines = lines, Tiles = _tiles };
            long units = (long)shape.Samples * shape.Groups * _tiles;
            context.For(units, Grain.Of(shape.Work / Math.Max(1, units) / 16), ref body);
        }
    }

    private struct Body : IRangeBody
    {
        public float* X;
        public float* W;
        public float* B;
        public float* Y;
        public byte* Scratch;
        public ConvolutionGeometry Shape;
        public int Lines;
        public int Tiles;

        public readonly void Run(long from, long to, int worker)
        {
            byte* scratch = Scratch + worker * MemoryPlan.ScratchPerThread.Value;
            var slow = SlowAxis(Shape.Window);
            int line = Shape.Positions / slow.Output;
            for (long unit = from; unit < to; unit++)
            {
                long part = unit / Tiles, group = part % Shape.Groups;
                int first = (int)(unit % Tiles) * Lines, count = Math.Min(Lines, slow.Output - first);
                float* image = X + part * Shape.GroupChannels * Shape.Window.Input, columns = image + (long)first * line;
                int ld = Shape.Positions;
                if (!Shape.Window.IsIdentity)
                {
                    columns = (float*)(scratch + ConvolutionGeometry.ColumnsOffset);
                    ld = count * line;
                    ImageColumns.Forward(ConvKernel.Lines(Shape.Window, first, count), image, columns, 0, Shape.Depth);
                }

                int filters = Shape.GroupFilters;
                float* target = Y + part * filters * Shape.Positions + (long)first * line;
                var product = new GemmArguments(W + group * filters * Shape.Depth, columns, target, filters, count * line, Shape.Depth)
                {
                    Ldb = ld,
                    Ldc = Shape.Positions,
                    BiasColumn = B == null ? null : B + group * filters,
                };
                Gemm.Run(product, scratch);
            }
        }
    }
}
