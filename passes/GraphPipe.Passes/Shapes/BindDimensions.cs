using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;
using GraphPipe.Ops;

namespace GraphPipe.Passes;

/// <summary>
/// Gives the symbolic dimensions of the inputs their meaning: the batch symbol becomes N, every other one the size the user stated.
/// <para>Needs level onnx. After it, the only symbol in the inputs' types is N; types of other values are forgotten, since they may name
/// symbols of the old spelling, and are inferred again; but for the results of operators that <paramref name="registry"/> does not know. Example: <c>%x : f32[batch,seq,64]</c> with seq = 128 becomes <c>f32[N,128,64]</c>.</para>
/// <para>The batch symbol is the one the user names, else the symbol that stands along the first axis of most inputs. Inputs whose first axis
/// has another symbol, used nowhere else, are taken to run over the same samples.</para>
/// </summary>
public sealed class BindDimensions(ImmutableSortedDictionary<string, long> sizes, string? batchSymbol, OperatorRegistry? registry = null) : IPass
{
    public string Name => "bind-dimensions";

    public Level From => Level.Onnx;

    public Level To => Level.Onnx;

    public Module Run(Module module, DiagnosticBag diagnostics)
    {
        var inputs = module.Graph.Inputs;
        var symbols = inputs.SelectMany(i => module[i].Tensor?.Shape is { } s ? s.SelectMany(d => d.Symbols) : []).ToHashSet(StringComparer.Ordinal);
        foreach (string unknown in sizes.Keys.Append(batchSymbol).OfType<string>().Where(s => !symbols.Contains(s)))
        {
            diagnostics.Add(Diagnostic.Error(
                Codes.Usage, $"no input has a dimension called '{unknown}'", advice: symbols.Count == 0 ? "all sizes are fixed in the file" : $"there are {string.Join(", ", symbols.Order(StringComparer.Ordinal).Select(s => $"'{s}'"))}"));
        }

        string? batch = batchSymbol ?? FindBatch(module);
        var alike = FirstAxisOnly(module, batch);
        Dim? Bind(string symbol) =>
            symbol == batch || alike.Contains(symbol) ? Dim.Batch
            : sizes.TryGetValue(symbol, out long size) ? Dim.Of(size)
            : symbol == Dim.BatchSymbol ? Dim.Symbol(Dim.BatchSymbol + "'")
            : null;

        // Nobody infers these again: what the file states is all there is.
        var stated = module.Graph.Ops.Where(op => registry is not null && registry[op.Name] is null).SelectMany(op => op.Results).Where(r => !r.IsNone)
            .ToDictionary(r => r, r => module[r].Tensor is { Shape: { } shape } type ? type with { Shape = shape.Substitute(Bind) } : module[r].Type);
        var values = module.Values.Select(v => v.Type is TensorType { Shape: { } shape } t && shape.Any(d => !d.IsConstant) ? v with { Type = t with { Shape = null } } : v).ToArray();
        foreach (var (result, type) in stated)
            values[result.Index] = values[result.Index] with { Type = type };
        foreach (var input in inputs)
        {
            if (module[input].Tensor is not { Shape: { } shape } type)
                continue;
            var bound = shape.Substitute(Bind);
            values[input.Index] = values[input.Index] with { Type = type with { Shape = bound } };
            foreach (string open in bound.SelectMany(d => d.Symbols).Where(s => s != Dim.BatchSymbol).Distinct())
            {
                diagnostics.Add(Diagnostic.Error(
                    Codes.DimensionUnbound, $"dimension '{open}' of input '{module[input].Name}' has no size", $"input \"{module[input].Name}\"",
                    $"state it with --dim \"{open}=SIZE\", or name the batch dimension with --batch-dim"));
            }
        }

        return module with { Values = [.. values] };
    }

    private static string? FindBatch(Module module) =>
        FirstAxes(module).GroupBy(s => s).OrderByDescending(g => g.Count()).ThenBy(g => g.Key, StringComparer.Ordinal).FirstOrDefault()?.Key
        ?? module.Graph.Inputs.Select(i => module[i].Tensor?.Shape).OfType<Shape>().SelectMany(s => s).SelectMany(d => d.Symbols).FirstOrDefault();

    private static IEnumerable<string> FirstAxes(Module module) =>
        from input in module.Graph.Inputs
        let shape = module[input].Tensor?.Shape
        where shape is { Rank: > 0 } && !shape[0].IsConstant
        from symbol in shape[0].Symbols
        select symbol;

    private static HashSet<string> FirstAxisOnly(Module module, string? batch)
    {
        var elsewhere = new HashSet<string>();
        foreach (var input in module.Graph.Inputs)
        {
            if (module[input].Tensor?.Shape is { } shape)
                elsewhere.UnionWith(shape.Skip(1).SelectMany(d => d.Symbols));
        }

        return batch is null ? [] : [.. FirstAxes(module).Where(s => !elsewhere.Contains(s))];
    }
}
