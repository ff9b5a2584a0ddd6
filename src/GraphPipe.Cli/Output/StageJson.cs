using System.Collections.Immutable;
using System.Text.Json.Nodes;
using GraphPipe.Bundle;
using GraphPipe.Runtime;

namespace GraphPipe.Cli;

/// <summary>Stages, channels and devices in JSON documents, the same in all verbs.</summary>
internal static class StageJson
{
    public static JsonArray Stages(StageBundle bundle) => Stages(bundle, WeightStaleness.Of(bundle.Plan));

    private static JsonArray Stages(StageBundle bundle, ImmutableArray<WeightStaleness> weights) => JsonParts.List(bundle.Plan.Stages, s =>
    {
        var program = bundle.Stages[s.Id.Value].Program;
        return new JsonObject
        {
            ["id"] = s.Id.Value,
            ["name"] = s.Name,
            ["device"] = bundle.Plan.Mesh[s.Device].ToString(),
            ["micro_batch"] = s.MicroBatch,
            ["in_flight"] = s.InFlight,
            ["nodes"] = StageChart.Calls(program),
            ["parameters"] = StageChart.Parameters(program),
            ["staleness"] = weights[s.Id.Value].Most,
            ["weight_versions"] = weights[s.Id.Value].Versions,
        };
    });

    public static JsonArray Channels(StageBundle bundle) => JsonParts.List(bundle.Plan.Channels, c => new JsonObject
    {
        ["name"] = c.Name,
        ["kind"] = Kind(c.Kind),
        ["from"] = bundle.Plan[c.From].Name,
        ["to"] = bundle.Plan[c.To].Name,
        ["type"] = c.Type.Text(),
        ["shape"] = c.Shape.ToString(),
        ["depth"] = c.Depth,
    });

    public static JsonArray Memory(ExecutionPlan plan, MemoryPlan memory) => JsonParts.List(memory.Devices, d => new JsonObject
    {
        ["name"] = plan.Mesh[d.Device].ToString(),
        ["predicted_peak_bytes"] = d.Total.Value,
    });

    public static JsonArray Memory(IEnumerable<DeviceReport> devices) => JsonParts.List(devices, d => new JsonObject
    {
        ["name"] = d.Name.ToString(),
        ["predicted_peak_bytes"] = d.PredictedPeak.Value,
        ["measured_peak_bytes"] = d.MeasuredPeak.Value,
    });

    public static string Kind(ChannelKind kind) => kind switch
    {
        ChannelKind.Activation => "activation",
        ChannelKind.Gradient => "gradient",
        ChannelKind.ParameterGradient => "parameter_gradient",
        _ => "parameter_value",
    };
}
