using System.Globalization;
using System.Numerics;

namespace GraphPipe.Bundle;

/// <summary>
/// What of a stage's work one of its replicas has: the <see cref="Index"/>-th of <see cref="Count"/> equal parts of every micro-batch; or, where they take
/// turns, whole micro-batches, <see cref="Turn"/> in a row.
/// </summary>
/// <param name="Turn">0: replicas share out every micro-batch. Else replica 0 takes the first so many micro-batches, replica 1 the next, and so on in a circle.</param>
public readonly record struct Replica(int Index, int Count, int Turn = 0)
{
    /// <summary>A stage without replicas: all samples are its own.</summary>
    public static Replica Only { get; } = new(0, 1);

    /// <summary>Whether a micro-batch is one replica's alone.</summary>
    public bool TakesTurns => Turn > 0;

    /// <summary>What a replica has of the samples of one micro-batch (or of what is in flight) that it takes part in.</summary>
    public long PartOf(long samples) => TakesTurns ? samples : samples / Count;

    /// <summary>E.g. <c>0 of 2</c>, <c>1 of 2 turn 4</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Index} of {Count}{(TakesTurns ? $" turn {Turn}" : "")}");
}

/// <summary>
/// The samples that a stage works on, and in which pieces. Micro-batches of the whole stage lie one after the other. Where replicas share them out, replica r
/// of d has of each the r-th of d equal parts; where they take turns, it has all of those whose turn is its.
/// </summary>
/// <param name="MicroBatch">Samples of one forward of this replica.</param>
public readonly record struct StageSamples(long MicroBatch, Replica Replica)
{
    /// <summary>Samples of a micro-batch of the whole stage: from the start of one to the start of the next.</summary>
    public long Stride => Replica.TakesTurns ? MicroBatch : MicroBatch * Replica.Count;

    /// <summary>Whether this replica works on a micro-batch.</summary>
    public bool Has(MicroBatch microBatch) => !Replica.TakesTurns || microBatch.Index / Replica.Turn % Replica.Count == Replica.Index;

    /// <summary>The samples of a micro-batch that it <see cref="Has"/>.</summary>
    public SampleRange RangeOf(MicroBatch microBatch)
    {
        long start = microBatch.Index * Stride + FirstSample;
        return new SampleRange(start, start + MicroBatch);
    }

    /// <summary>The micro-batch that a sample of this replica lies in.</summary>
    public MicroBatch MicroBatchAt(long sample) => new((int)(sample / Stride));

    /// <summary>One more than the number of the last micro-batch that has samples for this replica (or for the others, where they take turns) in a mini-batch of so many.</summary>
    public int MicroBatches(long miniBatch) => (int)Math.Max(0, (miniBatch - FirstSample + Stride - 1) / Stride);

    /// <summary>The micro-batches that it has in a mini-batch of so many samples, ascending.</summary>
    public IEnumerable<MicroBatch> OwnMicroBatches(long miniBatch) => Enumerable.Range(0, MicroBatches(miniBatch)).Select(m => new MicroBatch(m)).Where(Has);

    /// <summary>What of a range is this stage's, one piece for each of its micro-batches, ascending.</summary>
    public IEnumerable<SampleRange> Within(SampleRange range)
    {
        for (long m = range.Start / Stride; m * Stride < range.End; m++)
        {
            var microBatch = new MicroBatch((int)m);
            var own = RangeOf(microBatch);
            var common = new SampleRange(Math.Max(own.Start, range.Start), Math.Min(own.End, range.End));
            if (common.Count > 0 && Has(microBatch))
                yield return common;
        }
    }

    /// <summary>Whether there are samples that both work on.</summary>
    public bool Meets(StageSamples other)
    {
        long period = (long)(Period / BigInteger.GreatestCommonDivisor(Period, other.Period) * other.Period);
        foreach (var microBatch in OwnMicroBatches(period))
        {
            if (other.Within(RangeOf(microBatch)).Any())
                return true;
        }

        return false;
    }

    private long FirstSample => Replica.TakesTurns ? 0 : Replica.Index * MicroBatch;

    // Samples after which it is the same replica's turn again.
    private long Period => Replica.TakesTurns ? Stride * Replica.Turn * Replica.Count : Stride;
}
