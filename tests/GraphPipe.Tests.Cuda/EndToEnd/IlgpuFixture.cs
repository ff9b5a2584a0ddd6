using GraphPipe.Tests.Cuda.Native;
using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime.Cuda;

namespace GraphPipe.Tests.Cuda.EndToEnd;

/// <summary>ILGPU on the mock. The redirection holds for the process, so it is made once.</summary>
public sealed class IlgpuFixture : IDisposable
{
    private static readonly Lazy<bool> Redirected = new(() =>
    {
        MockLibrary.Redirect(typeof(Context).Assembly);
        MockLibrary.Redirect(typeof(XMath).Assembly);
        return true;
    });

    /// <summary>Null until a test asks.</summary>
    private Context? _context;

    /// <summary>Which driver the context is on: other tests start drivers of their own, which make it void.</summary>
    private int _generation;

    /// <summary>A driver of four devices and an ILGPU context on it.</summary>
    public Context Context
    {
        get
        {
            if (_context is null || _generation != MockLibrary.Generation)
            {
                _ = MockLibrary.Handle;
                Assert.True(Redirected.Value);
                MockLibrary.Configure("");
                _generation = MockLibrary.Generation;
                _context = Context.Create(builder => builder.Cuda().EnableAlgorithms());
            }
            return _context;
        }
    }

    public CudaAccelerator Accelerator(int device = 0) => Context.GetCudaDevice(device).CreateCudaAccelerator(Context);

    /// <summary>For tests that make findings on purpose.</summary>
    public void ForgetReports() => MockLibrary.Reset();

    /// <summary>A context has nothing of the driver's to give back: accelerators are the tests' own.</summary>
    public void Dispose() => _context?.Dispose();
}

/// <summary>Tests that share the process's one driver run one after another.</summary>
[CollectionDefinition(nameof(OneDriver), DisableParallelization = true)]
public sealed class OneDriver : ICollectionFixture<IlgpuFixture>, ICollectionFixture<Runtime.CudaRuntimeFixture>;
