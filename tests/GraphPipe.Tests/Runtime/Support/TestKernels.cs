using GraphPipe.Runtime;
using GraphPipe.Runtime.Cpu;

namespace GraphPipe.Tests.Runtime;

/// <summary>Throws.</summary>
[Kernel("test.Throw")]
public sealed class ThrowingKernel : CpuKernel
{
    public override CpuCall Bind(KernelBinding binding) => new Call();

    private sealed class Call : CpuCall
    {
        public override void Run(in KernelContext context) => throw new InvalidOperationException("on purpose");
    }
}

/// <summary>Reports an index that is out of range.</summary>
[Kernel("test.Fault")]
public sealed class FaultingKernel : CpuKernel
{
    public override CpuCall Bind(KernelBinding binding) => new Call();

    private sealed class Call : CpuCall
    {
        public override void Run(in KernelContext context) => context.Fault("index {0} is outside an axis of length {1}", 12, 10);
    }
}

/// <summary>Takes as long as its attribute says.</summary>
[Kernel("test.Sleep")]
public sealed class SleepingKernel : CpuKernel
{
    public override CpuCall Bind(KernelBinding binding) => new Call((int)binding.Attributes.Int("milliseconds", 0));

    private sealed class Call(int milliseconds) : CpuCall
    {
        public override void Run(in KernelContext context) => Thread.Sleep(milliseconds);
    }
}

/// <summary>Writes 0 / 0.</summary>
[Kernel("test.NotANumber")]
public sealed class NotANumberKernel : CpuKernel
{
    public override CpuCall Bind(KernelBinding binding) => new Call();

    private sealed class Call : CpuCall
    {
        public override unsafe void Run(in KernelContext context) => *context.Output<float>(0) = float.NaN;
    }
}
