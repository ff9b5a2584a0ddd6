using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using GraphPipe.MockCuda.Ptx.Parse;

namespace GraphPipe.MockCuda.Driver;

/// <summary>Where the C functions come in: one driver per process, its lock, and exceptions as results. The driver API has no handle for
/// itself, so the process's driver is the one static here that changes.</summary>
internal static unsafe class Entry
{
    private static readonly Lock InitLock = new();
    private static volatile MockDriver? _driver;

    /// <summary>cuInit: a driver configured by MOCK_CUDA, unless there is one.</summary>
    public static CudaResult Init()
    {
        lock (InitLock)
        {
            try
            {
                _driver ??= new MockDriver(Configuration.Parse(Environment.GetEnvironmentVariable("MOCK_CUDA")));
                var configuration = _driver.Configuration;
                return configuration.InitResult == CudaResult.CUDA_SUCCESS && configuration.Devices == 0 ? CudaResult.CUDA_ERROR_NO_DEVICE : configuration.InitResult;
            }
            catch (FormatException e)
            {
                Console.Error.WriteLine(e.Message);
                return CudaResult.CUDA_ERROR_UNKNOWN;
            }
        }
    }

    /// <summary>A new driver; all handles and addresses of the old one are void.</summary>
    public static CudaResult Configure(string text)
    {
        lock (InitLock)
        {
            try
            {
                _driver = new MockDriver(Configuration.Parse(text));
                return CudaResult.CUDA_SUCCESS;
            }
            catch (FormatException)
            {
                return CudaResult.CUDA_ERROR_INVALID_VALUE;
            }
        }
    }

    public static CudaResult Run(Action<MockDriver> call, [CallerMemberName] string name = "") => Run(
        d =>
        {
            call(d);
            return CudaResult.CUDA_SUCCESS;
        },
        name);

    /// <param name="call">What the function does.</param>
    /// <param name="name">The function's, as <see cref="MockDriver.Calls"/> counts it.</param>
    public static CudaResult Run(Func<MockDriver, CudaResult> call, [CallerMemberName] string name = "")
    {
        if (_driver is not { } driver)
            return CudaResult.CUDA_ERROR_NOT_INITIALIZED;
        lock (driver.Gate)
        {
            try
            {
                driver.Calls[name] = driver.Calls.GetValueOrDefault(name) + 1;
                return call(driver);
            }
            catch (CudaException e)
            {
                return e.Result;
            }
            catch (PtxException)
            {
                return CudaResult.CUDA_ERROR_INVALID_PTX;
            }
            catch (Exception e)
            {
                driver.Reports.Add(new Reports.Report(Reports.ReportKind.Misuse, $"the mock itself failed: {e}", null));
                return CudaResult.CUDA_ERROR_UNKNOWN;
            }
        }
    }

    public static string Text(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? "";

    /// <summary>Writes text and its zero into a buffer, cut where it is full.</summary>
    public static void Write(string text, byte* buffer, int size)
    {
        if (buffer is null || size <= 0)
            return;
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        int length = Math.Min(bytes.Length, size - 1);
        bytes.AsSpan(0, length).CopyTo(new Span<byte>(buffer, length));
        buffer[length] = 0;
    }
}
