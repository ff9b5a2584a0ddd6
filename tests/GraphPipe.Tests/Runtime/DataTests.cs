using GraphPipe.Bundle;
using GraphPipe.Runtime;
using Xunit;

namespace GraphPipe.Tests.Runtime;

public class DataTests
{
    private static readonly InputSpec X = new("x", FeedKind.Input, DType.F32, Shape.Parse("[N,2]"), BatchLayout.Leading);
    private static readonly InputSpec T = new("t", FeedKind.Target, DType.I64, Shape.Parse("[N]"), BatchLayout.Leading);

    // Three rows in front, N in the middle, each sample two neighbouring entries.
    private static readonly InputSpec Moved = new("m", FeedKind.Input, DType.F32, Shape.Parse("[3,2*N]"), new BatchLayout(1, 1, 2));

    [Fact]
    public void Mini_batches_cover_the_samples_and_the_last_is_short()
    {
        var data = Dataset.Create(Tensors(7), [X, T], 3);
        Assert.Equal([3L, 3, 1], data.Epoch(0).Select(b => b.Samples));
        Assert.Equal(Enumerable.Range(0, 7).Select(i => (long)i), data.Epoch(0).SelectMany(b => b["t"].ToLongs()));
        Assert.Equal([12f, 13], data.Epoch(0).Last()["x"].As<float>().ToArray());
    }

    [Fact]
    public void Shuffling_keeps_samples_together_and_is_repeatable()
    {
        var data = Dataset.Create(Tensors(50), [X, T, Moved], 8, shuffleSeed: 5);
        long[] first = [.. data.Epoch(0).SelectMany(b => b["t"].ToLongs())];
        Assert.Equal(first, data.Epoch(0).SelectMany(b => b["t"].ToLongs()));
        Assert.NotEqual(first, data.Epoch(1).SelectMany(b => b["t"].ToLongs()));
        Assert.Equal(Enumerable.Range(0, 50).Select(i => (long)i), first.Order());
        foreach (var batch in data.Epoch(3))
        {
            int n = (int)batch.Samples;
            for (int i = 0; i < n; i++)
            {
                long sample = batch["t"].LongAt(i);
                Assert.Equal([2 * sample, 2 * sample + 1], batch["x"].As<float>().Slice(2 * i, 2).ToArray());
                for (int row = 0; row < 3; row++)
                    Assert.Equal([1000 * row + 2 * sample, 1000 * row + 2 * sample + 1], batch["m"].As<float>().Slice(row * 2 * n + 2 * i, 2).ToArray());
            }
        }
    }

    [Fact]
    public void Random_numbers_are_the_documented_ones()
    {
        // SplitMix64 from state s gives mix(s + golden), mix(s + 2·golden), …: the published sequence for s = 0 is below. The key of seed -golden is
        // mix(0) = 0.
        var random = CounterRandom.Of(unchecked(-(long)0x9E3779B97F4A7C15UL));
        Assert.Equal([0xE220A8397B1DCDAFUL, 0x6E789E6AA1B965F4UL, 0x06C45D188009454FUL], [random.Bits(0), random.Bits(1), random.Bits(2)]);
        Assert.All(Enumerable.Range(0, 1000), i => Assert.InRange(random.Below(i, 7), 0, 6));
        Assert.Equal(0.5, Enumerable.Range(0, 10000).Average(i => random.Uniform(i)), 0.02);
    }

    [Fact]
    public void Everything_that_is_wrong_is_in_one_list()
    {
        var tensors = new Dictionary<string, TensorData> { ["x"] = TensorData.Floats([4, 3], new float[12]), ["t"] = TensorData.Floats([4], new float[4]) };
        var diagnostics = Assert.Throws<DiagnosticException>(() => Dataset.Create(tensors, [X, T, Moved], 2)).Diagnostics;
        Assert.Equal([Codes.DataShape, Codes.DataType, Codes.DataMissing], diagnostics.Select(d => d.Code));
        Assert.Contains("the model wants [N,2]", diagnostics[0].Message);
        Assert.Equal("it has t, x", diagnostics[2].Advice);
    }

