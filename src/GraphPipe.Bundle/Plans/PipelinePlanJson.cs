using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using System.Text.Json;

namespace GraphPipe.Bundle;

/// <summary>The <c>graphpipe-plan</c> document.</summary>
public static class PipelinePlanJson
{
    public static string Write(PipelinePlan plan)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
            Write(plan, json);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>Writes the document as one value, for callers that embed it.</summary>
    public static void Write(PipelinePlan plan, Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("format", "graphpipe-plan");
        json.WriteNumber("version", 1);
        json.WriteNumber("mini_batch", plan.MiniBatch);
        json.WriteString("partitioner", plan.Partitioner);
        json.WriteString("schedule", plan.Schedule);
        json.WriteString("pipeline", plan.Pipeline == PipelineKind.Graph ? "graph" : "sequential");
        json.WriteString("input_sha256", plan.InputSha256);
        if (plan.ShardOptimizer)
            json.WriteBoolean("shard_optimizer", true);
        json.WriteStartArray("stages");
        foreach (var stage in plan.Stages)
            WriteStage(stage, json);
        json.WriteEndArray();
        json.WriteStartArray("edges");
        foreach (var (from, to) in plan.Edges)
            WriteList(json, null, [from.Value, to.Value], json.WriteNumberValue);
        json.WriteEndArray();
        json.WriteNumber("max_tps_us", plan.MaxTps.Value);
        json.WriteNumber("iteration_us", plan.Iteration.Value);
        json.WriteStartObject("search");
        json.WriteNumber("seconds", plan.Search.Seconds);
        json.WriteNumber("states", plan.Search.States);
        if (plan.Search.LowerBound is { } bound)
            json.WriteNumber("lower_bound_us", bound.Value);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <param name="place">What to call the input in diagnostics, e.g. its file name.</param>
    /// <returns>Null with GP3007 in <paramref name="diagnostics"/> if the text is no plan.</returns>
    public static PipelinePlan? Read(string text, string place, DiagnosticBag diagnostics)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("format", out var format) || format.ValueKind != JsonValueKind.String || format.GetString() != "graphpipe-plan")
                throw new FormatException("its format is not 'graphpipe-plan'");
            if (root.TryGetProperty("version", out var version) && version.GetInt32() != 1)
                throw new FormatException($"its version is {version}; this program reads version 1");
            var plan = new PipelinePlan(
                Get(root, "mini_batch").GetInt64(),
                Get(root, "partitioner").GetString() ?? "",
                Get(root, "schedule").GetString() ?? "",
                Get(root, "pipeline").GetString() switch
                {
                    "graph" => PipelineKind.Graph,
                    "sequential" => PipelineKind.Sequential,
                    var other => throw new FormatException($"its pipeline is '{other}', not 'graph' or 'sequential'"),
                },
                root.TryGetProperty("input_sha256", out var hash) ? hash.GetString() ?? "" : "",
                [.. Get(root, "stages").EnumerateArray().Select(ReadStage)],
                [.. Get(root, "edges").EnumerateArray().Select(e => (new StageId(e[0].GetInt32()), new StageId(e[1].GetInt32())))],
                new(Get(root, "max_tps_us").GetDouble()),
                new(Get(root, "iteration_us").GetDouble()),
                root.TryGetProperty("search", out var search) ? ReadSearch(search) : new(0, 0))
            {
                ShardOptimizer = root.TryGetProperty("shard_optimizer", out var shard) && shard.GetBoolean(),
            };
            for (int i = 0; i < plan.Stages.Length; i++)
            {
                if (plan.Stages[i].Id.Value != i)
                    throw new FormatException($"stage {i} has id {plan.Stages[i].Id.Value}; stages are numbered by position");
            }

            return plan;
        }
        // System.Text.Json says that a value is missing or of another kind by exceptions; here they are the user's file.
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or IndexOutOfRangeException)
        {
            diagnostics.Add(Diagnostic.Error(Codes.PlanMalformed, $"it is no plan: {e.Message}", place, "write one with 'graphpipe plan -o plan.json'"));
            return null;
        }
    }

    private static void WriteStage(PipelineStage stage, Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteNumber("id", stage.Id.Value);
        json.WriteString("name", stage.Name);
        WriteList(json, "nodes", stage.Nodes, json.WriteNumberValue);
        WriteList(json, "node_names", stage.NodeNames, json.WriteStringValue);
        WriteList(json, "devices", stage.Devices, json.WriteStringValue);
        json.WriteNumber("micro_batch", stage.MicroBatch);
        json.WriteNumber("k", stage.K);
        json.WriteNumber("in_flight", stage.InFlight);
        json.WriteNumber("tps_us", stage.Tps.Value);
        json.WriteNumber("memory_bytes", stage.Memory.Value);
        if (stage.Recompute)
            json.WriteBoolean("recompute", true);
        if (stage.Turn > 0)
            json.WriteNumber("turn", stage.Turn);
        json.WriteEndObject();
    }

    private static void WriteList<T>(Utf8JsonWriter json, string? name, ImmutableArray<T> items, Action<T> write)
    {
        if (name is null)
            json.WriteStartArray();
        else
            json.WriteStartArray(name);
        foreach (var item in items)
            write(item);
        json.WriteEndArray();
    }

    private static PipelineStage ReadStage(JsonElement stage) => new(
        new(Get(stage, "id").GetInt32()),
        Get(stage, "name").GetString() ?? "",
        [.. Get(stage, "nodes").EnumerateArray().Select(n => n.GetInt32())],
        [.. Get(stage, "node_names").EnumerateArray().Select(n => n.GetString() ?? "")],
        [.. Get(stage, "devices").EnumerateArray().Select(n => n.GetString() ?? "")],
        Get(stage, "micro_batch").GetInt64(),
        Get(stage, "k").GetInt32(),
        Get(stage, "in_flight").GetInt64(),
        new(Get(stage, "tps_us").GetDouble()),
        new(Get(stage, "memory_bytes").GetInt64()),
        stage.TryGetProperty("recompute", out var recompute) && recompute.GetBoolean())
    {
        Turn = stage.TryGetProperty("turn", out var turn) ? turn.GetInt32() : 0,
    };

    private static PlanSearch ReadSearch(JsonElement search) => new(Get(search, "seconds").GetDouble(), Get(search, "states").GetInt64())
    {
        LowerBound = search.TryGetProperty("lower_bound_us", out var bound) ? new Microseconds(bound.GetDouble()) : null,
    };

    private static JsonElement Get(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) ? value : throw new FormatException($"'{name}' is missing");
}
