using GraphPipe.Models;
using Xunit;

namespace GraphPipe.Tests.Cli;

/// <summary>A folder with a small four-branch model, data for it, and a bundle on five devices.</summary>
public sealed class CommandFiles : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("graphpipe-cli-").FullName;

    public CommandFiles()
    {
        var model = ModelCatalog.Build("mmt-small");
        model.Save(Model);
        var data = new SyntheticData(model);
        data.Save(Data, 40, 0);
        data.Save(Held, 12, 1);
        Assert.Equal(0, CommandRun.Of("compile", Model, "--devices", "cpu:5", "--stages", "5", "--mini-batch", "16", "--micro-batches", "4", "-o", Bundle).ExitCode);
    }

    public string Model => this["mmt.onnx"];

    public string Data => this["train.npz"];

    public string Held => this["held.safetensors"];

    public string Bundle => this["mmt.gpb"];

    public string this[string name] => Path.Combine(_folder, name);

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
