namespace GraphPipe.Core;

/// <summary>Renumbers a module so that its value table holds exactly what is used, in order of appearance.</summary>
public static class ModuleCleaner
{
    /// <summary>Drops values nobody mentions. Parameters and variables without uses are kept when <paramref name="keepParameters"/> says so.</summary>
    public static Module Compact(Module module, Func<Parameter, bool> keepParameters)
    {
        var used = new bool[module.Values.Length];
        var regions = module.Stages.SelectMany(s => s.Functions).Select(f => f.Body).Append(module.Graph).ToList();
        foreach (var region in regions)
            Mark(region, used);
        var parameters = module.Parameters.Where(p => used[p.Value.Index] || keepParameters(p)).ToList();
        foreach (var parameter in parameters)
            used[parameter.Value.Index] = true;
        foreach (var variable in module.Variables)
            used[variable.Value.Index] = used[variable.Of.Index] = true;
        foreach (var feed in module.Feeds)
            used[feed.Value.Index] = true;
        if (module.Loss is { Value.IsNone: false } loss)
            used[loss.Value.Index] = true;

        var map = new ValueId[module.Values.Length];
        var values = new List<ValueInfo>();
        for (int i = 0; i < map.Length; i++)
        {
            map[i] = used[i] ? new ValueId(values.Count) : ValueId.None;
            if (used[i])
                values.Add(module.Values[i]);
        }

        ValueId To(ValueId id) => id.IsNone ? id : map[id.Index];
        return module with
        {
            Values = [.. values],
            Parameters = [.. parameters.Select(p => p with { Value = To(p.Value) })],
            Variables = [.. module.Variables.Select(v => v with { Value = To(v.Value), Of = To(v.Of) })],
            Feeds = [.. module.Feeds.Select(f => f with { Value = To(f.Value) })],
            Loss = module.Loss is null ? null : module.Loss with { Value = To(module.Loss.Value) },
            Graph = Remap(module.Graph, To),
            Stages = [.. module.Stages.Select(s => s with { Functions = [.. s.Functions.Select(f => f with { Body = Remap(f.Body, To) })] })],
        };
    }

    /// <summary>The region with every value replaced.</summary>
    public static Region Remap(Region region, Func<ValueId, ValueId> to) => region with
    {
        Inputs = [.. region.Inputs.Select(to)],
        Outputs = [.. region.Outputs.Select(to)],
        Ops =
        [
            .. region.Ops.Select(op => op with
            {
                Operands = [.. op.Operands.Select(to)],
                Results = [.. op.Results.Select(to)],
                Regions = [.. op.Regions.Select(r => Remap(r, to))],
            }),
        ],
    };

    private static void Mark(Region region, bool[] used)
    {
        foreach (var id in region.Inputs.Concat(region.Outputs).Concat(region.Ops.SelectMany(op => op.Operands.Concat(op.Results))))
        {
            if (!id.IsNone)
                used[id.Index] = true;
        }

        foreach (var inner in region.Ops.SelectMany(op => op.Regions))
            Mark(inner, used);
    }
}
