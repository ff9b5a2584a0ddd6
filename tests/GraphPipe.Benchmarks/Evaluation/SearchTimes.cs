using System.Globalization;
using System.Text;

namespace GraphPipe.Benchmarks.Evaluation;

/// <summary>How long planners search on the paper's models, on one thread: a section of the evaluation, and a benchmark of its own.</summary>
internal static class SearchTimes
{
    private const long PerDevice = 16;

    // Of the quick ones, so that one pause of the machine does not count.
    private const int Rounds = 5;

    public static void Run() => Console.Write(Section(EvaluationModel.OfThePaper()));

    /// <summary>The section as Markdown.</summary>
    public static string Section(IEnumerable<EvaluationModel> models)
    {
        var machine = MachineReading.Read();
        var table = new MarkdownTable("model, devices", "graphpipe", "best", "pipedream", "piper", "pipedream / graphpipe", "piper / graphpipe");
        foreach (var model in models)
        {
            foreach (int devices in (int[])[16, 32])
            {
                double? Time(string partitioner) => new PlannedRun(model, devices, PerDevice, EvaluationReport.Replicas, partitioner).Plan()?.Search.Seconds;
                double? Median(string partitioner) => Enumerable.Range(0, Rounds).Select(_ => Time(partitioner)).Order().ElementAt(Rounds / 2);
                var (ours, dream) = (Median("graphpipe"), Median("pipedream"));
                var (best, piper) = (Time("best"), Time("piper"));
                table.Add(
                    string.Create(CultureInfo.InvariantCulture, $"{model.Title}, {devices}"), MarkdownTable.Seconds(ours), MarkdownTable.Seconds(best), MarkdownTable.Seconds(dream), MarkdownTable.Seconds(piper),
                    MarkdownTable.Ratio(dream / ours), MarkdownTable.Ratio(piper / ours));
            }
        }

        return new StringBuilder(
            $"""
            ## Search time

            Seconds of one thread, {PerDevice} samples per device; of `graphpipe` and `pipedream` the median of {Rounds} searches. The times belong to the machine that made this page (the line
            below); the ratios are what counts. `GraphPipe.Benchmarks -- search` makes this section alone. The paper's search took under a minute at 32 devices, 9 to 21
            times less than PipeDream's and Piper's in the same framework. Ours is as much faster than our `piper`, whose table grows with the number of down-sets, but our
            `pipedream` is quick, too: a dynamic programme over a chain.


            """)
            .Append(CultureInfo.InvariantCulture, $"Machine: {machine.Processor}, {machine.Cores} cores, {machine.Runtime}; {DateTime.UtcNow:yyyy-MM-dd}.\n\n")
            .Append(table).Append('\n').Append(LargeGraph.Table()).ToString();
    }
}
