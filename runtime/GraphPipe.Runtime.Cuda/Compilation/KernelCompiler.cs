using System.Text.RegularExpressions;
using GraphPipe.Runtime.Cuda.Fusion;
using ILGPU;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime;

namespace GraphPipe.Runtime.Cuda.Compilation;

/// <summary>
/// From kernels in C# to PTX, with ILGPU as the compiler and nothing else of it: no accelerator is opened, so this runs without a driver and a
/// GPU, and for any target. Memory, streams and launches are ours (<c>Driver</c>), which leaves ILGPU's own search for driver libraries out.
/// </summary>
public sealed partial class KernelCompiler : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(KernelSource, PtxTarget), PtxKernel> _compiled = [];
    private readonly Dictionary<PtxTarget, PTXBackend> _backends = [];
    private readonly FusedEmitter _fused = new();
    private Context? _context;

    /// <summary>What has been compiled, for whichever target.</summary>
    public IReadOnlyCollection<KernelSource> Sources
    {
        get
        {
            lock (_gate)
                return [.. _compiled.Keys.Select(k => k.Item1).Distinct()];
        }
    }

    /// <exception cref="KernelCompilationException">ILGPU does not take the kernel.</exception>
    public PtxKernel Compile(KernelSource source, PtxTarget target)
    {
        lock (_gate)
        {
            if (_compiled.TryGetValue((source, target), out var kernel))
                return kernel;
            kernel = CompileNow(source, target);
            _compiled.Add((source, target), kernel);
            return kernel;
        }
    }

    /// <summary>The code of fused functions; equal structures are one kernel.</summary>
    internal KernelSource Emit(FusedStructure structure)
    {
        lock (_gate)
            return _fused.Emit(structure);
    }

    public void Dispose()
    {
        foreach (var backend in _backends.Values)
            backend.Dispose();
        _backends.Clear();
        _context?.Dispose();
        _context = null;
    }

    [GeneratedRegex(@"\.entry\s+(\w+)")]
    private static partial Regex Entry();

    [GeneratedRegex(@"\.target\s+sm_\d+")]
    private static partial Regex Target();

    private PtxKernel CompileNow(KernelSource source, PtxTarget target)
    {
        _context ??= Context.Create(builder => builder.Optimize(OptimizationLevel.O2));
        if (!_backends.TryGetValue(target, out var backend))
        {
            // The last argument is libdevice's compiler, which is nullable in all but its declaration: our kernels bring their own functions.
            backend = new PTXBackend(_context, target.Architecture, target.InstructionSet, null!);
            _backends.Add(target, backend);
        }

        try
        {
            var compiled = (PTXCompiledKernel)backend.Compile(EntryPointDescription.FromExplicitlyGroupedKernel(source.Method), KernelSpecialization.Empty);
            string entry = Entry().Match(compiled.PTXAssembly).Groups[1].Value;

            // ILGPU 1.5.3 writes no target above sm_80; nothing else in the text depends on it.
            return new PtxKernel(entry, Target().Replace(PtxRounding.Fix(compiled.PTXAssembly), $".target {target}", 1));
        }
        catch (Exception e)
        {
            // After a failure a context gives wrong errors for kernels that are right (ILGPU 1.5.3): the next one gets a fresh context.
            Dispose();
            throw new KernelCompilationException($"{source} does not compile for {target}: {(e.InnerException ?? e).Message}", e);
        }
    }
}
