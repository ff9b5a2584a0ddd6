using GraphPipe.Bundle;

namespace GraphPipe.Core;

/// <summary>
/// A pure function from module to module. States the level it needs and the level it gives; reports what is wrong with the user's model as
/// diagnostics and, after an error, may return the module unchanged.
/// </summary>
public interface IPass
{
    /// <summary>The name for <c>--after</c>, in kebab-case.</summary>
    string Name { get; }

    Level From { get; }

    Level To { get; }

    Module Run(Module module, DiagnosticBag diagnostics);
}
