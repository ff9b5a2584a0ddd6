using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>x·Φ(x); <c>approximate</c> chooses Φ itself or its form by tanh.</summary>
[Kernel("Gelu")]
public sealed class GeluKernel : CpuKernel
{
    public override CpuCall? Bind(KernelBinding binding) => binding.Attributes.Text("approximate", "none") switch
    {
        "none" => new Exact().Bind(binding),
        "tanh" => new ByTanh().Bind(binding),
        _ => null,
    };

    private sealed class Exact : UnaryKernel<Gelu>;

    private sealed class ByTanh : UnaryKernel<GeluTanh>;
}

/// <summary>dy times the slope at x of the form that <c>approximate</c> chooses.</summary>
[Kernel("grad.Gelu")]
public sealed class GeluGradientKernel : CpuKernel
{
    public override CpuCall? Bind(KernelBinding binding) => binding.Attributes.Text("approximate", "none") switch
    {
        "none" => new Exact().Bind(binding),
        "tanh" => new ByTanh().Bind(binding),
        _ => null,
    };

    private sealed class Exact : UnaryGradientKernel<Gelu>;

    private sealed class ByTanh : UnaryGradientKernel<GeluTanh>;
}
