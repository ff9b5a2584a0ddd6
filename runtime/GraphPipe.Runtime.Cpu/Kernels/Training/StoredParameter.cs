using GraphPipe.Bundle;
using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>What an optimizer does to a range of parameters in f32.</summary>
internal unsafe interface IParameterStep
{
    /// <param name="parameter">Of element <paramref name="from"/>.</param>
    void Step(float* parameter, long from, long count);
}

/// <summary>A parameter as it is stored. One of halves is widened, stepped and rounded block by block.</summary>
internal unsafe struct StoredParameter
{
    // Elements: a block and its copy in f32 stay in the first cache.
    private const int Block = 512;

    private readonly DType _type;
    private byte* _address;

    private StoredParameter(DType type) => _type = type;

    /// <returns>Null for types that are not stepped (<see cref="KernelBinding.SteppedType"/>).</returns>
    public static StoredParameter? Of(KernelBinding binding) => binding.SteppedType() is { } type ? new StoredParameter(type) : null;

    /// <summary>With the address of a run.</summary>
    public readonly StoredParameter At(byte* address) => this with { _address = address };

    public readonly void Step<TStep>(long from, long to, in TStep step)
        where TStep : struct, IParameterStep
    {
        if (_type == DType.F32)
        {
            step.Step((float*)_address + from, from, to - from);
            return;
        }

        float* block = stackalloc float[Block];
        for (long start = from; start < to; start += Block)
        {
            long count = Math.Min(Block, to - start);
            HalfLoops.Widen(_type, (ushort*)_address + start, block, count);
            step.Step(block, start, count);
            HalfLoops.Round(_type, block, (ushort*)_address + start, count);
        }
    }
}
