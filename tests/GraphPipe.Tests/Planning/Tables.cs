using CsCheck;
using GraphPipe.Bundle;
using GraphPipe.Planning;
using Xunit;

namespace GraphPipe.Tests.Planning;

/// <summary>Tables as a user may write them.</summary>
internal static class Tables
{
    /// <summary>A table that is right, under the name <c>t.csv</c>.</summary>
    public static ScheduleChoice Choice(string text) => new("t.csv", Schedule(text));

    /// <summary>The schedule of a table that is right.</summary>
    public static TableSchedule Schedule(string text)
    {
        var bag = new DiagnosticBag();
        var table = TableSchedule.Parse("t.csv", "t.csv", text, bag);
        Assert.True(table is not null, string.Join('\n', bag.All));
        return table;
    }

    /// <summary>Stages one behind the other, stage s on line <paramref name="lineOf"/>[s].</summary>
    public static StageGraph Chain(int microBatches, params int[] lineOf) => new(
        microBatches,
        [.. lineOf.Select((d, s) => new StageShape(new(s), new(d), 1))],
        [.. Enumerable.Range(0, lineOf.Length - 1).Select(s => (new StageId(s), new StageId(s + 1)))],
        PipelineKind.Graph);

    /// <summary>
    /// Any table that runs on any graph of its stages: work in a random order that is possible, each stage on a random line, each backward whole or in
    /// two parts, sums over micro-batches in one random order.
    /// </summary>
    public static readonly Gen<string> Any =
        from stages in Gen.Int[1, 5]
        from lines in Gen.Int[1, 3]
        from microBatches in Gen.Bool.Select(b => b ? 2 : 4)
        from seed in Gen.Int[0, int.MaxValue - 1]
        select Random(stages, Math.Min(lines, stages), microBatches, new Random(seed));

    private static string Random(int stages, int lines, int microBatches, Random random)
    {
        // Every line has a stage.
        int[] lineOf = [.. Enumerable.Range(0, stages).Select(s => s < lines ? s : random.Next(lines))];
        random.Shuffle(lineOf);
        int[] sums = [.. Enumerable.Range(0, microBatches)];
        random.Shuffle(sums);
        var splits = Enumerable.Range(0, stages).Select(_ => random.Next(3)).ToArray();
        var split = Enumerable.Range(0, stages).Select(s => Enumerable.Range(0, microBatches).Select(_ => splits[s] == 0 || (splits[s] == 1 && random.Next(2) == 0)).ToArray()).ToArray();
        var forward = new bool[stages, microBatches];
        var backward = new bool[stages, microBatches];
        var summed = new int[stages];
        var text = Enumerable.Range(0, lines).Select(_ => new List<string>()).ToArray();
        while (true)
        {
            var ready = new List<(int Stage, char Kind, int MicroBatch)>();
            for (int s = 0; s < stages; s++)
            {
                for (int m = 0; m < microBatches; m++)
                {
                    bool isNextSum = summed[s] < microBatches && sums[summed[s]] == m;
                    if (!forward[s, m] && (s == 0 || forward[s - 1, m]))
                        ready.Add((s, 'F', m));
                    else if (forward[s, m] && !backward[s, m] && (s == stages - 1 || backward[s + 1, m]) && (split[s][m] || isNextSum))
                        ready.Add((s, split[s][m] ? 'I' : 'B', m));
                    else if (backward[s, m] && split[s][m] && isNextSum)
                        ready.Add((s, 'W', m));
                }
            }

            if (ready.Count == 0)
                return string.Concat(text.Select(t => string.Join(',', t) + "\n"));
            var (stage, kind, microBatch) = ready[random.Next(ready.Count)];
            text[lineOf[stage]].Add($"{stage}{kind}{microBatch}");
            forward[stage, microBatch] = true;
            backward[stage, microBatch] |= kind != 'F';
            summed[stage] += kind is 'B' or 'W' ? 1 : 0;
        }
    }
}
