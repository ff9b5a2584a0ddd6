using GraphPipe.Bundle;
using GraphPipe.Models;
using GraphPipe.Onnx;
using GraphPipe.Tests.Oracles.Onnx;
using Xunit;

namespace GraphPipe.Tests.Oracles.Models;

/// <summary>ONNX Runtime loads what the catalog builds, and runs it for any number of samples.</summary>
public sealed class ModelTests
{
    public static TheoryData<string, string> All => new()
    {
        { "mmt-small", "" },
        { "mmt-small", "branches=2 hidden=24 heads=3 classes=7" },
        { "dlrm-small", "" },
        { "dlrm-small", "dense_branches=1 sparse_branches=1" },
        { "candle-uno-small", "" },
        { "gpt-small", "" },
        { "gpt-small", "tied=false dense_skips=true" },
        { "resnet-small", "" },
        { "resnet-small", "large_stem=true image=33 blocks=1,2" },
        { "vlm-small", "" },
        { "vlm-small", "vision_layers=1,1,1 image=32" },
    };

    [Theory]
    [MemberData(nameof(All))]
    public void It_runs_for_any_number_of_samples(string name, string settings)
    {
        var model = ModelCatalog.Build(name, settings.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        byte[] file = OnnxExport.Write(model.Module);
        var shape = model.Module.TensorOf(model.Module.Graph.Outputs[0]).KnownShape;
        var data = new SyntheticData(model);
        TensorData? alone = null;
        foreach (int samples in new[] { 1, 5 })
        {
            var inputs = data.Draw(5, draw: 3).ToDictionary(t => t.Key, t => First(t.Value, samples));
            var y = Assert.Single(OrtRunner.Run(file, inputs));
            Assert.Equal([.. shape.At(samples)], y.Shape);
            Assert.All(y.As<float>().ToArray(), v => Assert.True(float.IsFinite(v)));
            alone ??= y;
            // A sample's result does not depend on the samples beside it.
            for (int i = 0; i < alone.Count; i++)
                Assert.Equal(alone.DoubleAt(i), y.DoubleAt(i), 1e-4);
        }
    }

    private static TensorData First(TensorData data, int samples) =>
        new(data.Type, data.Shape.SetItem(0, samples), data.Bytes[..(int)(data.Bytes.Length / data.Shape[0] * samples)]);
}
