using GraphPipe.Runtime.Elements;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>x·Φ(x) and its gradient; <c>approximate</c> chooses Φ itself or its form by tanh.</summary>
[Kernel("Gelu")]
[Kernel("grad.Gelu")]
public sealed class GeluKernel : CpuKernel
{
    public override CpuCall? Bind(KernelBinding binding) => binding.Attributes.Text("approximate", "none") switch
    {
        "none" => new DifferentiableKernel<Gelu>().Bind(binding),
        "tanh" => new DifferentiableKernel<GeluTanh>().Bind(binding),
        _ => null,
    };
}
