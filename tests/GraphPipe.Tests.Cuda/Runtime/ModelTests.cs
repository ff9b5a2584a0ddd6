using System.Runtime.CompilerServices;
using GraphPipe.Bundle;
using GraphPipe.Compiler;
using GraphPipe.Planning;
using GraphPipe.Runtime.Cuda;
using GraphPipe.Tests.Cuda.EndToEnd;
using GraphPipe.Tests.Cuda.Native;

namespace GraphPipe.Tests.Cuda.Runtime;

/// <summary>
/// Recorded PyTorch runs trained on mock GPUs: outputs, gradients, SGD and AdamW steps within formats.md's tolerances of PyTorch, and the bits of
/// several devices those of one.
/// </summary>
[Collection(nameof(OneDriver))]
public sealed class ModelTests(CudaRuntimeFixture cuda)
{
    [Theory]
    [InlineData("cuda:0", 1, "")]
    [InlineData("cuda:0,1", 2, "")]
    [InlineData("cuda:3,1,0,2", 4, "seed=5")]
    [InlineData("cuda:0,1,2,3", 4, "peer=0")]
    [InlineData("cuda:0x4", 4, "devices=1;seed=9")]
    public void A_branched_model_trains_as_in_pytorch(string devices, int stages, string driver) => Verify("candle_uno_small", devices, stages, driver);

    [Theory]
    [InlineData("cuda:0", 1)]
    [InlineData("cuda:0,1,2,3", 4)]
    public void A_branched_model_trains_on_cublas(string devices, int stages) => Verify("candle_uno_small", devices, stages, "", useCublas: true);

    [Fact]
    public void A_transformer_with_tied_weights_trains_as_in_pytorch() => Verify("gpt_tied_tiny", "cuda:0,1,2,3", 4, "");

    [Fact]
    public void A_model_with_embedding_tables_trains_as_in_pytorch() => Verify("dlrm_small", "cuda:0,1,2,3", 4, "seed=3");

    /// <summary>Every recorded model on one, two and four devices: minutes on the mock.</summary>
    [Theory]
    [MemberData(nameof(Sweep))]
    public void Every_recorded_model_trains_as_in_pytorch(string name, int stages)
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("GRAPHPIPE_LONG") == "1", "GRAPHPIPE_LONG=1 runs the long sweeps too");
        Verify(name, $"cuda:{string.Join(',', Enumerable.Range(0, stages))}", stages, $"seed={stages}");
    }

    public static TheoryData<string, int> Sweep()
    {
        var sweep = new TheoryData<string, int>();
        foreach (string name in (string[])["bert_tiny", "candle_uno_small", "dlrm_small", "gpt_tied_tiny", "mmt_small", "resnet_gn_small"])
        {
            foreach (int stages in (int[])[1, 2, 4])
                sweep.Add(name, stages);
        }

        return sweep;
    }

    private void Verify(string name, string devices, int stages, string driver, bool useCublas = false)
    {
        string folder = Path.Combine(SourceFolder(), "../../../../shared/data/torch-reference", name);
        Assert.SkipUnless(Directory.Exists(folder), "no ../shared/data/torch-reference");
        _ = cuda.Provider;
        MockLibrary.Configure(driver);
        var options = new DeviceOptions { Cuda = new CudaDeviceProvider(MockLibrary.Path, useCublas ? MatrixProducts.Cublas : MatrixProducts.OwnKernel), Fallback = null, StallTimeout = TimeSpan.FromMinutes(10) };
        var compile = new CompileOptions { Mesh = DeviceMesh.Parse(devices), Stages = stages, MicroBatch = MicroBatchChoice.Of(2) };
        var result = new PipelineVerifier(options).VerifyReference(Path.Combine(folder, "model.onnx"), compile, ReferenceFolder.Read(folder));
        Assert.Equal(stages, result.Stages);
        Assert.True(result.BitEqual, result.Difference);
        Assert.NotEmpty(result.Checks);
        Assert.All(result.Checks, c => Assert.True(c.Passed, $"{c.Name}: {c.RelativeError} of {c.Tolerance}"));
        Assert.Empty(MockLibrary.Reports());
    }

    private static string SourceFolder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
