using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Compiler;
using GraphPipe.Models;
using GraphPipe.Onnx;
using GraphPipe.Planning;
using GraphPipe.Tests.Planning.Profiles;
using Xunit;

namespace GraphPipe.Tests.Api;

/// <summary>Profiles of models, and plans made with them.</summary>
public class ProfileTests
{
    // A matrix product each, of shapes that tell them apart; one sample at a time.
    private static readonly (long In, long Out)[] Layers = [(8, 16), (16, 32), (32, 12), (12, 4)];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void The_dear_layer_gets_a_stage_of_its_own(int dear)
    {
        // By the device model all layers are about equal; the profile says that one takes a hundred times as long as the others.
        var profile = Profiles.Of([.. Layers.Select((l, i) => Profiles.Op($"Gemm(f32[N,{l.In}], f32[{l.Out},{l.In}]){{transB=1}} -> f32[N,{l.Out}]", new Work(2 * l.In * l.Out, 4 * (l.In + l.Out), 4 * l.In * l.Out, 1), OpPhase.Forward, (1, i == dear ? 10_000 : 100)))]);
        int stages = dear is 0 or 3 ? 2 : 3;
        var compiler = new ModelCompiler(Chain(), VerifiedModels.Options(stages, 8) with { Profile = profile with { Devices = new("cpu", stages, 1) } });
        var costs = compiler.ToCosts(compiler.ToGraph());
        var plan = compiler.ToPlan(costs);
        var alone = plan.Stages.Single(s => s.NodeNames.Any(n => n == $"/layer{dear}/Gemm"));
        Assert.Equal([$"/layer{dear}/Gemm"], alone.NodeNames.Where(n => n != "loss"));
        Assert.Equal(dear is 3 ? 1 : dear is 0 ? 0 : 1, alone.Id.Value);
        // The loss is a node too, and no loss was measured.
        Assert.Equal(new ProfileCoverage(0, 0, 0, Layers.Length + 1), compiler.CoverageOf(costs, plan));
    }

    [Fact]
    public void Another_model_finds_the_ops_that_are_equal()
    {
        var profile = Measure("gpt-small", "layers=2", "tied=false");
        Assert.All(profile.Ops, o => Assert.All(o.Times.Values, t => Assert.Equal([1, 2], t.Keys)));
        var deeper = Coverage("gpt-small", ["layers=3", "tied=false"], profile, 2);
        Assert.Equal((0, 0, 0), (deeper.Interpolated, deeper.Extrapolated, deeper.Predicted));
        var wider = Coverage("gpt-small", ["layers=2", "tied=false", "hidden=80"], profile, 2);
        Assert.True(wider.Predicted > 10, wider.ToString());
    }

    [Fact]
    public void Equal_ops_are_one_entry_with_all_their_nodes()
    {
        var profile = Measure("mmt-small");
        var queries = profile.Ops.Single(o => o.Nodes.Contains("/branch0/layers.0/attn/q/MatMul") && o.Times.ContainsKey(OpPhase.Forward));
        // q, k, v and the output of four branches of two layers, and the bias of each.
        Assert.Equal(64, queries.Nodes.Length);
        Assert.Equal([OpPhase.Forward], queries.Times.Keys);
        Assert.Contains(profile.Ops, o => o.Key.Operator == "train.Sgd" && o.Times.Keys.SequenceEqual([OpPhase.Update]));
        Assert.Contains(profile.Ops, o => o.Times.ContainsKey(OpPhase.BackwardInput));
        Assert.Contains(profile.Ops, o => o.Times.ContainsKey(OpPhase.BackwardWeight));
        Assert.NotNull(profile.Overheads.Copy);
        Assert.Equal(new ProfiledDevices("cpu", 2, 1), profile.Devices);
        Assert.Equal(profile, ProfileJson.Read(ProfileJson.Write(profile with { Date = Second(profile.Date) }), "p", new())! with { Date = profile.Date });
    }

