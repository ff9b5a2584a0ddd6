using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Runtime;

/// <summary>Samples in memory: one tensor per input and target, all with the same number of samples.</summary>
public sealed class Dataset : IBatchSource
{
    private readonly ImmutableArray<(InputSpec Spec, TensorData Data)> _tensors;
    private readonly long _miniBatch;
    private readonly long? _shuffleSeed;

    private Dataset(ImmutableArray<(InputSpec Spec, TensorData Data)> tensors, long samples, long miniBatch, long? shuffleSeed)
    {
        _tensors = tensors;
        Samples = samples;
        _miniBatch = miniBatch;
        _shuffleSeed = shuffleSeed;
    }

    public long Samples { get; }

    /// <param name="tensors">By the names of inputs and targets; more than the model wants does no harm.</param>
    /// <param name="specs">What the model wants.</param>
    /// <param name="miniBatch">Samples of a mini-batch; the last of an epoch has what is left.</param>
    /// <param name="shuffleSeed">Null: samples stay in their order. Else every epoch has an order of its own that follows from the seed.</param>
    /// <param name="withTargets">False: targets may be missing.</param>
    /// <exception cref="DiagnosticException">
    /// GP7003: a tensor is missing; GP7004, GP7005: it has another element type or shape, or another number of samples than the rest; GP7006: there are
    /// no samples. All that is wrong is in one list.
    /// </exception>
    public static Dataset Create(
        IReadOnlyDictionary<string, TensorData> tensors, IReadOnlyList<InputSpec> specs, long miniBatch, long? shuffleSeed = null, bool withTargets = true)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(miniBatch);
        var diagnostics = new DiagnosticBag();
        var found = ImmutableArray.CreateBuilder<(InputSpec, TensorData)>();
        string first = "";
        long? samples = null;
        foreach (var spec in specs)
        {
            if (!tensors.TryGetValue(spec.Name, out var data))
            {
                if (spec.Kind != FeedKind.Target || withTargets)
                    diagnostics.Add(Missing(spec, tensors));
                continue;
            }

            found.Add((spec, data));
            if (spec.SamplesOf(data, diagnostics) is not { } count)
                continue;
            if (samples is null)
                (samples, first) = (count, spec.Name);
            else if (count != samples)
                diagnostics.Add(Diagnostic.Error(Codes.DataShape, $"'{spec.Name}' has {count} samples, '{first}' has {samples}", spec.Name));
        }

        if (!diagnostics.HasErrors && samples is null or 0)
            diagnostics.Add(Diagnostic.Error(Codes.DataEmpty, "the data has no samples", first));
        var whole = found.Select(f => f.Item1).FirstOrDefault(s => !s.CanBeCut);
        if (whole is not null && samples > miniBatch)
        {
            diagnostics.Add(Diagnostic.Error(
                Codes.DataShape, $"'{whole.Name}' {whole.Shape} has the samples along two axes, so {samples} samples can't be cut into mini-batches of {miniBatch}", whole.Name, $"compile with --mini-batch {samples}"));
        }

        diagnostics.ThrowIfErrors();
        return new Dataset(found.ToImmutable(), samples!.Value, miniBatch, whole is null ? shuffleSeed : null);
    }

    public IEnumerable<MiniBatch> Epoch(int epoch)
    {
        long[]? order = _shuffleSeed is { } seed ? CounterRandom.Of(seed).Fork(epoch).Permutation(Samples) : null;
        for (long start = 0; start < Samples; start += _miniBatch)
        {
            long count = Math.Min(_miniBatch, Samples - start);
            yield return new MiniBatch(count, _tensors.Select(t => KeyValuePair.Create(t.Spec.Name, Gather(t.Spec, t.Data, order, start, count))));
        }
    }

    private static Diagnostic Missing(InputSpec spec, IReadOnlyDictionary<string, TensorData> tensors) => Diagnostic.Error(
        Codes.DataMissing,
        $"the data has no '{spec.Name}', which the model wants as {(spec.Kind == FeedKind.Target ? "target" : "input")} {spec.Type.Text()}{spec.Shape}",
        spec.Name,
        $"it has {(tensors.Count == 0 ? "nothing" : string.Join(", ", tensors.Keys.Order(StringComparer.Ordinal)))}");

    private TensorData Gather(InputSpec spec, TensorData data, long[]? order, long start, long count)
    {
        if (spec.Batch is null || !spec.CanBeCut)
            return data;
        var layout = SampleLayout.Of(spec.Type, spec.Shape, spec.Batch);
        byte[] target = new byte[layout.Blocks * layout.SampleBytes * count];
        if (order is null)
        {
            layout.Copy(count, Samples, start, count, 0).Apply(data.Bytes.Span, target);
        }
        else
        {
            for (long i = 0; i < count; i++)
                layout.Copy(1, Samples, order[start + i], count, i).Apply(data.Bytes.Span, target);
        }

        return new TensorData(spec.Type, spec.Shape.At(count), target);
    }
}
