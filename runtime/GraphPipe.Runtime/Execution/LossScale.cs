using GraphPipe.Bundle;

namespace GraphPipe.Runtime;

/// <summary>The factors of a mini-batch's losses, computed before its first micro-batch.</summary>
public sealed class LossScale
{
    private readonly LossSettings _loss;
    private long _samples;
    private float _whole;

    public LossScale(LossSettings loss) => _loss = loss;

    /// <summary>Takes up a mini-batch; allocates nothing.</summary>
    public void Prepare(MiniBatch batch)
    {
        _samples = batch.Samples;
        _whole = _loss.Normaliser switch
        {
            LossNormaliser.Samples => 0,
            LossNormaliser.Sum => 1,
            LossNormaliser.Elements => Inverse(batch[_loss.Target].Count),
            _ => Inverse(LossMean.CountNotIgnored(batch[_loss.Target], _loss.IgnoreIndex)),
        };
    }

    /// <summary>The factor for the micro-batch with <paramref name="samples"/> samples.</summary>
    public float For(long samples) => _loss.Normaliser == LossNormaliser.Samples ? (float)((double)samples / _samples) : _whole;

    // A mini-batch in which nothing counts has loss and gradients zero, not NaN.
    private static float Inverse(long count) => count == 0 ? 0 : (float)(1.0 / count);
}
