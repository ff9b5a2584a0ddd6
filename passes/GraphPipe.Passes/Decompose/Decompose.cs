using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Reflection;
using GraphPipe.Bundle;
using GraphPipe.Core;
using GraphPipe.Ops;
using Module = GraphPipe.Core.Module;

namespace GraphPipe.Passes;

/// <summary>
/// From ONNX ops to the core op set of docs/core-ops.md.
/// <para>Needs level onnx with resolved operands; gives level core: every op is one the rest of the compiler knows, with known types.
/// What has no rule is listed at once (GP2101, GP2102); standard ops that we do not know pass, for ONNX Runtime, where the file states their results. Results keep their ONNX names. Example: <c>%y = GlobalAveragePool(%x)</c> becomes
/// <c>%y = ReduceMean(%x) {axes = ints[2, 3], keepdims = 1}</c>.</para>
/// </summary>
public sealed class Decompose(OperatorRegistry registry) : IPass
{
    private static readonly FrozenDictionary<string, IDecomposition> Rules = Find();

    public string Name => "decompose";

    public Level From => Level.Onnx;

    public Level To => Level.Core;

    public Module Run(Module module, DiagnosticBag diagnostics)
    {
        var builder = new ModuleBuilder(module);
        var emitter = new Emitter(builder, registry);
        var replaced = new Dictionary<ValueId, ValueId>();
        var constants = module.Parameters.Where(p => p is { Role: ParameterRole.Constant, Data: not null }).ToDictionary(p => p.Value, p => p.Data!);
        TensorData? ConstantOf(ValueId id) => constants.GetValueOrDefault(id) ?? builder.Parameters.FirstOrDefault(p => p.Value == id && p.Role == ParameterRole.Constant)?.Data;
        var outputs = module.Graph.Outputs.ToHashSet();
        var ops = ImmutableArray.CreateBuilder<Op>();
        var producers = new Dictionary<ValueId, Op>();
        void Add(Op op)
        {
            ops.Add(op);
            foreach (var result in op.Results.Where(r => !r.IsNone))
                producers[result] = op;
        }

        foreach (var original in module.Graph.Ops)
        {
            var op = original with { Operands = [.. original.Operands.Select(o => replaced.GetValueOrDefault(o, o))] };
            if (!Check(module, op, diagnostics))
                continue;
            emitter.Location = op.Location;
            if (!Rules.TryGetValue(op.Name.Type, out var rule) || !op.Name.IsStandard || !IsKnown(builder, op) || rule.Apply(new DecompositionContext(op, emitter, ConstantOf, producers.GetValueOrDefault)) is not { } results)
            {
                emitter.Take();
                Add(op);
                continue;
            }

            var emitted = emitter.Take();
            for (int i = 0; i < op.Results.Length && i < results.Length; i++)
            {
                var (old, value) = (op.Results[i], results[i]);
                if (old.IsNone || old == value)
                    continue;
                bool own = emitted.Any(e => e.Results.Contains(value));
                if (own)
                {
                    // The last op of the replacement writes the original value, so that its name lives on.
                    builder.SetType(old, builder[value].Type);
                    emitted = [.. emitted.Select(e => e with { Results = [.. e.Results.Select(r => r == value ? old : r)], Operands = [.. e.Operands.Select(r => r == value ? old : r)] })];
                }
                else if (outputs.Contains(old))
                {
                    emitter.Append(new Op(builder.NextOpId(), OperatorName.Standard("Reshape"), [value], [old]) { Location = op.Location });
                    emitted = [.. emitted, .. emitter.Take()];
                }
                else
                {
                    replaced[old] = value;
                }
            }

            foreach (var made in emitted)
                Add(made);
        }

        var result = builder.Build(module.Graph with { Ops = ops.ToImmutable() }, Level.Core);
        if (!diagnostics.HasErrors)
            CheckCore(result, diagnostics);
        return diagnostics.HasErrors ? module : result;
    }

    // Ops on values of unknown shape stay as they are; the check at the end says so.
    private static bool IsKnown(ModuleBuilder builder, Op op) => op.Operands.All(o => o.IsNone || builder[o].Tensor is { Shape: not null });

