namespace GraphPipe.Benchmarks.Evaluation;

/// <summary>Prints <c>docs/evaluation.md</c>; progress goes to standard error.</summary>
internal static class EvaluationBenchmark
{
    public static void Run() => Console.Write(new EvaluationReport().Write());
}
