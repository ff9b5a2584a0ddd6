using GraphPipe.Planning;
using Xunit;

namespace GraphPipe.Tests.Planning.Profiles;

/// <summary>Times by hand. The model of a CPU takes 0.5 us for a launch and 1 us for 12,000 bytes.</summary>
public class ProfiledCostsTests
{
    private const string Relu = "Relu(f32[N,1500]) -> f32[N,1500]";

    private static readonly Work OneMicrosecond = new(0, 12_000, 0, 1);

    [Theory]
    [InlineData(2, 10)]
    [InlineData(4, 18)] // a third of the way from 10 to 34
    [InlineData(8, 34)]
    [InlineData(1, 6)] // the line goes on: 4 a sample
    [InlineData(16, 66)]
    public void Between_sizes_and_beyond_them_times_are_linear(long samples, double expected) =>
        Assert.Equal(expected, At(Profiles.Of(Profiles.Op(Relu, OneMicrosecond, OpPhase.Forward, (2, 10), (8, 34))), Relu, OneMicrosecond, samples), 1e-9);

    [Fact]
    public void One_size_alone_is_proportional() =>
        Assert.Equal(5, At(Profiles.Of(Profiles.Op(Relu, OneMicrosecond, OpPhase.Forward, (4, 20))), Relu, OneMicrosecond, 1), 1e-9);

    [Fact]
    public void What_does_no_work_per_sample_takes_the_same_at_every_size()
    {
        const string Sgd = "train.Sgd(f32[8], f32[8]) -> ";
        var work = new Work(0, 0, 96, 1);
        var profile = Profiles.Of(Profiles.Op(Sgd, work, OpPhase.Update, (1, 5), (2, 7), (4, 6)));
        Assert.All([1L, 3, 64], samples => Assert.Equal(6, At(profile, Sgd, work, samples, OpPhase.Update), 1e-9));
        Assert.Equal(TimeSource.Measured, new ProfiledCosts(profile).SourceOf(new(new(Sgd), OpPhase.Update, work), 64));
    }

    [Theory]
    [InlineData("Relu(f32[N,3000]) -> f32[N,3000]", 24_000, 1, 5)] // 2.5 us by the model, and Relus take twice as long
    [InlineData("Relu(f32[N,3000]) -> f32[N,3000]", 24_000, 4, 17)] // 8.5
    [InlineData("Erf(f32[N,1500]) -> f32[N,1500]", 12_000, 1, 4.5)] // 1.5, and three of the five measured times are three times the model's
    public void What_was_never_measured_is_the_models_time_corrected_by_similar_ops(string key, double bytes, long samples, double expected)
    {
        var profile = Profiles.Of(
            Profiles.Op(Relu, OneMicrosecond, OpPhase.Forward, (1, 3), (2, 5)),
            Profiles.Op("Tanh(f32[N,1500]) -> f32[N,1500]", OneMicrosecond, OpPhase.Forward, (1, 4.5), (2, 7.5), (4, 13.5)));
        Assert.Equal(expected, At(profile, key, new Work(0, bytes, 0, 1), samples), 1e-9);
    }

    [Fact]
    public void An_empty_profile_leaves_the_model() => Assert.Equal(1.5, At(Profiles.Of(), Relu, OneMicrosecond, 1), 1e-9);

    [Fact]
    public void Each_phase_has_times_of_its_own_and_lends_them_to_the_others()
    {
        var op = Profiles.Op(Relu, OneMicrosecond, OpPhase.Forward, (1, 10));
        op = op with { Times = op.Times.Add(OpPhase.BackwardWeight, Profiles.Times((1, new(new(30), new(0), 1)))) };
        double[] times = [.. Enum.GetValues<OpPhase>().Select(phase => At(Profiles.Of(op), Relu, OneMicrosecond, 1, phase))];
        // The two backwards are nearer to each other than to the forward.
        Assert.Equal([10, 30, 30, 30], times);
    }

    [Fact]
    public void Sources_are_told()
    {
        var costs = new ProfiledCosts(Profiles.Of(Profiles.Op(Relu, OneMicrosecond, OpPhase.Forward, (1, 10), (4, 20))));
        TimeSource Of(string key, long samples) => costs.SourceOf(new(new(key), OpPhase.Forward, OneMicrosecond), samples);
        Assert.Equal([TimeSource.Measured, TimeSource.Interpolated, TimeSource.Measured, TimeSource.Extrapolated], [Of(Relu, 1), Of(Relu, 2), Of(Relu, 4), Of(Relu, 8)]);
        Assert.Equal(TimeSource.Predicted, Of("Erf(f32[N]) -> f32[N]", 1));
        Assert.Equal("1 measured, 0 interpolated, 0 extrapolated, 2 predicted", ProfileCoverage.Of([TimeSource.Predicted, TimeSource.Measured, TimeSource.Predicted]).ToString());
    }

    [Fact]
    public void Tables_add_up_at_every_size()
    {
        var sum = TimeTable.Sum([new([new(1, new(1)), new(4, new(4))]), TimeTable.Constant(new(10)), new([new(8, new(80))])]);
        // t + 10 + 10 t.
        Assert.All([1L, 2, 3, 4, 8, 100], t => Assert.Equal(10 + 11 * t, sum.At(t).Value, 1e-9));
        Assert.Empty(TimeTable.Sum([]).Points);
    }

    [Fact]
    public void Medians_and_spreads()
    {
        Assert.Equal(3, Statistics.Median([100, 1, 3]));
        Assert.Equal(2.5, Statistics.Median([4, 1, 3, 2]));
        Assert.Equal(1.5, Statistics.Spread([4, 1, 3, 2]), 1e-12); // quartiles 1.75 and 3.25, as R and NumPy have them
    }

    private static double At(Profile profile, string key, Work work, long samples, OpPhase phase = OpPhase.Forward) =>
        new ProfiledCosts(profile).Table(new CostedOp(new OpKey(key), phase, work), samples).At(samples).Value;
}
