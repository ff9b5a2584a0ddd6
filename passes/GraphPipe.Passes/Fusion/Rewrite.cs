using System.Collections.Immutable;
using System.Reflection;
using GraphPipe.Bundle;
using GraphPipe.Core;
using GraphPipe.Ops;
using Module = GraphPipe.Core.Module;

namespace GraphPipe.Passes;

/// <summary>
/// Applies the rewrite rules of level core: patterns that exporters spell with several ops become the one op that has a kernel and a
/// gradient of its own.
/// <para>Needs and gives level core. It runs before differentiation and planning, so every partition of the model computes with the same
/// ops. Example: <c>Mul(0.5, Mul(x, Add(1, Erf(Div(x, 1.4142)))))</c> becomes <c>Gelu(x)</c>.</para>
/// </summary>
public sealed class Rewrite(OperatorRegistry registry) : IPass
{
    private static readonly ImmutableArray<IRewriteRule> Rules = Find();

    public string Name => "rewrite";

    public Level From => Level.Core;

    public Level To => Level.Core;

    public Module Run(Module module, DiagnosticBag diagnostics)
    {
        foreach (var rule in Rules)
            module = Apply(module, rule);
        return module;
    }

    private Module Apply(Module module, IRewriteRule rule)
    {
        var builder = new ModuleBuilder(module);
        var emitter = new Emitter(builder, registry);
        var index = new GraphIndex(module, module.Graph);
        var constants = module.Parameters.Where(p => p is { Role: ParameterRole.Constant, Data: not null }).ToDictionary(p => p.Value, p => p.Data!);
        var ops = ImmutableArray.CreateBuilder<Op>();
        bool changed = false;
        foreach (var op in module.Graph.Ops)
        {
            emitter.Location = op.Location;
            if (rule.Apply(new RewriteContext(op, emitter, index, id => constants.GetValueOrDefault(id))) is not { } results)
            {
                ops.Add(op);
                continue;
            }

            changed = true;
            var emitted = emitter.Take();
            for (int i = 0; i < results.Length; i++)
            {
                var (old, value) = (op.Results[i], results[i]);
                emitted = [.. emitted.Select(e => e with { Results = [.. e.Results.Select(r => r == value ? old : r)], Operands = [.. e.Operands.Select(r => r == value ? old : r)] })];
            }

            ops.AddRange(emitted);
        }

        return changed ? new RemoveDeadCode(Level.Core).Run(builder.Build(module.Graph with { Ops = ops.ToImmutable() }, Level.Core), new DiagnosticBag()) : module;
    }

    private static ImmutableArray<IRewriteRule> Find() =>
    [
        .. from type in typeof(Rewrite).Assembly.GetTypes()
           let attribute = type.GetCustomAttribute<RewriteRuleAttribute>()
           where attribute is not null
           orderby attribute.Order, type.Name
           select (IRewriteRule)Activator.CreateInstance(type)!,
    ];
}
