using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Passes;

/// <summary>
/// Adds the optimizer: its state variables and one update op per trained parameter that has a gradient.
/// <para>Needs level train with gradients. Example: <c>state @w.momentum of @w "momentum"</c> and
/// <c>train.Sgd(@w, @w.grad, @w.momentum) {learning_rate = 0.1, …} phase(update)</c>. The update belongs to the op that the accumulator
/// belongs to.</para>
/// </summary>
public sealed class AddUpdates(OptimizerSettings optimizer) : IPass
{
    public string Name => "add-updates";

    public Level From => Level.Train;

    public Level To => Level.Train;

    public Module Run(Module module, DiagnosticBag diagnostics)
    {
        var builder = new ModuleBuilder(module);
        var ops = module.Graph.Ops.ToBuilder();
        foreach (var accumulate in module.Graph.Ops.Where(op => op.Is("train", "Accumulate")))
        {
            var variable = module.Variables.First(v => v.Value == accumulate.Operands[0]);
            var operands = ImmutableArray.CreateBuilder<ValueId>();
            operands.Add(variable.Of);
            operands.Add(variable.Value);
            foreach (string state in States())
                operands.Add(builder.AddVariable($"{module[variable.Of].Name}.{state}", VariableKind.State, variable.Of, state));
            ops.Add(new Op(builder.NextOpId(), OperatorName.Train(TypeName()), operands.ToImmutable(), [])
            {
                Attributes = Settings(),
                Phase = Phase.Update,
                Origin = accumulate.Origin,
                Location = accumulate.Location,
            });
        }

        return builder.Build(module.Graph with { Ops = ops.ToImmutable() }, Level.Train);
    }

    private string TypeName() => optimizer.Name switch { "sgd" => "Sgd", "adam" => "Adam", "adamw" => "AdamW", var other => throw new ArgumentException($"there is no optimizer '{other}'; there are sgd, adam, adamw") };

    private string[] States() => optimizer.Name == "sgd" ? optimizer.Momentum != 0 ? ["momentum"] : [] : ["exp_avg", "exp_avg_sq"];

    private Attributes Settings()
    {
        var attributes = Attributes.Empty.With("learning_rate", (float)optimizer.LearningRate).With("weight_decay", (float)optimizer.WeightDecay);
        return optimizer.Name == "sgd"
            ? attributes.With("momentum", (float)optimizer.Momentum).With("nesterov", optimizer.Nesterov ? 1 : 0)
            : attributes.With("beta1", (float)optimizer.Beta1).With("beta2", (float)optimizer.Beta2).With("epsilon", (float)optimizer.Epsilon);
    }
}
