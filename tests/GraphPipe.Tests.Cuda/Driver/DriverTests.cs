using System.Runtime.InteropServices;
using System.Text;
using GraphPipe.Tests.Cuda.EndToEnd;
using GraphPipe.Tests.Cuda.Native;

namespace GraphPipe.Tests.Cuda.Driver;

/// <summary>The driver's answers: configuration, errors, devices, peers. Numbers are CUresult's.</summary>
[Collection(nameof(OneDriver))]
public sealed unsafe class DriverTests
{
    [Fact]
    public void Configuration_decides_devices_and_capability()
    {
        var cuda = CudaApi.Start("devices=2;cc=9.0;memory=65536;driver=12080", out var contexts);
        Assert.Equal(2, contexts.Length);
        int value;
        cuda.Call("cuDeviceGetAttribute", (nint)(&value), 75, 0);
        Assert.Equal(9, value);
        cuda.Call("cuDriverGetVersion", (nint)(&value));
        Assert.Equal(12080, value);
        Assert.Equal(101, cuda.Try("cuDeviceGet", (nint)(&value), 2));
    }

    [Fact]
    public void Memory_runs_out_by_size_and_by_count()
    {
        var cuda = CudaApi.Start("devices=1;memory=1024;oom=3", out _);
        nint a = cuda.Allocate(512), b;
        Assert.Equal(2, cuda.Try("cuMemAlloc_v2", (nint)(&b), 513));
        Assert.Equal(2, cuda.Try("cuMemAlloc_v2", (nint)(&b), 16));
        b = cuda.Allocate(512);
        cuda.Call("cuMemFree_v2", a);
        Assert.Equal(1, cuda.Try("cuMemFree_v2", a));
        Assert.Contains("freed twice", Assert.Single(MockLibrary.Reports()));
    }

    [Fact]
    public void A_launch_fails_on_purpose_and_the_context_with_it()
    {
        var cuda = CudaApi.Start("devices=1;fail=2", out _);
        nint add = cuda.Load(CudaApi.AddOne, "add"), data = cuda.Upload(1u);
        cuda.Launch(add, 1, 0, data, 1);
        Assert.Equal(719, cuda.TryLaunch(add, 1, 0, data, 1));
        Assert.Equal(719, cuda.Try("cuCtxSynchronize"));
        cuda.Call("mockReset");
        Assert.Equal(2u, cuda.Download<uint>(data, 1)[0]);
    }

    [Fact]
    public void A_fault_shows_at_the_next_synchronisation_and_stays()
    {
        var cuda = CudaApi.Start("devices=1", out _);
        nint add = cuda.Load(CudaApi.AddOne, "add"), data = cuda.Upload(1u);
        Assert.Contains(cuda.TryLaunch(add, 2, 0, data, 1), new[] { 0, 700 });
        Assert.Equal(700, cuda.Try("cuCtxSynchronize"));
        Assert.Equal(700, cuda.TryLaunch(add, 1, 0, data, 1));
        string report = Assert.Single(MockLibrary.Reports());
        Assert.Contains("OutOfBounds", report);
        Assert.Contains("add, ptx line 12", report);
    }

    [Fact]
    public void Peer_access_is_needed_by_kernels_and_not_by_copies()
    {
        var cuda = CudaApi.Start("devices=2", out var contexts);
        nint add = cuda.Load(CudaApi.AddOne, "add");
        cuda.Call("cuCtxSetCurrent", contexts[1]);
        nint there = cuda.Upload(5u);
        cuda.Call("cuCtxSetCurrent", contexts[0]);
        nint here = cuda.Allocate(4), stream = cuda.Stream();
        cuda.Call("cuMemcpyPeerAsync", here, contexts[0], there, contexts[1], 4, stream);
        cuda.Call("cuStreamSynchronize", stream);
        Assert.Equal(5u, cuda.Download<uint>(here, 1)[0]);
        cuda.TryLaunch(add, 1, stream, there, 1);
        Assert.Equal(700, cuda.Try("cuStreamSynchronize", stream));
        Assert.Contains("NoPeerAccess", Assert.Single(MockLibrary.Reports()));
        cuda.Call("mockReset");
        cuda.Call("cuCtxEnablePeerAccess", contexts[1], 0);
        Assert.Equal(704, cuda.Try("cuCtxEnablePeerAccess", contexts[1], 0));
        cuda.Launch(add, 1, stream, there, 1);
        cuda.Call("cuStreamSynchronize", stream);
        Assert.Equal(6u, cuda.Download<uint>(there, 1)[0]);
    }

