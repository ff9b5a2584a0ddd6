using GraphPipe.Bundle;
using GraphPipe.Planning;

namespace GraphPipe.Cli;

/// <summary>What a partitioner is asked about a cost graph.</summary>
internal static class CostGraphRequest
{
    /// <param name="text">A <c>graphpipe-costgraph</c> document.</param>
    /// <param name="place">The file's name.</param>
    /// <param name="judged">A plan of it that is looked at.</param>
    public static PartitionRequest Of(Call call, ModelOptions options, string text, string place, string sha256, PipelinePlan? judged = null)
    {
        if (call.Has(options.Planning.Profile))
            throw Usage.Error("--profile is for models: a cost graph has times of its own", "leave it out, or give the model");
        var bag = new DiagnosticBag();
        var graph = CostGraphJson.Read(text, place, bag);
        bag.ThrowIfErrors();
        var read = options.Read(call, ModelHints.None, modelled: true, judged: judged);
        return read.ToRequest(graph!, read.Cuts, sha256);
    }
}
