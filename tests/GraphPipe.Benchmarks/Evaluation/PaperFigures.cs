namespace GraphPipe.Benchmarks.Evaluation;

/// <summary>Throughputs in samples per second read off the paper's figures, about 2 % reading error; null where a search did not finish.</summary>
internal sealed record PaperThroughput(double[] GraphPipe, double[] PipeDream, double[]? Piper);

/// <summary>What GraphPipe's paper (arXiv 2406.17145, section 7) measured on V100s, four to a node.</summary>
internal static class PaperFigures
{
    public static readonly int[] Devices = [4, 8, 16, 32];

    public static readonly PaperThroughput Mmt = new([130, 242, 357, 981], [110, 188, 277, 591], [112, 189, 290, 612]);

    public static readonly PaperThroughput Dlrm = new([4930, 10110, 12220, 13900], [4105, 7205, 9385, 9440], null);

    public static readonly PaperThroughput CandleUno = new([10545, 18550, 20750, 22290], [11490, 15135, 16880, 17960], null);
}
