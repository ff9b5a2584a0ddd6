using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Passes;

/// <summary>
/// Writes the sums in the plan's order, so that whatever runs the graph computes the same bits.
/// <para>Needs and gives level train, still one graph. Contributions to the gradient of a value are grouped by the stage that makes them:
/// each stage adds up its own, then the groups are added in the order of the stages, so that a stage sends one partial sum. A parameter
/// used on several stages gets one accumulator per stage; the owner (the first stage with a contribution) adds the others to its own, in the
/// order of the stages, before the update.</para>
/// <para>Example: <c>grad.Sum(%a, %b, %c)</c> with b and c made on stage 2 becomes <c>%p = grad.Sum(%b, %c)</c>, <c>grad.Sum(%a, %p)</c>.</para>
/// </summary>
public sealed class OrderSums(StageAssignment stages) : IPass
{
    public string Name => "order-sums";

    public Level From => Level.Train;

    public Level To => Level.Train;

    public Module Run(Module module, DiagnosticBag diagnostics)
    {
        var builder = new ModuleBuilder(module);
        var producers = new Dictionary<ValueId, Op>();
        foreach (var op in module.Graph.Ops)
        {
            foreach (var result in op.Results.Where(r => !r.IsNone))
                producers[result] = op;
        }

        var owners = new Dictionary<ValueId, List<(StageId Stage, ValueId Accumulator, Op Accumulate)>>();
        var sums = module.Graph.Ops.Where(op => op.Is("grad", "Sum")).ToDictionary(op => op.Result);
        var intoAccumulators = module.Graph.Ops.Where(op => op.Is("train", "Accumulate")).Select(op => op.Operands[1]).ToHashSet();
        var ops = ImmutableArray.CreateBuilder<Op>();
        foreach (var op in module.Graph.Ops)
        {
            if (op.Is("grad", "Sum"))
            {
                if (!intoAccumulators.Contains(op.Result))
                    Grouped(op);
            }
            else if (op.Is("train", "Accumulate"))
            {
                PerStage(op);
            }
            else if (op.Phase == Phase.Update)
            {
                Update(op);
            }
            else
            {
                ops.Add(op);
            }
        }

        return builder.Build(module.Graph with { Ops = ops.ToImmutable() }, Level.Train);

        StageId StageOf(ValueId gradient, Op reader) => producers.TryGetValue(gradient, out var producer) ? stages.Of(producer) : stages.Of(reader);

        // Groups of contributions by stage, in the order of the stages; within a group in the order they had.
        List<IGrouping<StageId, ValueId>> Groups(IEnumerable<ValueId> contributions, Op reader) =>
            [.. contributions.GroupBy(g => StageOf(g, reader)).OrderBy(g => g.Key)];

        ValueId Partial(IGrouping<StageId, ValueId> group, Op sum)
        {
            var terms = group.ToImmutableArray();
            if (terms.Length == 1)
                return terms[0];
            var last = producers.GetValueOrDefault(terms[^1], sum);
            var partial = builder.AddValue(builder[sum.Result].Name, builder[sum.Result].Type);
            ops.Add(sum with { Id = builder.NextOpId(), Operands = terms, Results = [partial], Origin = last.Origin });
            return partial;
        }

        void Grouped(Op sum)
        {
            var groups = Groups(sum.Operands, sum);
            ops.Add(groups.Count == 1 ? sum : sum with { Operands = [.. groups.Select(g => Partial(g, sum))] });
        }

        void PerStage(Op accumulate)
        {
            var variable = module.Variables.First(v => v.Value == accumulate.Operands[0]);
            var sum = sums.GetValueOrDefault(accumulate.Operands[1]);
            var list = new List<(StageId, ValueId, Op)>();
            foreach (var group in Groups(sum?.Operands ?? [accumulate.Operands[1]], accumulate))
            {
                var total = sum is null ? group.First() : Partial(group, sum);
                var origin = producers.TryGetValue(group.Last(), out var producer) ? producer.Origin : accumulate.Origin;
                bool first = list.Count == 0;
                var accumulator = first ? variable.Value : builder.AddVariable($"{module[variable.Value].Name}@{group.Key.Value}", VariableKind.Accumulator, variable.Of, "");
                var own = accumulate with { Id = first ? accumulate.Id : builder.NextOpId(), Operands = [accumulator, total], Origin = origin };
                ops.Add(own);
                list.Add((group.Key, accumulator, own));
            }

            owners.Add(variable.Value, list);
        }

        void Update(Op update)
        {
            var list = owners[update.Operands[1]];
            foreach (var (_, accumulator, _) in list.Skip(1))
            {
                ops.Add(new Op(builder.NextOpId(), OperatorName.Train("AddGradient"), [update.Operands[1], accumulator], [])
                {
                    Phase = Phase.Update,
                    Origin = list[0].Accumulate.Origin,
                    Location = update.Location,
                });
            }

            ops.Add(update with { Origin = list[0].Accumulate.Origin });
        }
    }
}
