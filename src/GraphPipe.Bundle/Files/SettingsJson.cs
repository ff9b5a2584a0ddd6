using System.Text.Json;

namespace GraphPipe.Bundle;

/// <summary>Optimizer and loss settings in JSON, as manifests and checkpoints have them.</summary>
internal static class SettingsJson
{
    public static void Write(Utf8JsonWriter json, string name, OptimizerSettings? optimizer)
    {
        if (optimizer is null)
        {
            json.WriteNull(name);
            return;
        }

        json.WriteStartObject(name);
        json.WriteString("name", optimizer.Name);
        json.WriteNumber("learning_rate", optimizer.LearningRate);
        json.WriteNumber("momentum", optimizer.Momentum);
        json.WriteBoolean("nesterov", optimizer.Nesterov);
        json.WriteNumber("weight_decay", optimizer.WeightDecay);
        json.WriteNumber("beta1", optimizer.Beta1);
        json.WriteNumber("beta2", optimizer.Beta2);
        json.WriteNumber("epsilon", optimizer.Epsilon);
        json.WriteEndObject();
    }

    public static OptimizerSettings? ReadOptimizer(JsonInput? json) => json is not { } optimizer ? null : new(
        optimizer["name"].Text,
        optimizer["learning_rate"].Double,
        optimizer["momentum"].Double,
        optimizer["nesterov"].Bool,
        optimizer["weight_decay"].Double,
        optimizer["beta1"].Double,
        optimizer["beta2"].Double,
        optimizer["epsilon"].Double);

    public static void Write(Utf8JsonWriter json, string name, LossSettings loss)
    {
        json.WriteStartObject(name);
        json.WriteString("kind", Spelling.Of(loss.Kind));
        json.WriteString("output", loss.Output);
        json.WriteString("target", loss.Target);
        json.WriteNumber("ignore_index", loss.IgnoreIndex);
        json.WriteString("normaliser", Spelling.Of(loss.Normaliser));
        json.WriteNumber("elements_per_sample", loss.ElementsPerSample);
        json.WriteEndObject();
    }

    public static LossSettings ReadLoss(JsonInput json) => new(
        json["kind"].Choice<LossKind>(),
        json["output"].Text,
        json["target"].Text,
        json["ignore_index"].Long(),
        json["normaliser"].Choice<LossNormaliser>(),
        json["elements_per_sample"].Long(0));
}
