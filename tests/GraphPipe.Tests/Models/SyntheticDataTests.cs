using GraphPipe.Bundle;
using GraphPipe.Models;
using Xunit;

namespace GraphPipe.Tests.Models;

public sealed class SyntheticDataTests
{
    public static TheoryData<string, string> All => ModelCases.All;

    [Theory]
    [MemberData(nameof(All))]
    public void It_fits_every_model(string name, string settings)
    {
        var model = ModelCases.Build(name, settings);
        var data = new SyntheticData(model, seed: 4).Draw(7, draw: 1);
        foreach (var input in model.Module.Graph.Inputs)
        {
            var type = model.Module.TensorOf(input);
            var tensor = data[model.Module[input].Name];
            Assert.Equal(type.Type, tensor.Type);
            Assert.Equal([.. type.KnownShape.At(7)], tensor.Shape);
            if (type.Type == DType.I64)
                Assert.All(tensor.ToLongs(), i => Assert.InRange(i, 0, model.Ranges[model.Module[input].Name] - 1));
            else
                Assert.All(tensor.As<float>().ToArray(), x => Assert.True(float.IsFinite(x)));
        }

        var target = data[BuiltModel.Target];
        var output = model.Module.TensorOf(model.Module.Graph.Outputs[0]).KnownShape.At(7);
        if (model.Loss == LossKind.Mse)
            Assert.Equal([.. output], target.Shape);
        else
            Assert.Equal([.. output.RemoveAt(1)], target.Shape);
        if (model.Loss == LossKind.CrossEntropy)
            Assert.All(target.ToLongs(), i => Assert.InRange(i, 0, output[1] - 1));
    }

    [Fact]
    public void It_follows_from_seed_and_draw()
    {
        var model = ModelCatalog.Build("mmt-small");
        var first = new SyntheticData(model, 1).Draw(8, 5);
        var again = new SyntheticData(model, 1).Draw(8, 5);
        var other = new SyntheticData(model, 1).Draw(8, 6);
        Assert.All(first, pair => Assert.Equal(pair.Value.Hash, again[pair.Key].Hash));
        Assert.NotEqual(first["x0"].Hash, other["x0"].Hash);
    }

    [Fact]
    public void Classes_can_be_learnt_and_want_several_modalities()
    {
        var data = new SyntheticData(ModelCatalog.Build("mmt-small"));
        var train = data.Draw(144, 1);
        var validation = data.Draw(400, 2);
        double all = Accuracy(train, validation, ["x0", "x1", "x2", "x3"]), one = Accuracy(train, validation, ["x0"]);
        Assert.InRange(all, 0.97, 1);
        Assert.InRange(one, 0.5, all - 0.02);
    }

    [Fact]
    public void Tokens_follow_the_class_most_of_the_time()
    {
        var model = ModelCatalog.Build("gpt-small");
        var data = new SyntheticData(model).Draw(64, 1);
        long[] tokens = data["tokens"].ToLongs(), next = data[BuiltModel.Target].ToLongs();
        long vocabulary = model.Ranges["tokens"];
        int regular = Enumerable.Range(0, tokens.Length).Count(i => (next[i] - tokens[i] + vocabulary) % vocabulary is >= 1 and <= 4);
        Assert.InRange(regular / (double)tokens.Length, 0.85, 0.95);
    }

    [Fact]
    public void The_teachers_answers_are_neither_constant_nor_wild()
    {
        foreach (string name in new[] { "candle-uno-small", "dlrm-small" })
        {
            float[] y = new SyntheticData(ModelCatalog.Build(name)).Draw(500, 1)[BuiltModel.Target].As<float>().ToArray();
            double mean = y.Average(), deviation = Math.Sqrt(y.Average(v => (v - mean) * (v - mean)));
            Assert.InRange(deviation, 0.3, 3);
        }
    }

    /// <summary>How often the nearest mean of a training class, over the sequence means, is the right one.</summary>
    private static double Accuracy(TensorSet train, TensorSet validation, string[] inputs)
    {
        long[] classes = train[BuiltModel.Target].ToLongs(), wanted = validation[BuiltModel.Target].ToLongs();
        var features = Features(train, inputs);
        var centres = classes.Distinct().ToDictionary(c => c, c => Mean([.. features.Where((_, i) => classes[i] == c)]));
        var samples = Features(validation, inputs);
        return samples.Where((x, i) => centres.MinBy(c => c.Value.Zip(x, (a, b) => (a - b) * (a - b)).Sum()).Key == wanted[i]).Count() / (double)samples.Length;
    }

    private static double[][] Features(TensorSet data, string[] inputs) =>
        [.. Enumerable.Range(0, (int)data[inputs[0]].Shape[0]).Select(i => inputs.SelectMany(name => SequenceMean(data[name], i)).ToArray())];

    private static double[] SequenceMean(TensorData x, int sample)
    {
        int sequence = (int)x.Shape[1], width = (int)x.Shape[2];
        double[] mean = new double[width];
        for (int i = 0; i < sequence * width; i++)
            mean[i % width] += x.As<float>()[sample * sequence * width + i] / (double)sequence;
        return mean;
    }

    private static double[] Mean(double[][] rows) => [.. Enumerable.Range(0, rows[0].Length).Select(i => rows.Average(r => r[i]))];
}
