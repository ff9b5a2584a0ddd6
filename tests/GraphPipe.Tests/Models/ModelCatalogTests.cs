using GraphPipe.Bundle;
using GraphPipe.Core;
using GraphPipe.Models;
using Xunit;

namespace GraphPipe.Tests.Models;

public sealed class ModelCatalogTests
{
    [Fact]
    public void Every_model_has_a_full_and_a_small_size()
    {
        var names = ModelCatalog.Entries.Select(e => e.Name).ToList();
        Assert.Equal(["mmt", "mmt-small", "dlrm", "dlrm-small", "candle-uno", "candle-uno-small", "gpt", "gpt-small", "resnet", "resnet-small", "vlm", "vlm-small"], names);
        Assert.All(ModelCatalog.Entries, e => Assert.Contains(e.Options, o => o.Key == "seed"));
    }

    [Fact]
    public void The_paper_gives_the_defaults()
    {
        Assert.Equal("4", Default("mmt", "branches"));
        Assert.Equal("8", Default("mmt", "layers"));
        Assert.Equal("1024", Default("mmt", "hidden"));
        Assert.Equal("16", Default("mmt", "heads"));
        Assert.Equal("256", Default("mmt", "sequence"));
        Assert.Equal("7", Default("dlrm", "dense_branches"));
        Assert.Equal("4096", Default("dlrm", "dense_width"));
        Assert.Equal("1000000", Default("dlrm", "rows"));
        Assert.Equal("64", Default("dlrm", "dim"));
        Assert.Equal("100", Default("dlrm", "bag"));
        Assert.Equal("7", Default("candle-uno", "branches"));
        Assert.Equal("4096", Default("candle-uno", "width"));
        Assert.Equal("2,2,2,2", Default("resnet", "blocks"));
        Assert.Equal("true", Default("gpt", "tied"));
    }

    [Fact]
    public void Options_change_sizes()
    {
        var module = ModelCatalog.Build("mmt-small", ["branches=3", "sequence = 5", "features=7", "classes=11", "hidden=24", "heads=3"]).Module;
        Assert.Equal(3, module.Graph.Inputs.Length);
        Assert.All(module.Graph.Inputs, i => Assert.Equal("[N,5,7]", module.TensorOf(i).Shape!.ToString()));
        Assert.Equal("[N,11]", module.TensorOf(module.Graph.Outputs[0]).Shape!.ToString());
        Assert.Equal("[24,24]", ShapeOf(module, "branch2.layers.1.attn.q.weight"));
    }

    [Theory]
    [InlineData("nothing", "", "there is no model 'nothing'", "mmt-small")]
    [InlineData("mmt", "widht=3", "model 'mmt' has no option 'widht'", "its options are branches, layers, hidden, heads, sequence, features, ffn, classes, seed")]
    [InlineData("mmt", "hidden", "'hidden' is no option", "key=value")]
    [InlineData("mmt", "hidden=8 hidden=9", "option 'hidden' is given twice", "once")]
    [InlineData("mmt", "hidden=wide", "option 'hidden' is 'wide'", "whole number")]
    [InlineData("gpt", "tied=perhaps", "option 'tied' is 'perhaps'", "true or false")]
    [InlineData("resnet", "blocks=2,,2", "option 'blocks' is '2,,2'", "commas")]
    [InlineData("mmt", "hidden=30 heads=4", "no multiple of 'heads', which is 4", "multiple")]
    [InlineData("mmt", "layers=0", "option 'layers' is 0", "start at 1")]
    [InlineData("resnet", "blocks=2,-1", "option 'blocks' is -1", "start at 1")]
    [InlineData("resnet", "width=48", "no multiple of 'groups', which is 32", "multiple")]
    [InlineData("vlm", "image=100", "option 'image' is 100, no multiple", "multiple")]
    [InlineData("dlrm-small", "rows=2000000000", "parameter 'sparse.0.weight' would have 32000000000 elements", "smaller")]
    public void What_fits_no_model_is_said(string name, string settings, string message, string advice)
    {
        var failure = Assert.Throws<DiagnosticException>(() => ModelCases.Build(name, settings));
        var diagnostic = Assert.Single(failure.Diagnostics);
        Assert.Equal(Codes.Usage, diagnostic.Code);
        Assert.Contains(message, diagnostic.Message);
        Assert.Contains(advice, diagnostic.Advice);
    }

