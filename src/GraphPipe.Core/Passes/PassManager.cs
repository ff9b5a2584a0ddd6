using System.Diagnostics;
using GraphPipe.Bundle;

namespace GraphPipe.Core;

/// <summary>How to run a list of passes.</summary>
public sealed record PassOptions
{
    /// <summary>Verify the module after every pass; a failure is a bug of the pass.</summary>
    public bool VerifyEach { get; init; }

    /// <summary>Called after every pass, e.g. to print the module or to note the time.</summary>
    public Action<IPass, Module, TimeSpan>? After { get; init; }
}

/// <summary>Runs passes in order, checks levels, and stops at the first pass that reports an error.</summary>
public static class PassManager
{
    /// <exception cref="DiagnosticException">A pass reported errors in the user's model.</exception>
    public static Module Run(Module module, IEnumerable<IPass> passes, DiagnosticBag diagnostics, PassOptions? options = null)
    {
        options ??= new PassOptions();
        foreach (var pass in passes)
        {
            if (module.Level != pass.From)
                throw new InvalidOperationException($"pass {pass.Name} needs level {pass.From}, the module is at {module.Level}");
            long start = Stopwatch.GetTimestamp();
            module = pass.Run(module, diagnostics);
            var elapsed = Stopwatch.GetElapsedTime(start);
            diagnostics.ThrowIfErrors();
            if (module.Level != pass.To)
                throw new InvalidOperationException($"pass {pass.Name} promised level {pass.To}, the module is at {module.Level}");
            if (options.VerifyEach)
            {
                var bag = new DiagnosticBag();
                Verifier.Verify(module, bag);
                if (bag.HasErrors)
                    throw new InvalidOperationException($"after pass {pass.Name}: {string.Join("; ", bag.All)}");
            }

            options.After?.Invoke(pass, module, elapsed);
        }

        return module;
    }
}
