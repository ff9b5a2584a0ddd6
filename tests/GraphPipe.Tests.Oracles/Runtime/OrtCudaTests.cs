using GraphPipe.Bundle;
using GraphPipe.Runtime.Ort;
using Microsoft.ML.OnnxRuntime;
using Xunit;

namespace GraphPipe.Tests.Oracles.Runtime;

/// <summary>ONNX Runtime's CUDA provider where it is not.</summary>
public class OrtCudaTests
{
    [Fact]
    public void A_package_without_the_provider_is_GP6008()
    {
        Assert.SkipWhen(OrtEnv.Instance().GetAvailableProviders().Contains("CUDAExecutionProvider"), "this package has the provider");
        using var options = new SessionOptions();
        var diagnostic = Assert.Throws<DiagnosticException>(() => OrtCuda.Add(options, gpu: 2)).Diagnostics[0];
        Assert.Equal("GP6008", diagnostic.Code);
        Assert.StartsWith("ONNX Runtime has no CUDA provider for GPU 2: ", diagnostic.Message);
        Assert.Contains("Microsoft.ML.OnnxRuntime.Gpu", diagnostic.Advice);
    }
}
