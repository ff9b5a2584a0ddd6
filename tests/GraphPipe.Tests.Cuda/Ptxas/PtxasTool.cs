using System.Diagnostics;
using GraphPipe.Runtime.Cuda.Compilation;

namespace GraphPipe.Tests.Cuda.Ptxas;

/// <summary>NVIDIA's assembler of PTX, a program of the CUDA toolkit. Needs no GPU.</summary>
internal sealed class PtxasTool(string path)
{
    /// <returns>Null where none of the folders has it.</returns>
    /// <param name="folders">As in the variable PATH.</param>
    public static PtxasTool? Find(string folders) =>
        folders.Split(Path.PathSeparator).Select(f => Path.Combine(f, "ptxas")).FirstOrDefault(File.Exists) is { } path ? new PtxasTool(path) : null;

    /// <summary>The line that tells its release.</summary>
    public string Version() => Run("--version").Text.Split('\n').FirstOrDefault(l => l.Contains("release", StringComparison.Ordinal))?.Trim() ?? "of an unknown release";

    /// <summary>Whether it knows the target and its version of PTX: a toolkit that is older than a GPU does not.</summary>
    public bool Knows(PtxTarget target, string ptx) => Assemble(target, ptx) is not { Code: not 0 } failed
        || !(failed.Text.Contains("is not defined for option 'gpu-name'", StringComparison.Ordinal) || failed.Text.Contains("Unsupported .version", StringComparison.Ordinal));

    /// <exception cref="InvalidOperationException">It refuses the PTX, and says why.</exception>
    public PtxasUsage Measure(PtxTarget target, PtxKernel kernel)
    {
        var (code, text) = Assemble(target, kernel.Text);
        return code == 0 ? PtxasUsage.Parse(text) : throw new InvalidOperationException($"ptxas refuses {kernel.Entry} for {target}: {text}");
    }

    private (int Code, string Text) Assemble(PtxTarget target, string ptx)
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, ptx);
            return Run("--verbose", $"--gpu-name={target}", "--output-file=/dev/null", file);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private (int Code, string Text) Run(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(path, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync();
        string text = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, text + output.Result);
    }
}
