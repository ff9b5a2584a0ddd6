using System.Globalization;
using System.Numerics;

namespace GraphPipe.Bundle;

/// <summary>Which of the equal parts of every micro-batch a stage takes: replica <see cref="Index"/> of <see cref="Count"/>.</summary>
public readonly record struct Replica(int Index, int Count)
{
    /// <summary>A stage without replicas: all samples are its own.</summary>
    public static Replica Only { get; } = new(0, 1);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Index} of {Count}");
}

/// <summary>
/// The samples that a stage works on, and in which pieces. Micro-batches of the whole stage lie one after the other; replica r of d has of each
/// the r-th of d equal parts.
/// </summary>
/// <param name="MicroBatch">Samples of one forward of this replica.</param>
public readonly record struct StageSamples(long MicroBatch, Replica Replica)
{
    /// <summary>Samples of a micro-batch over all replicas: from the start of one to the start of the next.</summary>
    public long Stride => MicroBatch * Replica.Count;

    /// <summary>The samples of a micro-batch.</summary>
    public SampleRange RangeOf(MicroBatch microBatch)
    {
        long start = microBatch.Index * Stride + Replica.Index * MicroBatch;
        return new SampleRange(start, start + MicroBatch);
    }

    /// <summary>The micro-batch that a sample of this replica lies in.</summary>
    public MicroBatch MicroBatchAt(long sample) => new((int)(sample / Stride));

    /// <summary>Micro-batches that have samples in a mini-batch of so many.</summary>
    public int MicroBatches(long miniBatch) => (int)Math.Max(0, (miniBatch - Replica.Index * MicroBatch + Stride - 1) / Stride);

    /// <summary>What of a range is this stage's, one piece for each of its micro-batches, ascending.</summary>
    public IEnumerable<SampleRange> Within(SampleRange range)
    {
        for (long m = range.Start / Stride; m * Stride < range.End; m++)
        {
            var own = RangeOf(new MicroBatch((int)m));
            var common = new SampleRange(Math.Max(own.Start, range.Start), Math.Min(own.End, range.End));
            if (common.Count > 0)
                yield return common;
        }
    }

    /// <summary>Whether there are samples that both work on.</summary>
    public bool Meets(StageSamples other)
    {
        long period = (long)(Stride / BigInteger.GreatestCommonDivisor(Stride, other.Stride) * other.Stride);
        for (int m = 0; m * Stride < period; m++)
        {
            if (other.Within(RangeOf(new MicroBatch(m))).Any())
                return true;
        }

        return false;
    }
}
