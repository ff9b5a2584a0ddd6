using GraphPipe.Bundle;

namespace GraphPipe.Runtime;

/// <summary>
/// How the samples of a value lie in memory: <paramref name="Blocks"/> blocks, in each of which the samples follow one another with
/// <paramref name="SampleBytes"/> bytes each. One block: a range of samples is contiguous.
/// </summary>
public readonly record struct SampleLayout(long Blocks, long SampleBytes)
{
    /// <summary>The layout of a tensor whose samples lie as <paramref name="batch"/> says.</summary>
    /// <exception cref="InvalidOperationException">The shape does not have that batch axis: a bug of whoever emitted it.</exception>
    public static SampleLayout Of(DType type, Shape shape, BatchLayout batch)
    {
        if (type.Bits() % 8 != 0 || type.Bits() == 0)
            throw new InvalidOperationException($"samples of {type.Text()} do not start on bytes");
        if (shape[batch.Axis].MultipleOf(Dim.BatchSymbol) != batch.Outer * batch.Inner)
            throw new InvalidOperationException($"axis {batch.Axis} of {shape} is not {batch}");
        long blocks = batch.Outer, elements = batch.Inner;
        for (int axis = 0; axis < shape.Rank; axis++)
        {
            if (axis == batch.Axis)
                continue;
            long length = shape[axis].Constant ?? throw new InvalidOperationException($"{shape} depends on N beside its axis {batch.Axis}");
            if (axis < batch.Axis)
                blocks *= length;
            else
                elements *= length;
        }

        return new SampleLayout(blocks, elements * type.Bits() / 8);
    }

    /// <summary>The copy of <paramref name="count"/> samples between two tensors of this layout.</summary>
    /// <param name="count">Samples to copy.</param>
    /// <param name="sourceSamples">Samples that the source holds.</param>
    /// <param name="sourceStart">The first one copied.</param>
    /// <param name="targetSamples">Samples that the target holds.</param>
    /// <param name="targetStart">Where the first one goes.</param>
    public StridedCopy Copy(long count, long sourceSamples, long sourceStart, long targetSamples, long targetStart) =>
        count == sourceSamples && count == targetSamples
            ? StridedCopy.Whole(Blocks * count * SampleBytes)
            : new(Blocks, count * SampleBytes, sourceStart * SampleBytes, sourceSamples * SampleBytes, targetStart * SampleBytes, targetSamples * SampleBytes);

    /// <summary>
    /// False for a value that has its samples along two axes, such as logits [N,N]: some of them can't be taken out of it, so whoever makes one sees
    /// the whole mini-batch.
    /// </summary>
    internal static bool CanBeCut(Shape shape, BatchLayout batch) => Enumerable.Range(0, shape.Rank).All(axis => axis == batch.Axis || shape[axis].IsConstant);

    /// <summary>The copy between two tensors of a value; the whole content where no samples are in it.</summary>
    internal static StridedCopy Copy(
        DType type, Shape shape, BatchLayout? batch, long count, long sourceSamples, long sourceStart, long targetSamples, long targetStart) =>
        batch is null || (count == sourceSamples && count == targetSamples && !CanBeCut(shape, batch))
            ? StridedCopy.Whole(type.Size(shape.Elements.At(count)).Value)
            : Of(type, shape, batch).Copy(count, sourceSamples, sourceStart, targetSamples, targetStart);
}
