using GraphPipe.Runtime.Elements;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>x·Φ(x) and its gradient; <c>approximate</c> chooses Φ itself or its form by tanh.</summary>
[Kernel("Gelu")]
[Kernel("grad.Gelu")]
public sealed class GeluKernel : ElementwiseKernel
{
    public override ElementFunction? Function(KernelBinding binding) => binding.Attributes.Text("approximate", "none") switch
    {
        "none" => new DifferentiableKernel<Gelu>().Function(binding),
        "tanh" => new DifferentiableKernel<GeluTanh>().Function(binding),
        _ => null,
    };
}
