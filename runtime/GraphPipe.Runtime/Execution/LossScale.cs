using GraphPipe.Bundle;

namespace GraphPipe.Runtime;

/// <summary>
/// The factors of a mini-batch's losses, computed before its first micro-batch. A loss is a mean over the samples of one update: the mini-batch, or a generation of
/// an asynchronous plan.
/// </summary>
/// <param name="target">The target's place in data; null if the loss has none.</param>
/// <param name="mostGenerations">Of a mini-batch.</param>
public sealed class LossScale(LossSettings loss, InputSpec? target = null, int mostGenerations = 1)
{
    private readonly float[] _whole = new float[mostGenerations];
    private readonly long[] _samples = new long[mostGenerations];

    /// <summary>Takes up a mini-batch; allocates nothing.</summary>
    /// <param name="generation">Samples between two updates.</param>
    public void Prepare(MiniBatch batch, long generation)
    {
        for (int g = 0; g * generation < batch.Samples; g++)
        {
            var range = new SampleRange(g * generation, Math.Min((g + 1) * generation, batch.Samples));
            _samples[g] = range.Count;
            _whole[g] = loss.Normaliser switch
            {
                LossNormaliser.Samples => 0,
                LossNormaliser.Sum => 1,
                LossNormaliser.Elements => Inverse(batch[loss.Target].Count / batch.Samples * range.Count),
                _ => Inverse(CountNotIgnored(batch, range)),
            };
        }
    }

    /// <summary>The factor for the micro-batch with <paramref name="samples"/> samples in a generation.</summary>
    public float For(long samples, int generation) => loss.Normaliser == LossNormaliser.Samples ? (float)((double)samples / _samples[generation]) : _whole[generation];

    // A mini-batch in which nothing counts has loss and gradients zero, not NaN.
    private static float Inverse(long count) => count == 0 ? 0 : (float)(1.0 / count);

    private long CountNotIgnored(MiniBatch batch, SampleRange range)
    {
        var classes = batch[loss.Target];
        if (range.Count == batch.Samples)
            return LossMean.CountNotIgnored(classes, loss.IgnoreIndex);
        var layout = SampleLayout.Of(target!.Type, target.Shape, target.Batch!);
        long perSample = classes.Count / batch.Samples / layout.Blocks, count = 0;
        for (long block = 0; block < layout.Blocks; block++)
        {
            for (long i = (block * batch.Samples + range.Start) * perSample; i < (block * batch.Samples + range.End) * perSample; i++)
                count += classes.LongAt((int)i) == loss.IgnoreIndex ? 0 : 1;
        }

        return count;
    }
}
