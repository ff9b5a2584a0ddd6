using GraphPipe.Bundle;

namespace GraphPipe.Runtime;

/// <summary>Where an operand of a bound call lies: an offset from the base address of its buffer's life, or nowhere if it is left out.</summary>
public readonly record struct OperandPlace
{
    private readonly int _life;
    private readonly long _offset;

    private OperandPlace(int life, long offset)
    {
        _life = life;
        _offset = offset;
    }

    /// <summary>Whose base address it counts from; null for an operand that is left out.</summary>
    public BufferLife? Life => _life < 0 ? null : (BufferLife)_life;

    /// <summary>The places of a call's operands during a function.</summary>
    public static OperandPlace[] Of(FunctionBinding binding, IEnumerable<BufferId> buffers) => [.. buffers.Select(b => Of(binding, b))];

    /// <summary>The address; 0 for an operand that is left out.</summary>
    /// <param name="bases">By <see cref="BufferLife"/>.</param>
    public nint AddressIn(ReadOnlySpan<nint> bases) => _life < 0 ? 0 : bases[_life] + (nint)_offset;

    private static OperandPlace Of(FunctionBinding binding, BufferId buffer)
    {
        if (buffer.IsNone)
            return new OperandPlace(-1, 0);
        var place = binding.Memory.PlaceOf(buffer, binding.Function.Kind);
        return new OperandPlace((int)place.Life, place.Offset);
    }
}
