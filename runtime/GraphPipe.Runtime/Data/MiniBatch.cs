using System.Collections.Frozen;
using GraphPipe.Bundle;

namespace GraphPipe.Runtime;

/// <summary>The tensors of one mini-batch, by the names of model inputs and targets.</summary>
public sealed class MiniBatch
{
    private readonly FrozenDictionary<string, TensorData> _tensors;

    /// <param name="samples">Samples in it.</param>
    /// <param name="tensors">Every input; the targets too where a loss is wanted. More than the model wants does no harm.</param>
    public MiniBatch(long samples, IEnumerable<KeyValuePair<string, TensorData>> tensors)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(samples);
        Samples = samples;
        _tensors = tensors.ToFrozenDictionary(StringComparer.Ordinal);
    }

    public long Samples { get; }

    public IEnumerable<string> Names => _tensors.Keys;

    public TensorData this[string name] => _tensors[name];

    public TensorData? Find(string name) => _tensors.GetValueOrDefault(name);

    /// <summary>Compares the tensors with what a model wants.</summary>
    /// <param name="specs">The wanted tensors.</param>
    /// <param name="withTargets">False: targets may be missing.</param>
    /// <exception cref="DiagnosticException">GP7003, GP7004, GP7005: all that is missing or wrong.</exception>
    public void Check(IEnumerable<InputSpec> specs, bool withTargets)
    {
        var diagnostics = new DiagnosticBag();
        foreach (var spec in specs)
        {
            if (spec.Kind == FeedKind.Target && !withTargets)
                continue;
            if (Find(spec.Name) is not { } tensor)
            {
                diagnostics.Add(Diagnostic.Error(
                    Codes.DataMissing, $"the data has no '{spec.Name}'", spec.Name, $"it has {(_tensors.Count == 0 ? "nothing" : string.Join(", ", _tensors.Keys.Order(StringComparer.Ordinal)))}"));
            }
            else if (spec.SamplesOf(tensor, diagnostics) is { } samples && samples != Samples)
            {
                diagnostics.Add(Diagnostic.Error(Codes.DataShape, $"'{spec.Name}' has {samples} samples, the mini-batch {Samples}", spec.Name));
            }
        }

        diagnostics.ThrowIfErrors();
    }
}
