using GraphPipe.Runtime.Cuda.Fusion;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>A kernel that folds the elements of its one operand. It says what it folds; the code around it is made when a call, by itself or behind elementwise calls, is bound.</summary>
public abstract class FoldKernel : CudaKernel
{
    /// <summary>What a call folds; from element types, shapes and attributes alone.</summary>
    /// <returns>Null if the kernel does not do these.</returns>
    public abstract ElementFold? Fold(KernelBinding binding);

    public override CudaCall? Bind(KernelBinding binding, LaunchBinder launches) =>
        Fold(binding) is { } fold && FusedLaunch.Of(fold, Operand.Input(0, binding), Operand.Output(0, binding)) is { } launch ? new LaunchCall(launches.Launch(launch)) : null;
}
