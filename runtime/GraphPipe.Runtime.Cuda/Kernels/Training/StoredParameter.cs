using GraphPipe.Bundle;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>Which code steps a parameter, by the type that it is stored in (<see cref="KernelBinding.SteppedType"/>).</summary>
internal static class StoredParameter
{
    /// <returns>Null for types that are not stepped.</returns>
    public static Delegate? Code(KernelBinding binding, Delegate single, Delegate half, Delegate bfloat) =>
        binding.SteppedType() switch { DType.F32 => single, DType.F16 => half, DType.BF16 => bfloat, _ => null };
}
