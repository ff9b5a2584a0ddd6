using GraphPipe.Bundle;

namespace GraphPipe;

/// <summary>
/// How large made-up whole numbers may be, so that they are indices that exist: the size of the table that a Gather looks them up in, and the
/// number of classes for a cross entropy's target. Numbers on the way from an input to the Gather may be cast, moved and joined.
/// </summary>
public static class SyntheticLimits
{
    /// <param name="hints">What the model file says itself; it comes first.</param>
    /// <returns>By the names of inputs and target.</returns>
    public static IReadOnlyDictionary<string, long> Of(StageBundle bundle, ModelHints hints)
    {
        var limits = new Dictionary<string, long>(StringComparer.Ordinal);
        var sources = new Dictionary<(StageId, BufferId), HashSet<string>>();
        var sent = new Dictionary<ChannelId, HashSet<string>>();
        foreach (var program in bundle.Stages.Select(s => s.Program).OrderBy(p => p.Id))
        {
            foreach (var feed in program.Feeds.Where(f => f.Kind != FeedKind.LossScale && !program[f.Buffer].Type.IsFloat()))
                sources[(program.Id, feed.Buffer)] = [feed.Name];
            foreach (var port in program.Ports.Where(p => !p.IsSend && sent.ContainsKey(p.Channel)))
                sources[(program.Id, port.Buffer)] = sent[port.Channel];
            HashSet<string> SourcesOf(BufferId buffer) =>
                buffer.IsNone ? [] : sources.GetValueOrDefault((program.Id, buffer)) ?? sources.GetValueOrDefault((program.Id, program.Root(buffer))) ?? [];
            foreach (var call in program.Functions.Where(f => f.Kind is FunctionKind.Forward or FunctionKind.Loss).SelectMany(f => f.Calls))
            {
                if (IsLookup(call.Kernel))
                {
                    var table = program[call.Inputs[0]].Shape;
                    long axis = call.Attributes.Int("axis", 0);
                    if (table[(int)(axis < 0 ? axis + table.Rank : axis)].Constant is { } rows)
                        Limit(SourcesOf(call.Inputs[1]), rows);
                }
                else if (call.Kernel == "train.LossCrossEntropy" && program[call.Inputs[0]].Shape[1].Constant is { } classes)
                {
                    Limit(SourcesOf(call.Inputs[1]), classes);
                }

                var names = call.Inputs.SelectMany(SourcesOf).ToHashSet(StringComparer.Ordinal);
                foreach (var output in call.Outputs.Where(o => !o.IsNone && names.Count > 0 && !program[o].Type.IsFloat() && !IsLookup(call.Kernel)))
                    sources[(program.Id, output)] = names;
            }

            foreach (var port in program.Ports.Where(p => p.IsSend && SourcesOf(p.Buffer).Count > 0))
                sent[port.Channel] = SourcesOf(port.Buffer);
        }

        foreach (var (name, range) in hints.Ranges)
            limits[name] = Math.Min(range, limits.GetValueOrDefault(name, long.MaxValue));
        return limits;

        void Limit(HashSet<string> names, long limit)
        {
            foreach (string name in names)
                limits[name] = Math.Min(limit, limits.GetValueOrDefault(name, long.MaxValue));
        }
    }

    private static bool IsLookup(string kernel) => kernel is "Gather" or "GatherElements";
}
