using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using GraphPipe.Bundle;
using GraphPipe.Planning;
using Xunit;

namespace GraphPipe.Tests.Planning;

/// <summary>Tables of other implementations in ../shared/data/schedules, with what their names say; and schedules of lines of stages.</summary>
internal static class ScheduleData
{
    /// <summary>A table with its parameters.</summary>
    public sealed record Reference(string Folder, string File, int Ranks, int StagesPerRank, int MicroBatches)
    {
        public string Name => Path.GetFileName(File);

        public PipelineSchedule Table => Read(File);

        /// <summary>The number behind a letter in the name, as in <c>_g4_</c>; null if there is none.</summary>
        public double? Number(string pattern) =>
            Regex.Match(Name, pattern) is { Success: true } match ? double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : null;
    }

    public static string Folder(string name)
    {
        Assert.SkipWhen(RepositoryRoot.Data is null, "no ../shared/data beside the checkout");
        return Path.Combine(RepositoryRoot.Data!, "schedules", name);
    }

    public static PipelineSchedule Read(string file)
    {
        var diagnostics = new DiagnosticBag();
        var table = ScheduleCsv.Parse(Path.GetFileNameWithoutExtension(file), File.ReadAllText(file), diagnostics);
        Assert.Empty(diagnostics.All);
        return table!;
    }

    /// <summary>The tables of a folder whose names begin so; those with messages have a suffix of their own.</summary>
    public static List<Reference> Tables(string folder, string prefix, bool withMessages = false)
    {
        string path = Folder(folder);
        var found = new List<Reference>();
        foreach (string file in Directory.GetFiles(path, prefix + "*.csv").Order(StringComparer.Ordinal))
        {
            string name = Path.GetFileName(file);
            if (name.Contains("_comms", StringComparison.Ordinal) != withMessages)
                continue;
            int Part(string pattern, int otherwise) => Regex.Match(name, pattern) is { Success: true } m ? int.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture) : otherwise;
            found.Add(new(folder, file, Part(@"_(\d+)r_", 0), Part(@"_(\d+)s_", 2 * Part(@"_(\d+)w_", 0)) is var v and > 0 ? v : 1, Part(@"_(\d+)mb", 0)));
        }

        Assert.NotEmpty(found);
        return found;
    }

    public static JsonElement Figures(string folder) => JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder(folder), "figures.json"))).RootElement;

    /// <summary>E.g. <c>F10,I11,W9,comm1,overlap=max</c>.</summary>
    public static (ScheduleCosts Costs, OverlapMode Overlap) CostsOf(string text, int stages)
    {
        string[] parts = text.Split(',');
        double[] c = [.. parts.Take(4).Select(p => double.Parse(p.TrimStart('F', 'I', 'W', 'c', 'o', 'm'), CultureInfo.InvariantCulture))];
        return (ScheduleCosts.Even(stages, new(c[0], c[1], c[2]), c[3]), parts.Length > 4 && parts[4] == "overlap=max" ? OverlapMode.Max : OverlapMode.Sum);
    }

    public static StageGraph Line(string name, int ranks, int stagesPerRank, int microBatches)
    {
        var diagnostics = new DiagnosticBag();
        var placement = ScheduleTable.Find(name, diagnostics)!.Place(ranks * stagesPerRank, ranks, diagnostics);
        Assert.True(placement is not null, string.Join('\n', diagnostics.All));
        return StageGraph.Line(placement, microBatches);
    }

    /// <param name="settings">Changes the request; null for none.</param>
    public static PipelineSchedule Generate(string name, int ranks, int stagesPerRank, int microBatches, Func<ScheduleRequest, ScheduleRequest>? settings = null)
    {
        var diagnostics = new DiagnosticBag();
        var request = new ScheduleRequest(Line(name, ranks, stagesPerRank, microBatches), ranks);
        var schedule = ScheduleTable.Find(name, diagnostics)!.Generate(settings?.Invoke(request) ?? request, diagnostics);
        Assert.True(schedule is not null, string.Join('\n', diagnostics.All));
        return schedule;
    }

    /// <summary>The time line of a line of stages; the costs are those of every stage.</summary>
    public static ScheduleTimeline Simulate(PipelineSchedule schedule, double f = 1, double i = 1, double w = 1, double message = 0, OverlapMode overlap = OverlapMode.Sum)
    {
        int stages = 1 + schedule.Devices.SelectMany(d => d).Max(t => t.Stage.Value);
        return ScheduleSimulator.Run(schedule, StageNeighbours.Chain(stages), ScheduleCosts.Even(stages, new(f, i, w), message), overlap);
    }

    public static void AssertValid(PipelineSchedule schedule, int stages) => Assert.Empty(ScheduleCheck.Check(schedule, StageNeighbours.Chain(stages)));
}
