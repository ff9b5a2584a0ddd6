using System.Globalization;
using System.Text;
using GraphPipe.Bundle;
using GraphPipe.Planning;

namespace GraphPipe.Benchmarks.Evaluation;

/// <summary>Made-up cost graphs of two thousand nodes with random costs: what a search must still come to an end with.</summary>
internal static class LargeGraph
{
    private const int Nodes = 2000;
    private const int Devices = 256;
    private const long MiniBatch = 1024;

    /// <summary>Seconds of <c>graphpipe</c> on a chain, on eight branches with skips, and on layers of ten nodes that each read two of the layer before.</summary>
    public static MarkdownTable Table()
    {
        var table = new MarkdownTable("2,000 nodes, 256 devices", "graphpipe");
        table.Add("a chain", Seconds(Chain()));
        table.Add("eight branches with skips", Seconds(Branches()));
        table.Add("layers of ten, two operands each", Seconds(Layers(10)));
        return table;
    }

    private static string Seconds(IEnumerable<(int From, int To)> edges)
    {
        var bag = new DiagnosticBag();
        var graph = CostGraphJson.Read(Text([.. edges], new Random(1)), "large", bag);
        bag.ThrowIfErrors();
        var request = new PartitionRequest { Graph = graph!, Topology = Topology.Of(DeviceModel.V100, Devices, 8), MiniBatch = MiniBatch };
        return MarkdownTable.Seconds(new GraphPipePartitioner().Partition(request, bag)?.Search.Seconds);
    }

    private static IEnumerable<(int From, int To)> Chain() => Enumerable.Range(0, Nodes - 1).Select(i => (i, i + 1));

    private static IEnumerable<(int From, int To)> Branches()
    {
        const int Count = 8, Length = (Nodes - 2) / Count;
        for (int branch = 0; branch < Count; branch++)
        {
            int first = 1 + branch * Length;
            yield return (0, first);
            for (int i = 0; i + 1 < Length; i++)
            {
                yield return (first + i, first + i + 1);
                if (i % 4 == 0 && i + 3 < Length)
                    yield return (first + i, first + i + 3);
            }

            yield return (first + Length - 1, Nodes - 1);
        }
    }

    private static IEnumerable<(int From, int To)> Layers(int width)
    {
        var random = new Random(2);
        for (int node = width; node < Nodes; node++)
        {
            int before = (node / width - 1) * width, one = random.Next(width);
            yield return (before + one, node);
            yield return (before + (one + 1 + random.Next(width - 1)) % width, node);
        }
    }

    private static string Text(List<(int From, int To)> edges, Random random)
    {
        var text = new StringBuilder("{\"format\":\"graphpipe-costgraph\",\"version\":1,\"time_unit\":\"us\",\"nodes\":[");
        for (int i = 0; i < Nodes; i++)
        {
            double forward = 5 + 55 * random.NextDouble();
            text.Append(CultureInfo.InvariantCulture, $"{(i > 0 ? "," : "")}{{\"id\":{i},\"name\":\"n{i}\",\"forward\":{{\"1\":{forward:f3},\"2\":{1.8 * forward:f3}}},\"backward\":{{\"1\":{2 * forward:f3},\"2\":{3.6 * forward:f3}}},");
            text.Append(CultureInfo.InvariantCulture, $"\"saved_bytes_per_sample\":{random.Next(1000, 100_000)},\"parameter_bytes\":{random.Next(1 << 20)},\"workspace_bytes\":0}}");
        }

        text.Append("],\"edges\":[");
        text.AppendJoin(',', edges.Select(e => string.Create(CultureInfo.InvariantCulture, $"{{\"from\":{e.From},\"to\":{e.To},\"bytes_per_sample\":{random.Next(100, 20_000)}}}")));
        return text.Append("]}").ToString();
    }
}
