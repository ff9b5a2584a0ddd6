using System.CommandLine;
using GraphPipe.Bundle;

namespace GraphPipe.Cli.Commands;

/// <summary><c>export CHECKPOINT|BUNDLE -o trained.onnx</c>: the original model file with the trained weights in it.</summary>
internal sealed class ExportVerb : Verb
{
    private readonly Argument<string> _input;
    private readonly Option<string?> _output;

    public ExportVerb()
        : base("export", "Write the original model file with the trained weights in it; names stay.", "export checkpoint/ -o trained.onnx", "export model.gpb -o model.onnx")
    {
        _input = Add(new Argument<string>("input") { HelpName = "CHECKPOINT|BUNDLE", Description = "A checkpoint folder of 'train', or a bundle." });
        _output = Add(OptionKinds.Text("--output", "FILE.onnx", "The model file.", "-o"));
    }

    public override int Run(Call call)
    {
        string path = call.Subject = call.Get(_input);
        string output = call.Get(_output) ?? throw Usage.Error("there is nowhere to write to", "name the file with -o trained.onnx");
        OutputFile.Check(output);
        bool isBundle = !File.Exists(Path.Combine(path, CheckpointFolder.Head)) && (BundleReader.IsBundle(path) || !Directory.Exists(path));
        byte[] model = isBundle ? OfBundle(path, call) : OfCheckpoint(path, call);
        AtomicFile.Write(output, model);
        call.Document["output"] = output;
        call.Document["bytes"] = model.LongLength;
        call.Text.WriteLine($"wrote {output} ({new Bytes(model.LongLength)})");
        return ExitCodes.Done;
    }

    private static byte[] OfCheckpoint(string path, Call call)
    {
        var checkpoint = CheckpointFolder.Read(path);
        call.Document["step"] = checkpoint.Position.Step;
        return TrainedModel.Fill(checkpoint.ModelSkeleton, checkpoint.Weights);
    }

    private static byte[] OfBundle(string path, Call call)
    {
        var bundle = BundleReader.Read(path);
        if (bundle.Manifest.Covers is not null)
            throw new DiagnosticException(Diagnostic.Error(Codes.BundleContent, "it holds the weights of one device only", path, "export the bundle with all stages"));
        call.Document["step"] = 0;
        return TrainedModel.Fill(bundle.ModelSkeleton, bundle.Stages.SelectMany(s => s.Weights).DistinctBy(w => w.Key).ToDictionary(w => w.Key, w => w.Value, StringComparer.Ordinal));
    }
}
