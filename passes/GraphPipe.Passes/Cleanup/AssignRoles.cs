using System.Collections.Immutable;
using System.Text.RegularExpressions;
using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Passes;

/// <summary>
/// Decides which initializers are trained: those of f32 that the user did not freeze and that are no running statistics.
/// <para>Needs and gives level onnx. A pattern that fits no parameter is an error (GP2106), since it is most likely misspelt. Example: with
/// <c>--freeze "encoder.*"</c>, <c>param @encoder.w</c> becomes <c>frozen @encoder.w</c>.</para>
/// </summary>
public sealed class AssignRoles(ImmutableArray<string> freeze) : IPass
{
    public string Name => "assign-roles";

    public Level From => Level.Onnx;

    public Level To => Level.Onnx;

    public Module Run(Module module, DiagnosticBag diagnostics)
    {
        var patterns = freeze.Select(p => (Text: p, Regex: new Regex("^" + Regex.Escape(p).Replace("\\*", ".*", StringComparison.Ordinal) + "$", RegexOptions.CultureInvariant))).ToList();
        var statistics = module.Graph.Ops.Where(op => op.Is("BatchNormalization")).SelectMany(op => op.Operands.Skip(3).Take(2)).ToHashSet();
        foreach (var (text, regex) in patterns)
        {
            if (!module.Parameters.Any(p => p.Role != ParameterRole.Constant && regex.IsMatch(module[p.Value].Name)))
                diagnostics.Add(Diagnostic.Error(Codes.FrozenUnknown, $"no parameter is called '{text}'", advice: "inspect lists the parameters; * stands for any text"));
        }

        ParameterRole Role(Parameter p) =>
            p.Role != ParameterRole.Trained ? p.Role
            : statistics.Contains(p.Value) || module[p.Value].Tensor?.Type != DType.F32 || patterns.Exists(f => f.Regex.IsMatch(module[p.Value].Name)) ? ParameterRole.Frozen
            : ParameterRole.Trained;
        return module with { Parameters = [.. module.Parameters.Select(p => p with { Role = Role(p) })] };
    }
}
