namespace GraphPipe.Runtime.Cuda.Driver;

/// <summary>
/// A GPU's context as the calling thread's until the visit ends; then the thread has the one again that it had before, which may be the caller's own (CUDA driver API, cuCtxPushCurrent). For what is called by
/// threads that are not a device's.
/// </summary>
internal readonly unsafe ref struct ContextVisit
{
    private readonly CudaDriver? _driver;

    private ContextVisit(CudaDriver? driver) => _driver = driver;

    /// <exception cref="CudaException">The context can't be entered.</exception>
    public static ContextVisit To(CudaContext context)
    {
        context.Driver.Check(context.Driver.ContextPush(context.Handle), "cuCtxPushCurrent");
        return new ContextVisit(context.Driver);
    }

    /// <summary>As <see cref="To"/>, where nothing is checked: after a lost device the context may be one that can't be entered.</summary>
    public static ContextVisit TryTo(CudaContext context) => new(context.Driver.ContextPush(context.Handle) == 0 ? context.Driver : null);

    public void Dispose()
    {
        nint context = 0;
        if (_driver is not null)
            _ = _driver.ContextPop(&context);
    }
}
