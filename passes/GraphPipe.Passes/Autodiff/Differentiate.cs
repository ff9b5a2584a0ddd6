using GraphPipe.Bundle;
using GraphPipe.Core;
using GraphPipe.Ops;

namespace GraphPipe.Passes;

/// <summary>
/// Reverse-mode differentiation of the whole graph: adds the ops that compute the gradients of all trained parameters that the loss
/// depends on, and adds them up over micro-batches.
/// <para>Needs level train with a loss. Only what lies between a trained parameter and the loss gets a backward: nothing runs, and nothing
/// is saved, where no trained parameter lies upstream. Every backward op knows the forward op it belongs to (<see cref="Op.Origin"/>), and whether
/// other stages wait for it (<see cref="Phase.BackwardInput"/>) or not (<see cref="Phase.BackwardWeight"/>). Contributions to one gradient
/// meet in one <c>grad.Sum</c>, whose order <see cref="OrderSums"/> fixes. The gradient of a half is a half, as it is stored and sent; but that of a
/// parameter is f32, since it is added up over micro-batches and read by the optimizer alone. Missing gradients are listed at once (GP2103).</para>
/// <para>Example: behind <c>%y = Relu(%x)</c> stands <c>%dx = grad.Relu(%dy, %y) phase(backward_input) origin(%y)</c>.</para>
/// </summary>
public sealed class Differentiate(OperatorRegistry registry) : IPass
{
    public string Name => "differentiate";

    public Level From => Level.Train;

    public Level To => Level.Train;

    public Module Run(Module module, DiagnosticBag diagnostics)
    {
        var activity = Activity.Of(module);
        var loss = module.Loss ?? throw new InvalidOperationException("differentiation needs a loss");
        if (!activity.IsActive(loss.Value))
        {
            diagnostics.Add(Diagnostic.Error(
                Codes.NothingTrainable, "the loss depends on no trained parameter", advice: "a parameter is an initializer of f32, f16 or bf16 that is not frozen; look at --freeze, and at inspect's list of parameters"));
            return module;
        }

        ReportMissing(module, activity, diagnostics);
        if (diagnostics.HasErrors)
            return module;

        var builder = new ModuleBuilder(module);
        var emitter = new Emitter(builder, registry) { Phase = Phase.BackwardInput };
        var contributions = new Dictionary<ValueId, List<ValueId>>();
        var totals = new Dictionary<ValueId, ValueId>();
        var producers = new GraphIndex(module, module.Graph);
        var parameters = module.Parameters.Select(p => p.Value).ToHashSet();
        foreach (var op in module.Graph.Ops.Reverse())
        {
            emitter.Location = op.Location;
            emitter.Origin = op.Id;
            bool isLoss = op.Results.Contains(loss.Value);
            if (!isLoss && !op.Results.Any(r => activity.IsActive(r) && contributions.ContainsKey(r)))
                continue;
            var context = new GradientContext(op, emitter, i => isLoss ? ValueId.None : Total(op.Results[i]), activity.IsActive, TypeOfGradient);
            if (isLoss)
                LossGradients.Build(context);
            else
                GradientRegistry.Of(op.Name)!.Build(context);
            foreach (var (value, gradient) in context.Contributions)
            {
                if (!contributions.TryGetValue(value, out var list))
                    contributions.Add(value, list = []);
                list.Add(gradient);
            }
        }

        Accumulate(module, builder, emitter, contributions, producers);
        var backward = PhaseMarker.Mark(module, emitter.Take(), totals.Where(t => activity.DependsOnData(t.Key)).Select(t => t.Value));
        return builder.Build(module.Graph with { Ops = [.. module.Graph.Ops, .. backward] }, Level.Train);

        DType TypeOfGradient(ValueId value) => parameters.Contains(value) ? builder.TensorOf(value).Type.Wide() : builder.TensorOf(value).Type;

        ValueId Total(ValueId value)
        {
            if (value.IsNone || !contributions.TryGetValue(value, out var list))
                return ValueId.None;
            if (!totals.TryGetValue(value, out var total))
                totals.Add(value, total = Summed(emitter, list, builder[value], builder.TensorOf(value)));
            return total;
        }
    }

    private static ValueId Summed(Emitter emitter, List<ValueId> list, ValueInfo value, TensorType type) =>
        list.Count == 1 ? list[0] : emitter.EmitTyped("grad.Sum", [.. list], type, hint: value.Name + ".grad");

    private static void Accumulate(Module module, ModuleBuilder builder, Emitter emitter, Dictionary<ValueId, List<ValueId>> contributions, GraphIndex index)
    {
        foreach (var parameter in module.Parameters)
        {
            if (parameter.Role != ParameterRole.Trained || !contributions.TryGetValue(parameter.Value, out var list))
                continue;
            // The sum and the accumulator belong to the first op that uses the parameter, until stages are known.
            emitter.Origin = index.Uses(parameter.Value)[0].Op.Id;
            emitter.Location = index.Uses(parameter.Value)[0].Op.Location;
            var info = builder[parameter.Value];
            var accumulator = builder.AddVariable(info.Name + ".grad", VariableKind.Accumulator, parameter.Value, "");
            var sum = Summed(emitter, list, info, builder.TensorOf(accumulator));
            emitter.EmitInPlace("train.Accumulate", [accumulator, sum]);
        }
    }

    private static void ReportMissing(Module module, Activity activity, DiagnosticBag diagnostics)
    {
        foreach (var op in module.Graph.Ops)
        {
            var rule = GradientRegistry.Of(op.Name);
            string? refusal = rule?.Refuses(op);
            if ((rule is not null && refusal is null) || op.Phase == Phase.Loss || !op.Results.Any(activity.IsActive))
                continue;
            var output = op.Results.First(activity.IsActive);
            diagnostics.Add(Diagnostic.Error(
                Codes.GradientMissing, $"no gradient for operator '{op.Name}'{(refusal is null ? "" : " " + refusal)}", $"{op.Location}, output \"{module[output].Name}\"",
                "freeze the parameters before it with --freeze, replace it in the model, or add the gradient: docs/adding.md says how"));
        }
    }
}
