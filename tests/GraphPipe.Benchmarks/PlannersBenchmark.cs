using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace GraphPipe.Benchmarks;

/// <summary>
/// The peers' planners against the times recorded of the original programs (shared/data/planners): every row through the command line, in a
/// process of its own as the originals were. Prints the recorded time, ours (the search that the document reports) and the ratio; last the rows
/// over 20 ms where ours is slower.
/// </summary>
internal static class PlannersBenchmark
{
    private const double Floor = 0.02;

    public static void Run()
    {
        string? data = Data();
        if (data is null)
        {
            Console.WriteLine("shared/data/planners is not beside the checkout: nothing to compare with");
            return;
        }

        int rows = 0, slower = 0;
        foreach (string planner in new[] { "piper", "pipedream" })
        {
            string folder = Path.Combine(data, planner);
            using var document = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "results.json")));
            foreach (var row in document.RootElement.GetProperty("results").EnumerateArray())
            {
                string[]? args = planner == "piper" ? PiperArgs(folder, row) : PipeDreamArgs(folder, row);
                if (args is null || !row.TryGetProperty("total_s", out var total))
                    continue;
                double recorded = total.GetDouble(), ours = Search(["plan", .. args, "--format", planner, "--partitioner", planner, "--json"]);
                bool isSlower = recorded > Floor && ours > recorded;
                rows++;
                slower += isSlower ? 1 : 0;
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{planner} {row.GetProperty("id").GetString()}: recorded {recorded * 1e3:f1} ms, ours {ours * 1e3:f1} ms, {recorded / ours:f1} times as fast{(isSlower ? " SLOWER" : "")}"));
            }
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{rows} rows; slower than recorded, of those over {Floor * 1e3:f0} ms: {slower}"));
    }

    private static string[]? PiperArgs(string folder, JsonElement row)
    {
        if (row.GetProperty("planner").GetString() != "piper-dp")
            return null;
        var options = row.GetProperty("options");
        string recompute = options.GetProperty("recompute").GetString()!;
        List<string> args =
        [
            Path.Combine(folder, row.GetProperty("input").GetString() + ".json"),
            "--devices", row.GetProperty("K").GetRawText(),
            "--memory", row.GetProperty("max_memory_bytes").GetRawText(),
            "--bandwidth", row.GetProperty("bandwidth_bytes_per_s").GetRawText(),
            "--micro-batches", row.GetProperty("microbatches_per_batch").GetRawText(),
            "--recompute", recompute == "per-stage-all-or-none" ? "per-stage" : recompute,
        ];
        if (options.GetProperty("tensor_parallel").GetBoolean())
            args.Add("--tensor-parallel");
        if (!options.GetProperty("data_parallel").GetBoolean())
            args.Add("--no-data-parallel");
        return [.. args];
    }

    private static string[] PipeDreamArgs(string folder, JsonElement row)
    {
        List<string> args =
        [
            Path.Combine(folder, row.GetProperty("profile").GetString() + ".graph.txt"),
            "--devices", string.Join('x', row.GetProperty("all_num_machines").EnumerateArray().Select(m => m.GetRawText())),
            "--bandwidth", string.Join(',', row.GetProperty("network_bandwidths").EnumerateArray().Select(b => b.GetRawText())),
        ];
        if (row.GetProperty("activation_compression_ratio") is { ValueKind: JsonValueKind.Number } ratio)
            args.AddRange(["--activation-ratio", ratio.GetRawText()]);
        if (row.GetProperty("straight_pipeline").GetBoolean())
            args.Add("--straight");
        if (row.GetProperty("use_fewer_machines").GetBoolean())
            args.Add("--use-fewer-machines");
        if (row.GetProperty("use_memory_constraint").GetBoolean())
            args.AddRange(["--memory", row.GetProperty("memory_size").GetRawText()]);
        return [.. args];
    }

    private static double Search(string[] args)
    {
        string cli = Path.Combine(AppContext.BaseDirectory, "graphpipe.dll");
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(cli);
        foreach (string arg in args)
            start.ArgumentList.Add(arg);
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode is 0 or 1
            ? JsonDocument.Parse(output).RootElement.GetProperty("search").GetProperty("seconds").GetDouble()
            : throw new InvalidOperationException(errors.Result);
    }

    private static string? Data()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string candidate = Path.Combine(folder.FullName, "shared", "data", "planners");
            if (Directory.Exists(candidate))
                return candidate;
        }

        return null;
    }
}