    [Fact]
    public void All_faults_of_the_settings_are_told_together()
    {
        var failure = Assert.Throws<DiagnosticException>(() => ModelCatalog.Build("mmt", ["hidden=a", "b=1", "c"]));
        Assert.Equal(3, failure.Diagnostics.Count);
        failure = Assert.Throws<DiagnosticException>(() => ModelCatalog.Build("mmt", ["hidden=0", "layers=-1"]));
        Assert.Equal(2, failure.Diagnostics.Count);
    }

    [Fact]
    public void Sizes_given_in_code_are_checked_too() =>
        Assert.Throws<DiagnosticException>(() => Mmt.Build(MmtOptions.Small with { Heads = 5 }));

    [Fact]
    public void Training_is_described()
    {
        var vlm = ModelCatalog.Build("vlm-small");
        Assert.Equal(["vision.*"], vlm.Frozen);
        Assert.Equal("vision.*", vlm.Module.Metadata["prop.graphpipe.frozen"]);
        Assert.Contains(vlm.Module.Parameters, p => vlm.Module[p.Value].Name == "vision.levels.1.layers.0.attn.q.weight");
        Assert.Equal(64, vlm.Ranges["tokens"]);
        Assert.Equal(64, vlm.Ranges[BuiltModel.Target]);
        var dlrm = ModelCatalog.Build("dlrm-small");
        Assert.Equal(LossKind.Mse, dlrm.Loss);
        Assert.Equal("mse", dlrm.Module.Metadata["prop.graphpipe.loss"]);
        Assert.Equal(["sparse0", "sparse1", "sparse2", "sparse3"], dlrm.Ranges.Keys);
        Assert.All(dlrm.Ranges.Values, r => Assert.Equal(200, r));
    }

    [Theory]
    [InlineData("")]
    [InlineData("branches=3 layers=1 hidden=20 heads=5 sequence=3 features=6 ffn=7 classes=9")]
    public void Mmt_has_the_parameters_of_the_formula(string settings)
    {
        var s = Sizes("mmt-small", settings);
        long tower = s("features") * s("hidden") + s("hidden") + s("layers") * Layer(s("hidden"), s("ffn")) + 2 * s("hidden");
        long head = s("branches") * s("hidden") * s("hidden") + s("hidden") + s("hidden") * s("classes") + s("classes");
        Assert.Equal(s("branches") * tower + head, ModelCases.Build("mmt-small", settings).ParameterCount);
    }

    [Theory]
    [InlineData("tied=true", false)]
    [InlineData("tied=false", false)]
    [InlineData("tied=true dense_skips=true layers=4", true)]
    public void Gpt_has_the_parameters_of_the_formula(string settings, bool skips)
    {
        var s = Sizes("gpt-small", settings);
        long tables = (settings.Contains("tied=false") ? 2 : 1) * s("vocabulary") * s("hidden") + s("sequence") * s("hidden");
        long mixes = skips ? Enumerable.Range(2, (int)s("layers") - 1).Sum() : 0;
        Assert.Equal(tables + s("layers") * Layer(s("hidden"), s("ffn")) + 2 * s("hidden") + mixes, ModelCases.Build("gpt-small", settings).ParameterCount);
    }

    // Four projections, two normalisations, two linear layers.
    private static long Layer(long hidden, long inner) => 4 * (hidden * hidden + hidden) + 4 * hidden + hidden * inner + inner + inner * hidden + hidden;

    private static Func<string, long> Sizes(string name, string settings)
    {
        var given = settings.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(o => o.Split('=')).ToDictionary(o => o[0], o => o[1]);
        return key => long.Parse(given.GetValueOrDefault(key) ?? Default(name, key));
    }

    private static string Default(string name, string key) => ModelCatalog.Entries.Single(e => e.Name == name).Options.Single(o => o.Key == key).Default;

    private static string ShapeOf(Module module, string parameter) =>
        module.TensorOf(module.Parameters.Single(p => module[p.Value].Name == parameter).Value).Shape!.ToString();
}