    [Fact]
    public void A_bundle_is_priced_call_by_call()
    {
        var profile = Measure("mmt-small");
        var model = Model("mmt-small");
        var bundle = ModelCompiler.Compile(model, Options("mmt-small", 2, 2)).Bundle;
        int calls = bundle.Stages.SelectMany(s => s.Program.Functions).Sum(f => f.Calls.Length);
        var planned = PlannedStep.Of(bundle, profile);
        Assert.Equal(new ProfileCoverage(calls, 0, 0, 0), planned.Calls);
        // Twice as slow ops and nothing but ops: twice the time.
        var bare = profile with { Overheads = new(default, default, null, default) };
        var slow = bare with { Ops = [.. bare.Ops.Select(o => o with { Times = o.Times.ToImmutableSortedDictionary(t => t.Key, t => t.Value.ToImmutableSortedDictionary(s => s.Key, s => s.Value with { Median = s.Value.Median * 2 })) })] };
        Assert.Equal(2 * PlannedStep.Of(bundle, bare).Step.Value, PlannedStep.Of(bundle, slow).Step.Value, 1e-6);
        Assert.True(planned.Step > PlannedStep.Of(bundle, bare).Step);
    }

    [Fact]
    public void A_learning_rate_does_not_make_another_op()
    {
        var profile = Measure("mmt-small");
        var options = Options("mmt-small", 2, 2) with { Optimizer = new("sgd", 0.5, 0, false, 0.25, 0, 0, 0) };
        Assert.Equal(0, PlannedStep.Of(ModelCompiler.Compile(Model("mmt-small"), options).Bundle, profile).Calls.Predicted);
        // Adam's updates are other ops: two for the sizes of each parameter, say; the rest stays known.
        var adam = PlannedStep.Of(ModelCompiler.Compile(Model("mmt-small"), options with { Optimizer = new("adam", 0.5, 0, false, 0, 0.9, 0.99, 1e-8) }).Bundle, profile).Calls;
        var parameters = ModelCatalog.Build("mmt-small").Module.Parameters.Count(p => p.Role == ParameterRole.Trained);
        Assert.Equal(parameters, adam.Predicted);
    }

    [Fact]
    public void Another_number_of_devices_is_a_warning_and_another_kind_an_error()
    {
        var compiler = new ModelCompiler(Chain(), VerifiedModels.Options(2, 8) with { Profile = Profiles.Of() with { Devices = new("cpu", 4, 1) } });
        compiler.ToPlan(compiler.ToCosts(compiler.ToGraph()));
        Assert.Contains(compiler.Diagnostics, d => d.Code == Codes.ProfileUnsuitable && d.Severity == Severity.Warning);
        var error = Assert.Throws<DiagnosticException>(() => ModelCompiler.Compile(Chain(), VerifiedModels.Options(2, 8) with { Profile = Profiles.Of() with { Devices = new("cuda", 2, 1) } }));
        Assert.Equal(Codes.ProfileUnsuitable, Assert.Single(error.Diagnostics).Code);
    }

    private static Profile Measure(string name, params string[] settings) =>
        new Profiler(Model(name, settings), Options(name, 2, 2), new DeviceOptions { ThreadsPerDevice = 1 }, new ProfilerOptions(2, 0)).Run();

    private static ProfileCoverage Coverage(string name, string[] settings, Profile profile, long microBatch)
    {
        var compiler = new ModelCompiler(Model(name, settings), Options(name, 2, microBatch) with { Profile = profile });
        var costs = compiler.ToCosts(compiler.ToGraph());
        return compiler.CoverageOf(costs, compiler.ToPlan(costs))!.Value;
    }

    private static CompileOptions Options(string name, int devices, long microBatch) => new()
    {
        Loss = ModelCatalog.Build(name).Loss,
        Mesh = DeviceMesh.Cpu(devices),
        MiniBatch = 8,
        MicroBatch = MicroBatchChoice.Size(microBatch),
    };

    private static OnnxModel Model(string name, params string[] settings) => ModelCatalog.Build(name, settings).ToOnnx();

    private static OnnxModel Chain()
    {
        var b = VerifiedModels.Builder();
        var x = b.Input("x", DType.F32, Layers[0].In);
        foreach (var (i, layer) in Layers.Index())
            x = b.Linear($"layer{i}", x, layer.Out, bias: false);
        b.Output("y", x);
        return OnnxModel.Parse(OnnxExport.Write(b.Build()));
    }

    private static DateTimeOffset Second(DateTimeOffset date) => new(date.Ticks / TimeSpan.TicksPerSecond * TimeSpan.TicksPerSecond, date.Offset);
}
