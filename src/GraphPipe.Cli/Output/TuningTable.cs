using System.Globalization;
using System.Text.Json.Nodes;
using GraphPipe.Planning;

namespace GraphPipe.Cli;

/// <summary>What <c>schedule --tune</c> found, beside what is shipped.</summary>
internal static class TuningTable
{
    public static void Fill(JsonObject document, TuningResult result)
    {
        document["program"] = result.BestProgram?.Program!.ToString();
        document["program_makespan"] = result.BestProgram is { } program ? JsonParts.Number(program.Makespan) : null;
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
        var table = new TextTable("schedule", ">makespan", ">in flight", "");
        void Row(string name, TunedSchedule run, string note) => table.Add(
            name, run.Makespan.ToString("0.###", CultureInfo.InvariantCulture), run.Peak.ToString(CultureInfo.InvariantCulture), run.Peak > limit ? "over the limit" : note);
        foreach (var (name, run, why) in result.Shipped)
        {
            if (run is not null)
                Row(name, run, "");
            else
                table.Add(name, "-", "-", why);
        }

        if (result.BestProgram is { } program)
            Row("tuned program", program, "");
        if (result.Best is { } best && best != result.BestProgram)
            Row("tuned", best, "an order of work, kept with --format csv");
        table.Write(writer);
        writer.WriteLine($"{result.Tried} programs tried; the best:");
        foreach (string line in (result.BestProgram?.Program!.ToString() ?? "none\n").TrimEnd('\n').Split('\n'))
            writer.WriteLine($"    {line}");
    }
}
