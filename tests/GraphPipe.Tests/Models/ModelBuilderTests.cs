using GraphPipe.Bundle;
using GraphPipe.Models;
using Xunit;

namespace GraphPipe.Tests.Models;

public sealed class ModelBuilderTests
{
    [Fact]
    public void Names_are_paths()
    {
        var module = ModelCatalog.Build("mmt-small").Module;
        var nodes = module.Graph.Ops.Select(op => op.Location.Nodes[0]).ToList();
        Assert.Equal(nodes.Count, nodes.Distinct().Count());
        Assert.Contains("/branch0/layers.1/attn/MatMul", nodes);
        Assert.Contains("/branch0/layers.1/attn/MatMul_1", nodes);
        Assert.Contains("/branch3/layers.0/attn/q/MatMul", nodes);
        Assert.Contains("/head/fc1/Gemm", nodes);
        var parameters = module.Parameters.Select(p => module[p.Value].Name).ToList();
        Assert.Contains("branch0.layers.1.attn.q.weight", parameters);
        Assert.Contains("head.fc2.bias", parameters);
    }

    [Fact]
    public void Linear_layers_are_stored_as_exporters_store_them()
    {
        var b = new ModelBuilder("m");
        var x = b.Input("x", DType.F32, 5, 3);
        var y = b.Linear("inner", x, 4);
        Assert.Equal("[N,5,4]", b.ShapeOf(y).ToString());
        b.Output("y", b.Linear("last", b.ReduceMean(y, 1), 2, bias: false));
        var module = b.Build();
        Assert.Equal(["inner.weight f32[3,4]", "inner.bias f32[4]", "last.weight f32[2,4]"], module.Parameters.Select(p => $"{module[p.Value].Name} {p.Data}"));
        Assert.Equal(["MatMul", "Add", "ReduceMean", "Gemm"], module.Graph.Ops.Select(op => op.Name.Type));
        Assert.Equal(1, module.Graph.Ops[^1].Attributes.Int("transB", 0));
    }

    [Fact]
    public void Initial_weights_have_pytorchs_distribution()
    {
        var b = new ModelBuilder("m", seed: 3);
        b.Linear("linear", b.Input("x", DType.F32, 100), 400);
        b.Embedding("table", b.Input("i", DType.I64), 500, 100, new InitialWeights.Normal(2));
        var module = b.Build();
        float[] Of(string name) => module.Parameters.Single(p => module[p.Value].Name == name).Data!.As<float>().ToArray();
        float[] uniform = Of("linear.weight"), normal = Of("table.weight");
        Assert.All(uniform, w => Assert.InRange(w, -0.1f, 0.1f));
        Assert.Equal(0, uniform.Average(), 2e-3);
        Assert.Equal(0.1 / Math.Sqrt(3), Math.Sqrt(uniform.Average(w => w * w)), 1e-3);
        Assert.Equal(0, normal.Average(), 3e-2);
        Assert.Equal(2, Math.Sqrt(normal.Average(w => w * w)), 2e-2);
        Assert.Equal(0.6827, normal.Count(w => Math.Abs(w) < 2) / (double)normal.Length, 1e-2);
    }

    [Fact]
    public void Weights_follow_from_seed_and_name()
    {
        string HashOf(long seed, string name)
        {
            var b = new ModelBuilder("m", seed);
            b.Parameter(name, [8, 8], new InitialWeights.Normal(1));
            return b.Build().Parameters[0].Hash;
        }

        Assert.Equal(HashOf(1, "w"), HashOf(1, "w"));
        Assert.NotEqual(HashOf(1, "w"), HashOf(2, "w"));
        Assert.NotEqual(HashOf(1, "w"), HashOf(1, "v"));
    }

    [Fact]
    public void Two_parameters_of_a_name_are_a_bug()
    {
        var b = new ModelBuilder("m");
        b.Parameter("w", [1], InitialWeights.Ones);
        Assert.Throws<InvalidOperationException>(() => b.Parameter("w", [1], InitialWeights.Ones));
    }
}