    private bool Check(Module module, Op op, DiagnosticBag diagnostics)
    {
        if (registry[op.Name] is null && IsOpaque(module, op) && op.Operands.Concat(op.Results).Any(v => !v.IsNone && module[v].Tensor is { } type && type.Type.IsHalf()))
        {
            diagnostics.Add(Diagnostic.Error(
                Codes.OperatorUnsupported, $"operator '{op.Name}' is not known here, so nobody can compute it in f32 for halves", op.Location.ToString(), "put Casts to and from f32 around it in the model, or replace it"));
            return false;
        }

        if (registry[op.Name] is null && IsOpaque(module, op))
        {
            diagnostics.Add(Diagnostic.Note(
                Codes.OperatorUnknown, $"operator '{op.Name}' is not known here: its result types are the file's, and ONNX Runtime has to execute it", op.Location.ToString()));
        }
        else if (registry[op.Name] is null)
        {
            string outputs = string.Join(", ", op.Results.Where(r => !r.IsNone).Select(r => $"output \"{module[r].Name}\""));
            diagnostics.Add(Diagnostic.Error(
                Codes.OperatorUnknown, $"operator '{op.Name}' is not supported", $"{op.Location}{(outputs.Length > 0 ? ", " + outputs : "")}",
                op.Is("If") ? "which branch is taken depends on data or on the number of samples: export the model without the choice"
                : op.Name.IsStandard && op.Regions.IsEmpty && !DependsOnTrained(module, op)
                    ? "replace it in the model, add it (docs/adding.md says how), or let onnx.shape_inference write its result types into the file, for ONNX Runtime to execute it"
                    : "replace it in the model, or add it: docs/adding.md says how"));
            return false;
        }

        return true;
    }

    // True if the op needs a gradient, as far as can be told: a trained parameter lies before it.
    private static bool DependsOnTrained(Module module, Op op)
    {
        var trained = module.Parameters.Where(p => p.Role == ParameterRole.Trained).Select(p => p.Value).ToHashSet();
        foreach (var earlier in module.Graph.Ops)
        {
            if (earlier.Operands.Any(trained.Contains))
                trained.UnionWith(earlier.Results.Where(r => !r.IsNone && (module[r].Tensor is not { } type || type.Type.IsFloat() || type.Type == DType.Undefined)));
        }

        return op.Operands.Any(trained.Contains) && op.Results.Any(trained.Contains);
    }

    // A standard op that is not known can pass where the file says what comes out, and the same comes out on any partition.
    private static bool IsOpaque(Module module, Op op) =>
        StandardOperators.Contains(op.Name.Type) && op.Name.IsStandard && op.Regions.IsEmpty && !op.Name.Type.StartsWith("Random", StringComparison.Ordinal) && op.Name.Type is not ("Multinomial" or "Bernoulli")
        && op.Results.Concat(op.Operands).All(v => v.IsNone || (module[v].Tensor is { Shape: { } shape } type && type.Type.Bits() >= 8 && shape.All(d => d.Symbols.All(s => s == Dim.BatchSymbol))));

    // Everything that could not be brought into core form, with the reason a user can act on. Sizes of the inputs are known by now, but for the number of
    // samples; so what is still open depends on that, or on data. What only follows from another unknown is not said.
    private void CheckCore(Module module, DiagnosticBag diagnostics)
    {
        var facts = new Lazy<ShapeFacts>(() => ShapeFacts.Infer(module, registry, new DiagnosticBag()));
        var unknown = new HashSet<ValueId>();
        foreach (var op in module.Graph.Ops)
        {
            bool follows = op.Operands.Any(unknown.Contains);
            foreach (var operand in registry.Describe(op.Name).AttributeOperands.Where(o => !op.Operand(o.Index).IsNone && !unknown.Contains(op.Operand(o.Index))))
            {
                bool counts = facts.Value[op.Operand(operand.Index)].Content is { } content && content.Any(d => d.Contains(Dim.BatchSymbol));
                follows = true;
                unknown.UnionWith(op.Results);
                diagnostics.Add(Diagnostic.Error(
                    Codes.OperatorUnsupported, $"operand '{operand.Name}' of {op.Name} {(counts ? "depends on the number of samples" : "is not a constant")}", op.Location.ToString(),
                    counts ? "write the op without the number of samples: each sample for itself" : "it must follow from the sizes of the inputs, not from data or parameters: make it a constant of the model"));
            }

            foreach (var result in op.Results.Where(r => !r.IsNone))
            {
                string? problem = module[result].Tensor is not { Shape: { } shape } ? $"the shape of '{module[result].Name}' does not follow from the inputs"
                    : shape.SelectMany(d => d.Symbols).Any(s => s != Dim.BatchSymbol) ? $"the shape of '{module[result].Name}' depends on data"
                    : null;
                if (problem is null)
                    continue;
                unknown.Add(result);
                if (!follows)
                    diagnostics.Add(Diagnostic.Error(Codes.ShapeUnknown, problem, op.Location.ToString(), "shapes must follow from the sizes of the inputs: make what decides this one a constant of the model"));
            }
        }
    }

    private static FrozenDictionary<string, IDecomposition> Find()
    {
        var rules = new Dictionary<string, IDecomposition>(StringComparer.Ordinal);
        foreach (var type in typeof(Decompose).Assembly.GetTypes().Where(t => t.IsAssignableTo(typeof(IDecomposition)) && !t.IsAbstract))
        {
            foreach (var attribute in type.GetCustomAttributes<DecompositionAttribute>())
                rules.Add(attribute.Type, (IDecomposition)Activator.CreateInstance(type)!);
        }

        return rules.ToFrozenDictionary();
    }
}
