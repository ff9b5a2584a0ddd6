using System.Collections.Immutable;
using System.Text.RegularExpressions;
using GraphPipe.Bundle;
using GraphPipe.Core;
using GraphPipe.Ops;

namespace GraphPipe.Passes;

/// <summary>
/// Decides which initializers are trained: those of f32, f16 and bf16 that the user did not freeze, that are no running statistics, and that are not settings of ops.
/// <para>Needs and gives level onnx. An initializer that is read only as a setting (a bound of Clip, the value of Pad: optimisers of ONNX files turn the
/// exporter's constants into initializers) is a constant. A pattern that fits no parameter is an error (GP2106), since it is most likely misspelt. Example: with
/// <c>--freeze "encoder.*"</c>, <c>param @encoder.w</c> becomes <c>frozen @encoder.w</c>.</para>
/// </summary>
public sealed class AssignRoles(OperatorRegistry registry, ImmutableArray<string> freeze) : IPass
{
    public string Name => "assign-roles";

    public Level From => Level.Onnx;

    public Level To => Level.Onnx;

    public Module Run(Module module, DiagnosticBag diagnostics)
    {
        var patterns = freeze.Select(p => (Text: p, Regex: new Regex("^" + Regex.Escape(p).Replace("\\*", ".*", StringComparison.Ordinal) + "$", RegexOptions.CultureInvariant))).ToList();
        var statistics = module.Graph.Ops.Where(op => op.Is("BatchNormalization")).SelectMany(op => op.Operands.Skip(3).Take(2)).ToHashSet();
        var settings = Settings(module);
        foreach (var (text, regex) in patterns)
        {
            if (!module.Parameters.Any(p => regex.IsMatch(module[p.Value].Name)))
                diagnostics.Add(Diagnostic.Error(Codes.FrozenUnknown, $"no parameter is called '{text}'", advice: "inspect lists the parameters; * stands for any text"));
        }

        ParameterRole Role(Parameter p) =>
            p.Role == ParameterRole.Constant || settings.Contains(p.Value) ? ParameterRole.Constant
            : p.Role != ParameterRole.Trained ? p.Role
            : statistics.Contains(p.Value) || module[p.Value].Tensor?.Type is not (DType.F32 or DType.F16 or DType.BF16) || patterns.Exists(f => f.Regex.IsMatch(module[p.Value].Name)) ? ParameterRole.Frozen
            : ParameterRole.Trained;
        return module with { Parameters = [.. module.Parameters.Select(p => p with { Role = Role(p) })] };
    }

    // Values that ops read as attributes, and as nothing else.
    private HashSet<ValueId> Settings(Module module)
    {
        var settings = new HashSet<ValueId>();
        var others = new HashSet<ValueId>(module.Graph.Outputs);
        foreach (var op in module.Graph.AllOps())
        {
            var operands = registry[op.Name]?.AttributeOperands ?? [];
            for (int i = 0; i < op.Operands.Length; i++)
                (operands.Any(o => o.Index == i && o.IsFloat) ? settings : others).Add(op.Operands[i]);
            others.UnionWith(op.Regions.SelectMany(r => r.Outputs));
        }

        settings.ExceptWith(others);
        return settings;
    }
}
