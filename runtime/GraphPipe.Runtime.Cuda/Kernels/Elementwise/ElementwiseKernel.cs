using GraphPipe.Runtime.Cuda.Fusion;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>A kernel whose one result is computed element by element. It says what it computes; the code around it is made when a call, or several that run as one, is bound.</summary>
public abstract class ElementwiseKernel : CudaKernel
{
    /// <summary>What a call computes; from element types, shapes and attributes alone.</summary>
    /// <returns>Null if the kernel does not do these.</returns>
    public abstract ElementFunction? Function(KernelBinding binding);

    public override CudaCall? Bind(KernelBinding binding, LaunchBinder launches) =>
        Function(binding) is { } function && FusedLaunch.Of(function, i => Operand.Input(i, binding), Operand.Output(0, binding)) is { } launch
            ? new LaunchCall(launches.Launch(launch))
            : null;
}
