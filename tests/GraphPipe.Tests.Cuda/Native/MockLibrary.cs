using System.Diagnostics;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace GraphPipe.Tests.Cuda.Native;

/// <summary>The mock driver's shared library, built once per run by build.sh and put in the place of libcuda and libcublas: a resolver on
/// an assembly answers the names that its imports ask for.</summary>
internal static unsafe class MockLibrary
{
    /// <summary>What build.sh exits with where there is no C linker.</summary>
    private const int NoLinker = 3;

    private static readonly Lazy<(nint Handle, string Path, string? SkipReason)> Loaded = new(Load);

    /// <summary>The driver of a GPU that takes the mock's place (GRAPHPIPE_CUDA_DRIVER); null for none.</summary>
    public static string? OtherDriver { get; } = Environment.GetEnvironmentVariable("GRAPHPIPE_CUDA_DRIVER");

    /// <summary>The library; the test is skipped where it can't be built, or another driver is in its place.</summary>
    public static nint Handle
    {
        get
        {
            Assert.SkipWhen(OtherDriver is not null, $"needs the mock driver; GRAPHPIPE_CUDA_DRIVER names {OtherDriver}");
            Assert.SkipWhen(Loaded.Value.SkipReason is not null, Loaded.Value.SkipReason ?? "");
            return Loaded.Value.Handle;
        }
    }

    /// <summary>Where it lies, for whoever loads a driver by its path; the test is skipped where it can't be built.</summary>
    public static string Path
    {
        get
        {
            _ = Handle;
            return Loaded.Value.Path;
        }
    }

    /// <summary>Sends an assembly's imports of CUDA's driver and of cuBLAS to the mock. ILGPU asks for "cuda", ILGPU.Algorithms for
    /// "libcublas.so.12" and its older sisters.</summary>
    public static void Redirect(Assembly assembly)
    {
        nint handle = Handle;
        NativeLibrary.SetDllImportResolver(
            assembly, (name, _, _) => name is "cuda" or "nvcuda" || name.StartsWith("libcublas.so", StringComparison.Ordinal) ? handle : 0);
    }

    /// <summary>How many drivers have been started: handles of an older one are void.</summary>
    public static int Generation { get; private set; }

    /// <summary>A fresh driver.</summary>
    public static void Configure(string configuration)
    {
        Generation++;
        var configure = (delegate* unmanaged<byte*, int>)Export("mockConfigure");
        fixed (byte* text = Encoding.UTF8.GetBytes(configuration + "\0"))
            Assert.Equal(0, configure(text));
    }

    /// <summary>Findings since the last reset, one per line.</summary>
    public static string[] Reports()
    {
        var reports = (delegate* unmanaged<byte*, int, int>)Export("mockReports");
        byte[] buffer = new byte[reports(null, 0)];
        fixed (byte* start = buffer)
            reports(start, buffer.Length);
        return Encoding.UTF8.GetString(buffer).TrimEnd('\0').Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>Forgets findings; contexts that failed work again.</summary>
    public static void Reset() => ((delegate* unmanaged<int>)Export("mockReset"))();

    public static long ThreadInstructions() => ((delegate* unmanaged<long>)Export("mockThreadInstructions"))();

    /// <summary>How often a driver function was called since the driver was started: "LaunchKernel" for cuLaunchKernel.</summary>
    public static long Calls(string function)
    {
        var calls = (delegate* unmanaged<byte*, long>)Export("mockCalls");
        fixed (byte* name = Encoding.UTF8.GetBytes(function + "\0"))
            return calls(name);
    }

    public static nint Export(string name) => NativeLibrary.GetExport(Handle, name);

    private static (nint, string, string?) Load()
    {
        if (!OperatingSystem.IsLinux())
            return (0, "", "the mock CUDA driver is built on Linux only");
        var start = new ProcessStartInfo(System.IO.Path.Combine(SourceFolder(), "../../GraphPipe.MockCuda/build.sh")) { RedirectStandardOutput = true };
        using var build = Process.Start(start)!;
        string output = build.StandardOutput.ReadToEnd();
        build.WaitForExit();
        if (build.ExitCode == NoLinker)
            return (0, "", "no C linker here: the mock CUDA driver can't be built (tests/GraphPipe.MockCuda/build.sh)");
        Assert.Equal(0, build.ExitCode);
        string path = output.Trim().Split('\n')[^1];
        return (NativeLibrary.Load(path), path, null);
    }

    private static string SourceFolder([CallerFilePath] string path = "") => System.IO.Path.GetDirectoryName(path)!;
}
