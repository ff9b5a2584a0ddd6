using GraphPipe.Bundle;
using GraphPipe.Runtime.Cuda;
using GraphPipe.Tests.Cuda.EndToEnd;
using GraphPipe.Tests.Cuda.Native;
using GraphPipe.Tests.Runtime;

namespace GraphPipe.Tests.Cuda.Runtime;

/// <summary>Who uses CUDA himself finds his own context current whenever a call returns, and none if he had none.</summary>
[Collection(nameof(OneDriver))]
public sealed class CallerContextTests(CudaRuntimeFixture cuda)
{
    private static readonly DeviceName First = new("cuda", 0);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_pipeline_leaves_the_callers_context(bool hasContext)
    {
        var caller = Start("", hasContext);
        foreach (string name in (string[])["offload, one resident", "virtual devices, unlike micro-batches"])
        {
            var provider = new CudaDeviceProvider(MockLibrary.Path);
            var pipeline = QueuePipelines.Of(name, provider);
            using (var executor = pipeline.Open())
            {
                caller.IsCurrent("a pipeline is opened");
                executor.Step(pipeline.Model.Batch(8));
                caller.IsCurrent("a step is made");
                executor.Evaluate(pipeline.Model.Batch(6));
                caller.IsCurrent("a model is evaluated");
                foreach (var parameter in executor.Parameters)
                    executor.SetParameter(parameter.Name, executor.GetParameter(parameter.Name));
                caller.IsCurrent("parameters are read and set");
            }

            caller.IsCurrent("a pipeline is closed");
        }

        Assert.Empty(MockLibrary.Reports());
    }

    [Fact]
    public void A_provider_leaves_the_callers_context()
    {
        var caller = Start("", hasContext: true);
        var provider = new CudaDeviceProvider(MockLibrary.Path);
        provider.Inspect();
        caller.IsCurrent("GPUs are looked at");
        provider.ProductsOn(1);
        caller.IsCurrent("a product is tried");
    }

    [Theory]
    [InlineData("oom=1")]
    [InlineData("hostoom=1")]
    [InlineData("blasoom=1")]
    public void A_device_that_can_not_be_opened_leaves_the_callers_context(string configuration)
    {
        var caller = Start(configuration, hasContext: true);
        Assert.Throws<DiagnosticException>(() => new CudaDeviceProvider(MockLibrary.Path).Open(First, 1));
        caller.IsCurrent("no device is opened");
    }

    [Fact]
    public void A_device_that_is_lost_leaves_the_callers_context()
    {
        var caller = Start("fail=1", hasContext: true);
        Assert.Throws<DiagnosticException>(() => KernelOnDevice.Run(new CudaDeviceProvider(MockLibrary.Path), First, "Neg", [KernelCase.Numbers([6])], ["f32[6]"]));
        caller.IsCurrent("a device is lost");
        MockLibrary.Reset();
    }

    private Caller Start(string configuration, bool hasContext)
    {
        _ = cuda.Provider;
        var api = CudaApi.Start(configuration, out nint[] contexts);
        while (!hasContext && api.Get("cuCtxGetCurrent") != 0)
            api.Call("cuCtxPopCurrent_v2", 0);
        return new Caller(api, hasContext ? contexts[0] : 0);
    }

    private sealed record Caller(CudaApi Api, nint Context)
    {
        public void IsCurrent(string when) => Assert.True(Api.Get("cuCtxGetCurrent") == Context, $"another context is current when {when}");
    }
}
