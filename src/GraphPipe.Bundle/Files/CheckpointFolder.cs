using System.Collections.Immutable;
using System.Security.Cryptography;

namespace GraphPipe.Bundle;

/// <summary>
/// Writes and reads checkpoints: a folder with <c>checkpoint.json</c>, <c>weights.safetensors</c>, <c>optimizer.safetensors</c> and
/// <c>model.onnx</c>. It is written under another name and renamed, so a run that is killed leaves the older checkpoint.
/// </summary>
public static class CheckpointFolder
{
    public const string Head = "checkpoint.json";
    public const string Weights = "weights.safetensors";
    public const string OptimizerState = "optimizer.safetensors";
    public const string Model = "model.onnx";

    private static readonly ImmutableArray<string> Parts = [Weights, OptimizerState, Model];

    /// <summary>Writes a checkpoint; an older one in its place is replaced.</summary>
    /// <exception cref="DiagnosticException">GP5007: it can't be written, or is a folder with other files.</exception>
    public static void Write(Checkpoint checkpoint, string path)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        AtomicFile.WriteFolder(path, name => name == Head || Parts.Contains(name), folder =>
        {
            Safetensors.Write(Path.Combine(folder, Weights), checkpoint.Weights);
            Safetensors.Write(Path.Combine(folder, OptimizerState), checkpoint.OptimizerState);
            AtomicFile.Write(Path.Combine(folder, Model), checkpoint.ModelSkeleton);
            AtomicFile.Write(Path.Combine(folder, Head), WriteHead(checkpoint, part => Sha256(Path.Combine(folder, part), Source(path, part))));
        });
    }

    /// <summary>Reads and checks a checkpoint.</summary>
    /// <exception cref="DiagnosticException">GP6007: there is none, it is damaged or of a newer version, or its parts don't fit together.</exception>
    public static Checkpoint Read(string path)
    {
        var source = Source(path, Head);
        if (!Directory.Exists(path))
            throw new InputSource(path, Codes.CheckpointMalformed).Malformed("there is no such folder");
        var json = JsonInput.Parse(InputFile.ReadAll(Path.Combine(path, Head), source, Codes.CheckpointMalformed), source);
        if (json["format"].Text != Checkpoint.Format)
            throw source.Malformed("it is not the head of a GraphPipe checkpoint");
        if (json["version"].Int(1) is var version and > Checkpoint.Version)
            throw source.Malformed($"version {version} of a checkpoint is newer than {Checkpoint.Version}", "take a newer GraphPipe");
        CheckFiles(path, json["files"]);
        var checkpoint = new Checkpoint(
            new TrainingPosition(json["step"].Long(0), json["epoch"].Long(0), json["epoch_position"].Long(0), json["seed"].Unsigned),
            SettingsJson.ReadOptimizer(json.Maybe("optimizer")),
            json["model_sha256"].Text,
            Safetensors.Read(Path.Combine(path, Weights), Source(path, Weights), Codes.CheckpointMalformed),
            Safetensors.Read(Path.Combine(path, OptimizerState), Source(path, OptimizerState), Codes.CheckpointMalformed),
            InputFile.ReadAll(Path.Combine(path, Model), Source(path, Model), Codes.CheckpointMalformed));
        foreach (string key in checkpoint.OptimizerState.Keys)
        {
            int slash = key.LastIndexOf('/');
            if (slash <= 0 || !checkpoint.Weights.ContainsKey(key[..slash]))
                throw Source(path, OptimizerState).Malformed($"'{key}' is no state of a parameter in {Weights}");
        }

        return checkpoint;
    }

    private static byte[] WriteHead(Checkpoint checkpoint, Func<string, string> sha256) => JsonOutput.Document(json =>
    {
        json.WriteString("format", Checkpoint.Format);
        json.WriteNumber("version", Checkpoint.Version);
        json.WriteNumber("step", checkpoint.Position.Step);
        json.WriteNumber("epoch", checkpoint.Position.Epoch);
        json.WriteNumber("epoch_position", checkpoint.Position.EpochPosition);
        json.WriteNumber("seed", checkpoint.Position.Seed);
        SettingsJson.Write(json, "optimizer", checkpoint.Optimizer);
        json.WriteString("model_sha256", checkpoint.ModelSha256);
        json.WriteStartObject("files");
        foreach (string part in Parts)
            json.WriteString(part, sha256(part));
        json.WriteEndObject();
    });

    private static void CheckFiles(string path, JsonInput hashes)
    {
        foreach (string part in Parts)
        {
            if (Sha256(Path.Combine(path, part), Source(path, part)) != hashes[part].Text)
                throw Source(path, part).Malformed("its content is not what the checkpoint says", "the checkpoint is damaged: go on from an older one");
        }
    }

    private static string Sha256(string file, InputSource source)
    {
        using var stream = InputFile.Open(file, source, source.Code);
        try
        {
            return Convert.ToHexStringLower(SHA256.HashData(stream));
        }
        catch (IOException e)
        {
            throw source.Malformed($"can't be read: {e.Message.TrimEnd('.')}");
        }
    }

    private static InputSource Source(string path, string part) => new(Path.Combine(path, part), Codes.CheckpointMalformed);
}
