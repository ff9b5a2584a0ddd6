using System.Diagnostics;
using System.Globalization;
using GraphPipe.Benchmarks.Evaluation;
using GraphPipe.Planning;

namespace GraphPipe.Benchmarks;

/// <summary>
/// The tuner against the best shipped schedule over costs and limits: idle time of both (the makespan without the work of a device, over the work), and the processor time of the search, which runs on one thread. Limits are parts of
/// what 1F1B holds. With one copy of the model, so that all hold the same parameters.
/// </summary>
internal static class TunerBenchmark
{
    private static readonly (int Devices, int PerDevice)[] Sizes = [(4, 1), (8, 1), (4, 2), (8, 2), (4, 4), (8, 4)];
    private static readonly (StageCost Stage, double Message)[] Costs = [(new(1, 1, 1), 0), (new(10, 12, 8), 1), (new(10, 10, 20), 3)];
    private static readonly double[] Limits = [0.5, 0.75, 1, 1.5, 2];

    public static void Run()
    {
        // What is compiled on the way would count for the first.
        ScheduleTuner.Run(new(2, 2, 4, Costs[0].Stage, 0, 4, 100));
        var outcomes = new List<Outcome>();
        var table = new MarkdownTable(["p, v, m", "F, I, W, message", .. Limits.Select(l => string.Create(CultureInfo.InvariantCulture, $"{l:0.##}pv"))]);
        foreach (var (devices, perDevice) in Sizes)
        {
            foreach (var (stage, message) in Costs)
            {
                var row = Limits.Select(limit => Of(devices, perDevice, stage, message, limit)).ToList();
                outcomes.AddRange(row);
                table.Add([
                    string.Create(CultureInfo.InvariantCulture, $"{devices}, {perDevice}, {3 * devices}"),
                    string.Create(CultureInfo.InvariantCulture, $"{stage.Forward}, {stage.BackwardInput}, {stage.BackwardWeight}, {message}"),
                    .. row.Select(o => o.ToString())]);
            }
        }

        Console.Write(table.ToString());
        var compared = outcomes.Where(o => o.Shipped is not null).ToList();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{outcomes.Count} problems, on {outcomes.Count - compared.Count} no shipped schedule is within the limit; of the others {compared.Count(o => o.Tuned > o.Shipped)} are worse, {compared.Count(o => o.Tuned < o.Shipped)} better, {compared.Count(o => o.LessIdle >= 0.3)} with at least 30 % less idle time; "
            + $"a search takes {outcomes.Average(o => o.Seconds):f1} s, at most {outcomes.Max(o => o.Seconds):f1}"));
    }

    private static Outcome Of(int devices, int perDevice, StageCost stage, double message, double ofOneForwardOneBackward)
    {
        int microBatches = 3 * devices, limit = (int)(ofOneForwardOneBackward * devices * perDevice);
        using var process = Process.GetCurrentProcess();
        var before = process.TotalProcessorTime;
        var result = ScheduleTuner.Run(new(devices, perDevice, microBatches, stage, message, limit, 2000) { TakesTwoCopies = false });
        process.Refresh();
        double seconds = (process.TotalProcessorTime - before).TotalSeconds, work = perDevice * microBatches * (stage.Forward + stage.Backward);
        double? shipped = result.Shipped.Where(s => s.Result?.Peak <= limit).Select(s => (double?)s.Result!.Makespan).Min();
        return new((shipped - work) / work, (result.Best!.Makespan - work) / work, seconds);
    }

    /// <param name="Shipped">Idle time over work; null if no shipped schedule is within the limit.</param>
    private sealed record Outcome(double? Shipped, double Tuned, double Seconds)
    {
        public double? LessIdle => 1 - Tuned / Shipped;

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{(Shipped is { } idle ? idle.ToString("p0", CultureInfo.InvariantCulture) : "none")} → {Tuned:p0}{(LessIdle is { } less ? $" ({less:p0} less)" : "")}");
    }
}
