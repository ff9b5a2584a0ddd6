namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>Zeros of the result's shape; any type.</summary>
[Kernel("grad.Zero")]
public sealed unsafe class GradZeroKernel : CpuKernel
{
    public override CpuCall? Bind(KernelBinding binding) => new Call(Filling.Zeros(binding.Output(0)));

    private sealed class Call(Filling zeros) : CpuCall
    {
        public override void Run(in KernelContext context) => zeros.Run(context.Output(0));
    }
}
