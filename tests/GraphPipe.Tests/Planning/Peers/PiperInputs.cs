using System.Collections.Immutable;
using CsCheck;
using GraphPipe.Bundle;
using GraphPipe.Planning.Peers;
using Xunit;

namespace GraphPipe.Tests.Planning.Peers;

/// <summary>Small inputs of Piper's.</summary>
internal static class PiperInputs
{
    /// <summary>A chain of two nodes, with tensor degrees 1 and 2.</summary>
    public const string Pair = """
        { "maxMemoryPerDevice": 1000, "maxDevices": 4, "bandwidth": 100, "mbsInBatch": 8,
          "nodes": [
            { "id": 7, "name": "a", "TMPCs": {
                "1": [ { "id": "vanilla", "timePerSample": 4, "parameterSize": 10, "memoryUsageA": 5, "memoryUsageB": 20, "syncTimeFw": {}, "syncTimeBw": {"9": 0} },
                       { "id": "activation recomp", "timePerSample": 6, "parameterSize": 10, "memoryUsageA": 1, "memoryUsageB": 24, "syncTimeFw": {}, "syncTimeBw": {"9": 0} } ],
                "2": [ { "id": "vanilla", "timePerSample": 2.5, "parameterSize": 5, "memoryUsageA": 3, "memoryUsageB": 10, "syncTimeFw": {}, "syncTimeBw": {"9": 30} } ] } },
            { "id": 9, "name": "b", "TMPCs": {
                "1": [ { "id": "vanilla", "timePerSample": 3, "parameterSize": 40, "memoryUsageA": 6, "memoryUsageB": 80, "syncTimeFw": {"7": 0}, "syncTimeBw": {} } ] } } ],
          "edges": [ { "sourceId": 7, "destId": 9, "communicationCost": 50 } ] }
        """;

    public static PiperInput Read(string json)
    {
        var diagnostics = new DiagnosticBag();
        var input = PiperJson.Read(json, "input.json", diagnostics);
        Assert.True(input is not null, string.Join('\n', diagnostics.All));
        return input;
    }

    /// <summary>Up to six nodes with whole numbers, edges from lower to higher positions, tensor degrees 1 and sometimes 2.</summary>
    public static Gen<PiperInput> Random { get; } =
        from count in Gen.Int[1, 6]
        from links in Gen.Double[0, 1].Array[count * count]
        from numbers in Gen.Int[1, 20].Array[count * 12]
        from wide in Gen.Bool
        select new PiperInput(
            [.. Enumerable.Range(0, count).Select(v => Node(v, numbers.AsSpan(12 * v, 12).ToArray(), wide, count))],
            [
                .. from i in Enumerable.Range(0, count)
                   from j in Enumerable.Range(i + 1, count - i - 1)
                   where links[(i * count) + j] < 0.4
                   select new PiperEdge(i, j, numbers[12 * j]),
            ],
            200,
            4,
            10,
            4);

    private static PiperNode Node(int position, int[] n, bool wide, int count)
    {
        var choices = ImmutableSortedDictionary.CreateBuilder<int, PiperChoice>();
        choices.Add(1, Choice(n, 0, 1, count));
        if (wide)
            choices.Add(2, Choice(n, 3, 0.6, count));
        return new PiperNode(10 + position, $"n{position}", choices.ToImmutable());
    }

    private static PiperChoice Choice(int[] n, double sync, double share, int count)
    {
        var bytes = Enumerable.Range(0, count).ToImmutableDictionary(v => v, _ => sync);
        var vanilla = new PiperConfiguration(n[0] * share, n[1], n[2], n[3], bytes, bytes);
        return new PiperChoice(vanilla, vanilla with { Time = (n[0] + n[4] % 7) * share, BytesPerMicroBatch = Math.Max(0, n[2] - n[5]), FixedBytes = n[3] + n[6] % 3 });
    }
}
