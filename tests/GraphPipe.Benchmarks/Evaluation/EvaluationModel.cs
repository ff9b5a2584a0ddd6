using GraphPipe.Bundle;
using GraphPipe.Compiler;
using GraphPipe.Core;
using GraphPipe.Models;
using GraphPipe.Ops;
using GraphPipe.Planning;

namespace GraphPipe.Benchmarks.Evaluation;

/// <summary>A model of the catalog at full size, as planners see it: its shapes alone, so that weights of gigabytes are never made.</summary>
internal sealed class EvaluationModel
{
    private readonly Dictionary<long, CostGraph> _costs = [];
    private readonly Module _graph;
    private readonly CompileOptions _options;

    /// <param name="title">What tables call it.</param>
    /// <param name="name">Its name in the catalog.</param>
    /// <param name="settings">Options of the catalog, <c>key=value</c>.</param>
    public EvaluationModel(string title, string name, params string[] settings)
    {
        var built = ModelCatalog.Build(name, settings);
        Title = title;
        Command = $"models build {name}{string.Concat(settings.Select(s => $" {s}"))}";
        _options = new CompileOptions { Loss = built.Loss, Freeze = built.Frozen, Optimizer = new("adam", 1e-3, 0, false, 0, 0.9, 0.999, 1e-8) };
        var bag = new DiagnosticBag();
        var module = PassManager.Run(built.Module, Pipelines.Normalise(_options, mayMix: false), bag);
        _graph = PassManager.Run(module, Pipelines.Train(_options, mayMix: false), bag);
        Parameters = built.ParameterCount;
    }

    /// <summary>The paper's three, in its sizes where it gives them (arXiv 2406.17145, section 7.1).</summary>
    public static IReadOnlyList<EvaluationModel> OfThePaper() => [new("MMT", "mmt", "ffn=1024"), new("DLRM", "dlrm"), new("CANDLE-Uno", "candle-uno")];

    public string Title { get; }

    /// <summary>How to get it as a file.</summary>
    public string Command { get; }

    /// <summary>Elements of all parameters.</summary>
    public long Parameters { get; }

    /// <summary>What a partitioner is asked: Adam, one micro-batch size for all stages, chosen by the partitioner.</summary>
    /// <param name="devices">Modelled V100s, four to a node, as in the paper (arXiv 2406.17145, section 7.1).</param>
    /// <param name="miniBatch">Samples.</param>
    public PartitionRequest Request(int devices, long miniBatch, int maxReplicas)
    {
        var options = _options with { MiniBatch = miniBatch, MaxReplicas = maxReplicas, Topology = Topology.Of(DeviceModel.V100, devices, 4) };
        if (!_costs.TryGetValue(miniBatch, out var costs))
            _costs.Add(miniBatch, costs = CostGraphBuilder.Build(_graph, OperatorRegistry.Standard, new AnalyticCosts(DeviceModel.V100), miniBatch, new DiagnosticBag()).Graph);
        return options.ToRequest(costs, [], "");
    }

    /// <summary>The graph with the operators of each layer as one node: <c>/branch0/layers.3/attention/MatMul</c> belongs to <c>/branch0/layers.3</c>.</summary>
    public CostGraph ByLayer(CostGraph graph)
    {
        var bag = new DiagnosticBag();
        var layers = ContractedGraph.Of(graph, n => string.Join('/', n.Name.Split('/').Take(3)), bag);
        bag.ThrowIfErrors();
        return layers!;
    }
}
