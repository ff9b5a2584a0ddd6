using System.Text;

namespace GraphPipe.Tests.Cuda.Native;

/// <summary>The driver's C functions, called as a C program would. Every call that is not expected to fail throws on failure.</summary>
internal sealed unsafe class CudaApi
{
    public const string AddOne = """
        .version 7.0
        .target sm_80
        .address_size 64
        .visible .entry add(.param .u64 data, .param .u32 amount)
        {
            .reg .b32 %r<5>; .reg .b64 %rd<5>;
            ld.param.u64 %rd1, [data];
            ld.param.u32 %r1, [amount];
            mov.u32 %r2, %tid.x;
            mul.wide.u32 %rd2, %r2, 4;
            add.u64 %rd1, %rd1, %rd2;
            ld.global.u32 %r3, [%rd1];
            add.u32 %r3, %r3, %r1;
            st.global.u32 [%rd1], %r3;
            ret;
        }
        """;

    private CudaApi()
    {
    }

    /// <summary>A fresh driver with one context per device; the first is current.</summary>
    public static CudaApi Start(string configuration, out nint[] contexts)
    {
        MockLibrary.Configure(configuration);
        var api = new CudaApi();
        int count;
        api.Call("cuDeviceGetCount", (nint)(&count));
        contexts = new nint[count];
        for (int d = 0; d < count; d++)
        {
            nint context;
            api.Call("cuCtxCreate_v2", (nint)(&context), 0, d);
            contexts[d] = context;
        }
        api.Call("cuCtxSetCurrent", contexts[0]);
        return api;
    }

    /// <summary>Calls a function of integer and pointer arguments.</summary>
    public int Try(string name, params ReadOnlySpan<nint> a)
    {
        nint f = MockLibrary.Export(name);
        nint at(ReadOnlySpan<nint> s, int k) => k < s.Length ? s[k] : 0;
        // Unused arguments do no harm in the C calling convention.
        return ((delegate* unmanaged<nint, nint, nint, nint, nint, nint, nint, nint, nint, nint, nint, nint,
            nint, nint, nint, nint, nint, nint, nint, nint, nint, nint, nint, int>)f)(
            at(a, 0), at(a, 1), at(a, 2), at(a, 3), at(a, 4), at(a, 5), at(a, 6), at(a, 7), at(a, 8), at(a, 9),
            at(a, 10), at(a, 11), at(a, 12), at(a, 13), at(a, 14), at(a, 15), at(a, 16), at(a, 17), at(a, 18),
            at(a, 19), at(a, 20), at(a, 21), at(a, 22));
    }

    public void Call(string name, params ReadOnlySpan<nint> arguments)
    {
        int result = Try(name, arguments);
        Assert.True(result == 0, $"{name} gave {result}; {string.Join("; ", MockLibrary.Reports())}");
    }

    /// <summary>A handle or address that a function writes through its first argument.</summary>
    public nint Get(string name, params ReadOnlySpan<nint> rest)
    {
        nint result;
        nint[] arguments = [(nint)(&result), .. rest];
        Call(name, arguments);
        return result;
    }

    public nint Allocate(int bytes) => Get("cuMemAlloc_v2", bytes);

    public nint Upload<T>(params T[] values) where T : unmanaged
    {
        nint buffer = Allocate(values.Length * sizeof(T));
        fixed (T* start = values)
            Call("cuMemcpyHtoD_v2", buffer, (nint)start, values.Length * sizeof(T));
        return buffer;
    }

    public T[] Download<T>(nint buffer, int count) where T : unmanaged
    {
        var values = new T[count];
        fixed (T* start = values)
            Call("cuMemcpyDtoH_v2", (nint)start, buffer, count * sizeof(T));
        return values;
    }

    /// <summary>Pinned host memory.</summary>
    public uint* Pinned(int words) => (uint*)Get("cuMemHostAlloc", words * 4, 0);

    public nint Stream(bool blocking = false) => Get("cuStreamCreate", blocking ? 0 : 1);

    public nint Load(string ptx, string kernel)
    {
        fixed (byte* image = Encoding.UTF8.GetBytes(ptx + "\0"), name = Encoding.UTF8.GetBytes(kernel + "\0"))
            return Get("cuModuleGetFunction", Get("cuModuleLoadData", (nint)image), (nint)name);
    }

    /// <summary>Launches the kernel of <see cref="AddOne"/>: data[0..threads) += amount.</summary>
    public int TryLaunch(nint kernel, int threads, nint stream, nint data, uint amount)
    {
        void** parameters = stackalloc void*[2];
        parameters[0] = &data;
        parameters[1] = &amount;
        return Try("cuLaunchKernel", kernel, 1, 1, 1, threads, 1, 1, 0, stream, (nint)parameters, 0);
    }

    public void Launch(nint kernel, int threads, nint stream, nint data, uint amount) =>
        Assert.Equal(0, TryLaunch(kernel, threads, stream, data, amount));
}
