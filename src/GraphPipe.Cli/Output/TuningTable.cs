using System.Globalization;
using System.Text.Json.Nodes;
using GraphPipe.Planning;

namespace GraphPipe.Cli;

/// <summary>What <c>schedule --tune</c> found, beside the shipped programs.</summary>
internal static class TuningTable
{
    public static void Fill(JsonObject document, TuningResult result)
    {
        document["program"] = result.Best?.Program.ToString();
        document["candidates"] = result.Tried;
        document["shipped"] = JsonParts.List(result.Shipped, s => new JsonObject
        {
            ["name"] = s.Name,
            ["makespan"] = s.Result is { } run ? JsonParts.Number(run.Makespan) : null,
            ["peak_in_flight"] = s.Result?.Peak,
            ["reason"] = s.Result is null ? s.Why : null,
        });
    }

    /// <param name="limit">Of activations; null for none.</param>
    public static void Write(TextWriter writer, TuningResult result, int? limit)
    {
        var table = new TextTable("program", ">makespan", ">in flight", "");
        void Row(string name, TunedProgram run) => table.Add(
            name, run.Makespan.ToString("0.###", CultureInfo.InvariantCulture), run.Peak.ToString(CultureInfo.InvariantCulture), run.Peak > limit ? "over the limit" : "");
        foreach (var (name, run, why) in result.Shipped)
        {
            if (run is not null)
                Row(name, run);
            else
                table.Add(name, "-", "-", why);
        }

        if (result.Best is { } best)
            Row("tuned", best);
        table.Write(writer);
        writer.WriteLine($"{result.Tried} programs tried; the best:");
        foreach (string line in (result.Best?.Program.ToString() ?? "none\n").TrimEnd('\n').Split('\n'))
            writer.WriteLine($"    {line}");
    }
}