    [Fact]
    public void Tensors_of_unequal_length_and_no_samples_at_all_are_refused()
    {
        var unequal = new Dictionary<string, TensorData>(Tensors(4)) { ["t"] = TensorData.Longs([3], 1, 2, 3) };
        Assert.Equal("'t' has 3 samples, 'x' has 4", Assert.Throws<DiagnosticException>(() => Dataset.Create(unequal, [X, T], 2)).Diagnostics.Single().Message);
        Assert.Equal(Codes.DataEmpty, Assert.Throws<DiagnosticException>(() => Dataset.Create(Tensors(0), [X, T], 2)).Diagnostics.Single().Code);
        Assert.Equal(4, Dataset.Create(Tensors(4).Where(t => t.Key == "x").ToDictionary(), [X, T], 2, withTargets: false).Samples);
    }

    [Fact]
    public void Synthetic_data_fits_the_model_and_stays_below_its_limits()
    {
        var source = new SyntheticSource([X, T, Moved], 16, 3, seed: 9, new Dictionary<string, long> { ["t"] = 5 });
        var batches = source.Epoch(0).ToList();
        Assert.Equal(3, batches.Count);
        foreach (var batch in batches)
        {
            batch.Check([X, T, Moved], withTargets: true);
            Assert.All(batch["t"].ToLongs(), t => Assert.InRange(t, 0, 4));
        }

        Assert.Equal(batches[1]["x"].Hash, source.Epoch(0).ElementAt(1)["x"].Hash);
        Assert.NotEqual(batches[0]["x"].Hash, batches[1]["x"].Hash);
    }

    [Theory]
    [InlineData(LossNormaliser.Samples, 0.25f)]
    [InlineData(LossNormaliser.Elements, 0.125f)]
    [InlineData(LossNormaliser.NotIgnored, 0.2f)]
    [InlineData(LossNormaliser.Sum, 1f)]
    public void The_loss_scale_follows_from_the_targets(LossNormaliser normaliser, float expected)
    {
        var scale = new LossScale(new LossSettings(LossKind.CrossEntropy, "y", "t", IgnoreIndex: -1, normaliser, 1));
        scale.Prepare(new MiniBatch(8, [new("t", TensorData.Longs([8], 0, -1, 1, 1, -1, 0, -1, 1))]), 8);
        Assert.Equal(expected, scale.For(2, 0));
        scale.Prepare(new MiniBatch(2, [new("t", TensorData.Longs([2], -1, -1))]), 2);
        Assert.Equal(normaliser == LossNormaliser.Samples || normaliser == LossNormaliser.Sum ? 1 : normaliser == LossNormaliser.Elements ? 0.5f : 0, scale.For(2, 0));
    }

    /// <summary>Generations of three samples: {0, −1, 1}, {1, −1, −1} and the short {0, 1}.</summary>
    [Theory]
    [InlineData(LossNormaliser.Samples, 1f / 3, 1f / 3, 0.5f)]
    [InlineData(LossNormaliser.Elements, 1f / 3, 1f / 3, 0.5f)]
    [InlineData(LossNormaliser.NotIgnored, 0.5f, 1f, 0.5f)]
    [InlineData(LossNormaliser.Sum, 1f, 1f, 1f)]
    public void Every_generation_has_a_loss_scale_of_its_own(LossNormaliser normaliser, params float[] expected)
    {
        var target = new InputSpec("t", FeedKind.Target, DType.I64, Shape.Parse("[N]"), new BatchLayout(0));
        var scale = new LossScale(new LossSettings(LossKind.CrossEntropy, "y", "t", IgnoreIndex: -1, normaliser, 1), target, 3);
        scale.Prepare(new MiniBatch(8, [new("t", TensorData.Longs([8], 0, -1, 1, 1, -1, -1, 0, 1))]), 3);
        Assert.Equal(expected, Enumerable.Range(0, 3).Select(g => scale.For(1, g)));
    }

    private static Dictionary<string, TensorData> Tensors(int samples) => new()
    {
        ["x"] = TensorData.Floats([samples, 2], [.. Enumerable.Range(0, 2 * samples).Select(i => (float)i)]),
        ["t"] = TensorData.Longs([samples], [.. Enumerable.Range(0, samples).Select(i => (long)i)]),
        ["m"] = TensorData.Floats([3, 2 * samples], [.. Enumerable.Range(0, 3).SelectMany(r => Enumerable.Range(0, 2 * samples).Select(i => 1000f * r + i))]),
    };
}
