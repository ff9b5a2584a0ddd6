using GraphPipe.Bundle;
using GraphPipe.Runtime.Cuda.Numerics;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>A copy from an operand to a result; null map: more axes than a walk has.</summary>
internal readonly record struct Move(int Input, int Output, StridedMap? Map);

/// <summary>Binds calls that only move elements, of any type of 1, 2, 4 or 8 bytes: copies, perhaps over a result that is filled first.</summary>
internal static class Moves
{
    /// <param name="fill">Written to the whole of result 0 before the copies; null if they cover it.</param>
    /// <returns>Null for other types, or if a copy has too many axes.</returns>
    public static CudaCall? Bind(KernelBinding binding, LaunchBinder launches, IEnumerable<Move> moves, float? fill = null)
    {
        var list = moves.ToList();
        if (Copy(binding.Output(list.Count > 0 ? list[0].Output : 0).Type) is not { } copy || list.Exists(m => m.Map is null))
            return null;
        var all = new List<KernelLaunch>();
        if (fill is { } value)
        {
            if (Fill(binding, launches, value) is not { } filling)
                return null;
            all.Add(filling);
        }

        all.AddRange(list.Select(m => launches.Launch(
            copy, LaunchShape.Over(m.Map!.Value.Count), m.Map.Value, Operand.Input(m.Input, binding), Operand.Output(m.Output, binding))));
        return new LaunchCall([.. all]);
    }

    /// <summary>One operand, one result.</summary>
    public static CudaCall? Bind(KernelBinding binding, LaunchBinder launches, StridedMap? map, float? fill = null) =>
        Bind(binding, launches, [new Move(0, 0, map)], fill);

    /// <summary>Result 0 filled; null for a type that has no such value.</summary>
    public static KernelLaunch? Fill(KernelBinding binding, LaunchBinder launches, float value)
    {
        var y = binding.Output(0);
        Delegate? code = y.Type.Bits() switch
        {
            8 => MovementCode.Fill<byte, CastCode.LowBits>,
            16 => MovementCode.Fill<short, CastCode.LowBits>,
            32 => MovementCode.Fill<int, CastCode.LowBits>,
            64 => MovementCode.Fill<long, CastCode.LowBits>,
            _ => null,
        };
        return code is null || ElementBits.Of(y.Type, value) is not { } bits ? null
            : launches.Launch(code, LaunchShape.Over(y.Count), new FillNumbers { Count = (int)y.Count, Bits = (long)bits }, Operand.Output(0, binding));
    }

    /// <summary>Result 0 zeroed; any type.</summary>
    public static KernelLaunch Zero(KernelBinding binding, LaunchBinder launches)
    {
        long bytes = binding.Output(0).Bytes;
        return Fill(binding, launches, 0)
            ?? launches.Launch(MovementCode.Fill<byte, CastCode.LowBits>, LaunchShape.Over(bytes), new FillNumbers { Count = (int)bytes }, new Operand(OperandKind.Output, 0, bytes));
    }

    /// <summary>Operand 0 copied to result 0 as it lies; any type.</summary>
    public static KernelLaunch CopyWhole(KernelBinding binding, LaunchBinder launches)
    {
        var y = binding.Output(0);
        var (copy, count) = Copy(y.Type) is { } ofElements ? (ofElements, y.Count) : (MovementCode.Copy<byte>, y.Bytes);
        return launches.Launch(
            copy, LaunchShape.Over(count), StridedMap.Create([count], [[1], [1]])!.Value, new Operand(OperandKind.Input, 0, count), new Operand(OperandKind.Output, 0, count));
    }

    /// <summary>A part of <paramref name="whole"/> that begins at <paramref name="starts"/>: its strides and its first element.</summary>
    /// <param name="steps">Default: one by one.</param>
    public static (long[] Strides, long Offset) Part(ReadOnlySpan<long> whole, ReadOnlySpan<long> starts, ReadOnlySpan<long> steps)
    {
        long[] strides = StridedMap.Dense(whole);
        long offset = 0;
        for (int axis = 0; axis < strides.Length; axis++)
        {
            offset += starts[axis] * strides[axis];
            strides[axis] *= steps.IsEmpty ? 1 : steps[axis];
        }

        return (strides, offset);
    }

    /// <summary>The copy of a part of a tensor to a tensor of its own.</summary>
    public static StridedMap? TakePart(OperandType whole, long[] starts, long[]? steps, OperandType part)
    {
        var (strides, offset) = Part(whole.Shape.AsSpan(), starts, steps);
        return StridedMap.Create(part.Shape.AsSpan(), [strides, StridedMap.Dense(part.Shape.AsSpan())], offset, 0);
    }

    /// <summary>The copy of a tensor to a part of another.</summary>
    public static StridedMap? PutPart(OperandType part, OperandType whole, long[] starts, long[]? steps)
    {
        var (strides, offset) = Part(whole.Shape.AsSpan(), starts, steps);
        return StridedMap.Create(part.Shape.AsSpan(), [StridedMap.Dense(part.Shape.AsSpan()), strides], 0, offset);
    }

    private static Delegate? Copy(DType type) => type.Bits() switch
    {
        8 => MovementCode.Copy<byte>,
        16 => MovementCode.Copy<short>,
        32 => MovementCode.Copy<int>,
        64 => MovementCode.Copy<long>,
        _ => null,
    };
}
