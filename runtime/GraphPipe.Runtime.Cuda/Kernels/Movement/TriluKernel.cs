using GraphPipe.Bundle;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>The upper (<c>upper</c>, the default) or lower triangle from the diagonal <c>k</c> on, zeros elsewhere; elements of 1, 2, 4 or 8 bytes.</summary>
[Kernel("Trilu")]
public sealed class TriluKernel : CudaKernel
{
    public override CudaCall? Bind(KernelBinding binding, LaunchBinder launches)
    {
        var x = binding.Input(0);
        Delegate? code = x.Type.Bits() switch
        {
            8 => MovementCode.Triangle<byte>,
            16 => MovementCode.Triangle<short>,
            32 => MovementCode.Triangle<int>,
            64 => MovementCode.Triangle<long>,
            _ => null,
        };
        if (code is null || x.Rank < 2)
            return null;
        var n = new TriangleNumbers
        {
            Count = (int)x.Count,
            Rows = (int)x.Shape[^2],
            Columns = (int)x.Shape[^1],
            Upper = binding.Attributes.Int("upper", 1) != 0 ? 1 : 0,
            Diagonal = binding.Attributes.Int("k", 0),
        };
        return new LaunchCall(launches.Launch(code, LaunchShape.Over(n.Count), n, Operand.Input(0, binding), Operand.Output(0, binding)));
    }
}
