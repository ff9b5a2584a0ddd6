using System.Globalization;

namespace GraphPipe.Benchmarks.Evaluation;

/// <summary>
/// How long planners search on the paper's models, on one thread: the evaluation's table without the evaluation, and as medians. <c>piper</c> and
/// <c>best</c> take tens of seconds and are left to the evaluation.
/// </summary>
internal static class SearchBenchmark
{
    private const long PerDevice = 16;
    private const int Rounds = 5;

    public static void Run()
    {
        Console.WriteLine("model       devices  graphpipe s  pipedream s  pipedream/graphpipe");
        foreach (var model in EvaluationModel.OfThePaper())
        {
            foreach (int devices in (int[])[16, 32])
            {
                var ours = new List<double>();
                var dreams = new List<double>();
                for (int round = 0; round < Rounds; round++)
                {
                    ours.Add(Seconds("graphpipe"));
                    dreams.Add(Seconds("pipedream"));
                }

                var (graph, dream) = (Median(ours), Median(dreams));
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{model.Title,-10}  {devices,7}  {graph,11:f3}  {dream,11:f3}  {dream / graph,19:f2}"));

                double Seconds(string partitioner) => new PlannedRun(model, devices, PerDevice, EvaluationReport.Replicas, partitioner).Plan()!.Search.Seconds;
            }
        }
    }

    private static double Median(List<double> times) => times.Order().ElementAt(times.Count / 2);
}
