using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>Where the stages of a table live: each on one line; or each on two, for two copies of the model, of which a micro-batch runs through one.</summary>
internal static class TablePlacement
{
    /// <param name="faults">Why there is no placement.</param>
    /// <returns>Null if a stage is on more lines than it may be. The first copy is the one that the first micro-batch runs through.</returns>
    public static SchedulePlacement? Of(PipelineSchedule table, out ImmutableArray<TableFault> faults)
    {
        var found = new List<TableFault>();
        var homes = new SortedDictionary<int, SortedDictionary<int, (int Line, int Position)>>();
        for (int line = 0; line < table.Devices.Length; line++)
        {
            foreach (var (position, task) in table.Devices[line].Index().Where(t => t.Item.IsCompute))
            {
                if (!homes.TryGetValue(task.Stage.Value, out var home))
                    homes.Add(task.Stage.Value, home = []);
                home.TryAdd(task.MicroBatch.Index, (line, position));
            }
        }

        // By stage its lines, in the order of the micro-batches that they begin with.
        var lines = homes.Values.Select(h => h.Values.Select(v => v.Line).Distinct().ToImmutableArray()).ToList();
        int copies = lines.Count > 0 && lines.TrueForAll(l => l.Length == 2) ? 2 : 1;
        foreach (var (stage, home) in homes.Values.Index())
        {
            foreach (var (microBatch, (line, position)) in home)
            {
                int copy = copies == 2 && homes.Values.First().TryGetValue(microBatch, out var first) && first.Line != lines[0][0] ? 1 : 0;
                if (line == lines[stage][copy])
                    continue;
                var (other, at) = home.Values.First();
                found.Add(new(
                    line,
                    position,
                    copies == 1
                        ? $"'{table.Devices[line][position]}' is of {table.Devices[line][position].Stage}, which is on line {other + 1} already ('{table.Devices[other][at]}')"
                        : $"'{table.Devices[line][position]}' is not on line {lines[stage][copy] + 1}, where the copy of the model is that this micro-batch began with",
                    copies == 1 ? "a stage lives on one device; or, for two copies of the model, every stage on two" : "a micro-batch runs through one copy of the model"));
                break;
            }
        }

        if (found.Count == 0 && copies == 2)
        {
            // Devices are told apart by the stages of the first copy.
            foreach (int line in Enumerable.Range(0, table.Devices.Length).Except(lines.Select(l => l[0])))
                found.Add(new(line, -1, "the line has stages of the second copy of the model alone", "give every device a stage of each copy"));
        }

        faults = [.. found];
        return found.Count > 0 ? null
            : SchedulePlacement.At(table.Devices.Length, [.. Enumerable.Range(0, copies).Select(c => lines.Select(l => new DeviceId(l[c])).ToImmutableArray())]);
    }
}
