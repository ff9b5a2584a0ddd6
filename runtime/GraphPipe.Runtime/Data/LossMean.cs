using GraphPipe.Bundle;

namespace GraphPipe.Runtime;

/// <summary>The loss of several mini-batches together, as if they had been one: each weighs what counts in it.</summary>
public sealed class LossMean(LossSettings settings)
{
    private double _sum;
    private double _weight;

    /// <summary>NaN if nothing counted.</summary>
    public double Value => settings.Normaliser == LossNormaliser.Sum ? _sum : _sum / _weight;

    /// <summary>True while nothing has counted.</summary>
    public bool IsEmpty => _weight == 0;

    /// <summary>Samples seen.</summary>
    public long Samples { get; private set; }

    /// <param name="loss">The mini-batch's loss, as <see cref="PipelineExecutor.Evaluate"/> gives it.</param>
    public void Add(MiniBatch batch, double loss)
    {
        double weight = settings.Normaliser switch
        {
            LossNormaliser.Sum => 1,
            LossNormaliser.NotIgnored => CountNotIgnored(batch[settings.Target], settings.IgnoreIndex),
            _ => batch.Samples,
        };
        _sum += loss * weight;
        _weight += weight;
        Samples += batch.Samples;
    }

    /// <summary>Targets of another class than the ignored one.</summary>
    public static long CountNotIgnored(TensorData target, long ignored)
    {
        long count = 0;
        if (target.Type == DType.I64)
        {
            foreach (long value in target.As<long>())
                count += value == ignored ? 0 : 1;
            return count;
        }

        for (int i = 0; i < target.Count; i++)
            count += target.LongAt(i) == ignored ? 0 : 1;
        return count;
    }
}