    [Fact]
    public void Peers_may_be_forbidden()
    {
        var cuda = CudaApi.Start("devices=2;peer=0", out var contexts);
        int can;
        cuda.Call("cuDeviceCanAccessPeer", (nint)(&can), 0, 1);
        Assert.Equal(0, can);
        Assert.Equal(217, cuda.Try("cuCtxEnablePeerAccess", contexts[1], 0));
    }

    [Fact]
    public void A_module_that_is_not_modelled_is_refused_with_a_log()
    {
        var cuda = CudaApi.Start("devices=1", out _);
        byte* log = stackalloc byte[512];
        int* options = stackalloc int[] { 5, 6 };
        nint* values = stackalloc nint[] { (nint)log, 512 };
        nint module;
        fixed (byte* image = Encoding.UTF8.GetBytes(CudaApi.AddOne.Replace("add.u32 %r3", "frob.u32 %r3") + "\0"))
            Assert.Equal(218, cuda.Try("cuModuleLoadDataEx", (nint)(&module), (nint)image, 2, (nint)options, (nint)values));
        Assert.Equal("ptx line 13: 'frob.u32' is refused: no such instruction is modelled", Marshal.PtrToStringUTF8((nint)log));
    }

    [Theory]
    [InlineData(".version 7.0", ".version 9.9", 222)]
    [InlineData("sm_80", "sm_90", 209)]
    public void Newer_versions_and_targets_are_refused(string from, string to, int expected)
    {
        var cuda = CudaApi.Start("devices=1", out _);
        nint module;
        fixed (byte* image = Encoding.UTF8.GetBytes(CudaApi.AddOne.Replace(from, to) + "\0"))
            Assert.Equal(expected, cuda.Try("cuModuleLoadData", (nint)(&module), (nint)image));
    }

    [Fact]
    public void Copying_unwritten_bytes_to_the_host_is_a_finding_and_between_devices_is_not()
    {
        var cuda = CudaApi.Start("devices=1", out _);
        nint a = cuda.Allocate(8), b = cuda.Allocate(8);
        cuda.Call("cuMemcpyDtoD_v2", b, a, 8);
        Assert.Empty(MockLibrary.Reports());
        cuda.Download<uint>(b, 2);
        Assert.Contains("UninitialisedRead", Assert.Single(MockLibrary.Reports()));
    }

    [Fact]
    public void Host_functions_run_in_stream_order()
    {
        var cuda = CudaApi.Start("devices=1", out _);
        nint add = cuda.Load(CudaApi.AddOne, "add"), stream = cuda.Stream(), data = cuda.Upload(1u);
        uint* pinned = cuda.Pinned(1);
        cuda.Launch(add, 1, stream, data, 1);
        cuda.Call("cuMemcpyDtoHAsync_v2", (nint)pinned, data, 4, stream);
        cuda.Call("cuLaunchHostFunc", stream, (nint)(delegate* unmanaged<nint, void>)&Double, (nint)pinned);
        cuda.Call("cuMemcpyHtoDAsync_v2", data, (nint)pinned, 4, stream);
        cuda.Call("cuStreamSynchronize", stream);
        Assert.Equal(4u, cuda.Download<uint>(data, 1)[0]);
    }

    [UnmanagedCallersOnly]
    private static void Double(nint word) => *(uint*)word *= 2;
}
