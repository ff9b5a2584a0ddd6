using GraphPipe.Bundle;

namespace GraphPipe.Core;

/// <summary>Finds the elements of tensors that IR text names by their hash: a side file, or the module that was printed.</summary>
public sealed class TensorSource
{
    private readonly Dictionary<string, TensorData> _byHash = new(StringComparer.Ordinal);

    public static TensorSource Empty { get; } = new();

    public TensorData? this[string hash] => _byHash.GetValueOrDefault(hash);

    public IReadOnlyDictionary<string, TensorData> All => _byHash;

    /// <summary>All tensors of a module that do not stand inline in its text.</summary>
    public static TensorSource Of(Module module)
    {
        var source = new TensorSource();
        foreach (var parameter in module.Parameters)
        {
            if (parameter.Data is { } data)
                source.Add(data);
        }

        foreach (var op in module.Stages.SelectMany(s => s.Functions).Select(f => f.Body).Append(module.Graph).SelectMany(r => r.AllOps()))
        {
            foreach (var (_, value) in op.Attributes.Pairs)
            {
                switch (value)
                {
                    case IrAttribute.Tensor tensor:
                        source.Add(tensor.Value);
                        break;
                    case IrAttribute.Tensors tensors:
                        foreach (var tensor in tensors.Values)
                            source.Add(tensor);
                        break;
                    case IrAttribute.SparseTensor sparse:
                        source.Add(sparse.Values);
                        source.Add(sparse.Indices);
                        break;
                }
            }
        }

        return source;
    }

    private void Add(TensorData data)
    {
        if (!TensorText.CanInline(data))
            _byHash.TryAdd(data.Hash, data);
    }
}
