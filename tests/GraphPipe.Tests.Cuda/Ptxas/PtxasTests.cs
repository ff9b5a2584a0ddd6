using System.Runtime.CompilerServices;
using GraphPipe.Runtime.Cuda.Compilation;
using GraphPipe.Runtime.Cuda.Kernels;
using GraphPipe.Tests.Cuda.EndToEnd;
using GraphPipe.Tests.Cuda.Runtime;

namespace GraphPipe.Tests.Cuda.Ptxas;

/// <summary>Every kernel through NVIDIA's assembler where it is installed; with GRAPHPIPE_BLESS=1 its figures become docs/ptxas.md.</summary>
[Collection(nameof(OneDriver))]
public sealed class PtxasTests(CudaRuntimeFixture cuda)
{
    // What ptxas of CUDA 12 prints (CUDA Compiler Driver NVCC, "Printing Code Generation Statistics").
    private const string Report = """
        ptxas info    : 0 bytes gmem
        ptxas info    : Compiling entry function 'k' for 'sm_80'
        ptxas info    : Function properties for k
            16 bytes stack frame, 8 bytes spill stores, 12 bytes spill loads
        ptxas info    : Used 40 registers, used 1 barriers, 4224 bytes smem, 420 bytes cmem[0]
        """;

    [Fact]
    public void Every_kernel_assembles()
    {
        var ptxas = PtxasTool.Find(Environment.GetEnvironmentVariable("PATH") ?? "");
        Assert.SkipWhen(ptxas is null, "no ptxas here: it comes with the CUDA toolkit (Debian: nvidia-cuda-toolkit)");
        using var compiler = new KernelCompiler();
        string table = PtxasTable.Make(ptxas!, compiler, KernelSources.All(cuda.Provider));
        string[] rows = table[table.IndexOf("|---|", StringComparison.Ordinal)..].Split('\n');
        Assert.DoesNotContain(rows, r => r.Contains("spilled", StringComparison.Ordinal) || r.Contains("stack", StringComparison.Ordinal));
        if (Environment.GetEnvironmentVariable("GRAPHPIPE_BLESS") == "1")
            File.WriteAllText(Path.Combine(SourceFolder(), "../../../docs/ptxas.md"), table);
    }

    [Fact]
    public void A_report_tells_registers_memory_and_spills()
    {
        Assert.Equal(new PtxasUsage(40, 4224, 16, 20), PtxasUsage.Parse(Report));
        Assert.Equal("40, 4224 B shared, 16 B stack, 20 B spilled", PtxasUsage.Parse(Report).ToString());
        Assert.Equal("16", new PtxasUsage(16, 0, 0, 0).ToString());
        Assert.Throws<FormatException>(() => PtxasUsage.Parse("ptxas info : 0 bytes gmem"));
    }

    /// <summary>With a stand-in for the program, which knows sm_80 alone and no kernel with a barrier.</summary>
    [Fact]
    public void A_table_has_a_row_for_every_kernel_and_says_which_targets_are_unknown()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the stand-in is a shell script");
        using var folder = new StandIn($"""
            #!/bin/sh
            case "$*" in
              *--version*) echo 'Cuda compilation tools, release 12.4, V12.4.1'; exit 0;;
              *gpu-name=sm_80*) ;;
              *) echo "ptxas fatal   : Value 'sm' is not defined for option 'gpu-name'" >&2; exit 1;;
            esac
            for last in "$@"; do :; done
            if grep -q bar.sync "$last"; then echo 'ptxas error   : no barriers here' >&2; exit 1; fi
            cat >&2 <<'END'
            {Report}
            END
            """);
        Assert.Null(PtxasTool.Find("/nowhere:/neither"));
        var ptxas = PtxasTool.Find($"/nowhere:{folder.Path}")!;
        using var compiler = new KernelCompiler();
        KernelSource copy = (Delegate)MovementCode.Copy<float>, product = (Delegate)MatrixCode.Multiply;
        string table = PtxasTable.Make(ptxas, compiler, [copy]);
        Assert.Contains("ptxas: Cuda compilation tools, release 12.4, V12.4.1. Targets it does not know: sm_70, sm_90, sm_100, sm_120.", table);
        Assert.EndsWith("| kernel | sm_80 |\n|---|---|\n| `MovementCode.Copy<Single>` | 40, 4224 B shared, 16 B stack, 20 B spilled |\n", table);
        Assert.Contains("no barriers here", Assert.ThrowsAny<Exception>(() => PtxasTable.Make(ptxas, compiler, [copy, product])).ToString());
    }

    private static string SourceFolder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;

    private sealed class StandIn : IDisposable
    {
        public StandIn(string script)
        {
            Path = Directory.CreateTempSubdirectory("ptxas").FullName;
            string file = System.IO.Path.Combine(Path, "ptxas");
            File.WriteAllText(file, script);
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        public string Path { get; }

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
