namespace GraphPipe.Runtime.Cuda;

/// <summary>What matrix products of f32 run on.</summary>
public enum MatrixProducts
{
    /// <summary>cuBLAS in single precision, where one is installed that works; else a kernel of ours.</summary>
    Cublas,

    /// <summary>
    /// The same on tensor cores, where the GPU has them for it (capability 8.0): cuBLAS rounds operands to TF32, 10 bits of fraction, so each is off by up to 2⁻¹¹ of itself; sums are in single precision.
    /// </summary>
    CublasTf32,

    /// <summary>A kernel of ours, whatever is installed.</summary>
    OwnKernel,
}
