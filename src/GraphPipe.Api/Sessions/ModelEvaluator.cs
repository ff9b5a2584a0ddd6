using GraphPipe.Bundle;
using GraphPipe.Runtime;

namespace GraphPipe;

/// <summary>How good a model is on some data.</summary>
/// <param name="Loss">Mean over everything that counts; NaN if nothing does.</param>
/// <param name="Accuracy">Part of the targets whose class has the largest logit; null unless the loss is a cross entropy.</param>
public sealed record Evaluation(double Loss, double? Accuracy, long Samples);

/// <summary>Evaluates a session on a whole source.</summary>
public static class ModelEvaluator
{
    /// <exception cref="DiagnosticException">GP7006: the source is empty; GP6005: interrupted; and as for <see cref="PipelineExecutor.Evaluate"/>.</exception>
    public static Evaluation Evaluate(TrainingSession session, IBatchSource source, CancellationToken cancellation = default)
    {
        var settings = session.Bundle.Manifest.Loss;
        var mean = new LossMean(settings);
        long right = 0, counted = 0;
        foreach (var batch in source.Epoch(0))
        {
            var result = session.Evaluate(batch, cancellation);
            mean.Add(batch, result.Loss!.Value);
            if (settings.Kind != LossKind.CrossEntropy)
                continue;
            var (hits, targets) = Count(result.Outputs[settings.Output], batch[settings.Target], settings.IgnoreIndex);
            right += hits;
            counted += targets;
        }

        return mean.Samples == 0
            ? throw new DiagnosticException(Diagnostic.Error(Codes.DataEmpty, "the data has no samples"))
            : new Evaluation(mean.Value, counted > 0 ? (double)right / counted : null, mean.Samples);
    }

    // Logits are [N, classes, …], targets [N, …].
    private static (long Right, long Counted) Count(TensorData logits, TensorData targets, long ignored)
    {
        int classes = (int)logits.Shape[1];
        int inner = 1;
        for (int axis = 2; axis < logits.Shape.Length; axis++)
            inner *= (int)logits.Shape[axis];
        long right = 0, counted = 0;
        for (int t = 0; t < (int)targets.Count; t++)
        {
            long target = targets.LongAt(t);
            if (target == ignored)
                continue;
            counted++;
            int start = t / inner * classes * inner + t % inner;
            int best = 0;
            for (int c = 1; c < classes; c++)
            {
                if (logits.DoubleAt(start + c * inner) > logits.DoubleAt(start + best * inner))
                    best = c;
            }

            if (best == target)
                right++;
        }

        return (right, counted);
    }
}
