using GraphPipe.Bundle;
using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>A pooling over a range of planes, forwards or backwards.</summary>
public unsafe interface IPoolLoop
{
    /// <summary>True if the loop goes from gradients of the windows to a gradient of the input.</summary>
    static abstract bool IsGradient { get; }

    /// <param name="w">Geometry.</param>
    /// <param name="a">The first operand.</param>
    /// <param name="b">The second, or null.</param>
    /// <param name="countPad"><c>count_include_pad</c>.</param>
    /// <param name="from">First plane.</param>
    /// <param name="to">Behind the last.</param>
    static abstract void Run(in WindowShape w, float* a, float* b, float* y, bool countPad, long from, long to);
}

/// <summary>Pooling of [N, C, …] with 1 to 3 spatial axes, f32. Windows that <c>ceil_mode</c> adds show in the shape already.</summary>
public abstract unsafe class PoolKernel<TLoop> : CpuKernel
    where TLoop : struct, IPoolLoop
{
    public override CpuCall? Bind(KernelBinding binding)
    {
        var (input, output) = (binding.Input(0), binding.Output(0));
        if (!binding.AllAre(DType.F32) || binding.HasOutput(1) || binding.Attributes.Ints("kernel_shape") is not { } kernel)
            return null;
        if (TLoop.IsGradient)
            (input, output) = (output, input);
        if (WindowGeometry.Of(binding.Attributes, kernel.AsSpan(), input, output) is not { } window)
            return null;
        return new Call(window, input.CountOf(0, 2), binding.Attributes.Int("count_include_pad", 0) != 0, binding.HasInput(1));
    }

    private sealed class Call(WindowShape window, long planes, bool countPad, bool hasSecond) : CpuCall
    {
        private readonly long _grain = Grain.Of(window.Output * window.Kernel);

        public override void Run(in KernelContext context)
        {
            var body = new Body { Window = window, A = context.Input<float>(0), B = hasSecond ? context.Input<float>(1) : null, Y = context.Output<float>(0), CountPad = countPad };
            context.For(planes, _grain, ref body);
        }
    }

    private struct Body : IRangeBody
    {
        public WindowShape Window;
        public float* A;
        public float* B;
        public float* Y;
        public bool CountPad;

        public readonly void Run(long from, long to, int worker) => TLoop.Run(Window, A, B, Y, CountPad, from, to);
    }
}
