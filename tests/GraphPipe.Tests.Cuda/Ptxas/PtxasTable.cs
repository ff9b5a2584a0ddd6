using System.Text;
using GraphPipe.Runtime.Cuda.Compilation;

namespace GraphPipe.Tests.Cuda.Ptxas;

/// <summary>The table of docs/ptxas.md: what every kernel takes on every target that the assembler knows.</summary>
internal static class PtxasTable
{
    /// <exception cref="InvalidOperationException">The assembler refuses a kernel.</exception>
    public static string Make(PtxasTool ptxas, KernelCompiler compiler, IEnumerable<KernelSource> sources)
    {
        var kernels = sources.Select(s => (Source: s, Name: s.ToString())).OrderBy(k => k.Name, StringComparer.Ordinal).ToList();
        var targets = PtxTarget.All.Where(t => ptxas.Knows(t, compiler.Compile(kernels[0].Source, t).Text)).ToList();
        var text = new StringBuilder();
        text.Append("# Registers of the CUDA kernels\n\n");
        text.Append("Made by `PtxasTests` ([cuda.md](cuda.md#registers)), not by hand. Registers of a thread; shared memory of a group, stack and spills of a thread where there are any.\n\n");
        text.Append($"ptxas: {ptxas.Version()}. Targets it does not know: {Unknown(targets)}.\n\n");
        text.Append($"| kernel | {string.Join(" | ", targets)} |\n|---|{string.Concat(targets.Select(_ => "---|"))}\n");

        // Compiled one by one, since ILGPU is locked; assembled side by side.
        var rows = kernels.ConvertAll(k => (k.Name, Code: targets.ConvertAll(t => (Target: t, Kernel: compiler.Compile(k.Source, t)))));
        foreach (string row in rows.AsParallel().AsOrdered().Select(r => $"| `{r.Name}` | {string.Join(" | ", r.Code.Select(c => ptxas.Measure(c.Target, c.Kernel)))} |\n"))
            text.Append(row);
        return text.ToString();
    }

    private static string Unknown(List<PtxTarget> known) => string.Join(", ", PtxTarget.All.Except(known)) is { Length: > 0 } names ? names : "none";
}
