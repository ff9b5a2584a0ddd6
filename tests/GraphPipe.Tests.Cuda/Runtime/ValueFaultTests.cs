using GraphPipe.Bundle;
using GraphPipe.Tests.Cuda.EndToEnd;
using GraphPipe.Tests.Runtime;

namespace GraphPipe.Tests.Cuda.Runtime;

/// <summary>An index outside its table in a step: found before any device updates, told at its own device and action, and forgotten afterwards.</summary>
[Collection(nameof(OneDriver))]
public sealed class ValueFaultTests(CudaRuntimeFixture cuda)
{
    private const int Bad = 7;

    [Theory]
    [InlineData(1, new[] { 0 }, 0)]
    [InlineData(2, new[] { 0 }, 0)]
    [InlineData(2, new[] { 1 }, 1)]
    [InlineData(2, new[] { 0, 1 }, 0)]
    public void An_index_outside_its_table_changes_no_parameter(int devices, int[] at, int told)
    {
        cuda.Need(devices);
        var pipeline = new DensePipeline(DenseModel.Chain(0.9f), devices == 1 ? [0, 0] : [0, 1])
        {
            Provider = cuda.Provider,
            StallTimeout = TimeSpan.FromMinutes(2),
            Rewrite = p => at.Contains(p.Id.Value) ? WithLookUp(p) : p,
            RewritePlan = p => p with { Mesh = new DeviceMesh([.. Enumerable.Range(0, devices).Select(i => new DeviceName("cuda", i))]) },
        };
        var weights = pipeline.Model.Weights();
        foreach (int stage in at)
        {
            weights.Add($"table{stage}", TensorData.Floats([6], 0, 1, 2, 3, 4, 5));
            weights.Add($"index{stage}", TensorData.Longs([2], 1, Bad));
        }

        var batch = pipeline.Model.Batch(8);
        using var plain = (pipeline with { Rewrite = p => p }).Open();
        using var executor = pipeline.Open(weights);
        var before = executor.Parameters.ToDictionary(p => p.Name, p => executor.GetParameter(p.Name).Hash);
        var e = Assert.Throws<DiagnosticException>(() => executor.Step(batch));
        Assert.Equal("GP7007", e.Diagnostics[0].Code);
        Assert.Contains($"index {Bad} is outside an axis of length 6", e.Message);
        Assert.Equal($"node \"/look up\", cuda:{told}, FORWARD s{told} mb 0 [0,2)", e.Diagnostics[0].Location);
        Assert.True(executor.IsConsistent);
        Assert.All(executor.Parameters, p => Assert.Equal(before[p.Name], executor.GetParameter(p.Name).Hash));

        foreach (int stage in at)
            executor.SetParameter($"index{stage}", TensorData.Longs([2], 1, 5));
        Assert.Equal(plain.Step(batch).Loss, executor.Step(batch).Loss);
        Assert.All(plain.Parameters, p => Assert.Equal(plain.GetParameter(p.Name).Hash, executor.GetParameter(p.Name).Hash));
        Assert.Empty(CudaRuntimeFixture.Reports());
    }

    // Behind the stage's own forward: looks two entries of a constant table up, for nobody.
    private static StageProgram WithLookUp(StageProgram program)
    {
        int first = program.Buffers.Length;
        BufferDecl Buffer(string name, DType type, int length, BufferLife life) => new(name, type, Shape.Parse($"[{length}]"), life, null, BufferId.None);
        ParameterDecl Constant(string name, int buffer) => new($"{name}{program.Id.Value}", new BufferId(buffer), ParameterRole.Constant, program.Id, BufferId.None, []);
        var call = new KernelCall("Gather", [new BufferId(first), new BufferId(first + 1)], [new BufferId(first + 2)], Attributes.Empty, Dim.Zero, ["/look up"]);
        return program with
        {
            Buffers =
            [
                .. program.Buffers, Buffer("table", DType.F32, 6, BufferLife.Persistent), Buffer("index", DType.I64, 2, BufferLife.Persistent), Buffer("found", DType.F32, 2, BufferLife.Temporary),
            ],
            Parameters = [.. program.Parameters, Constant("table", first), Constant("index", first + 1)],
            Functions = [.. program.Functions.Select(f => f.Kind == FunctionKind.Forward ? f with { Calls = [.. f.Calls, call] } : f)],
        };
    }
}
