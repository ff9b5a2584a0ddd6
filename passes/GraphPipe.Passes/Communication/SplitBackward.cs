using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Passes;

/// <summary>
/// Takes the backward of stages apart into what other stages wait for and the rest, for schedules that run the two at different times
/// (zero bubble, Qi et al., arXiv 2401.10241).
/// <para>Needs and gives level comm. <c>backward_input</c> has the receives, the sends, and the ops that these need; <c>backward_weight</c> all
/// others, in the order they had: gradients of parameters and what only they need. A stage that sends no gradient has nothing but its receives
/// in the first part (as in torch.distributed.pipelining, whose first stage does everything at W). Every op runs once, on the same operands, and
/// each sum over micro-batches lies in one part, so the bits don't change. Example: <c>backward { %dx = Gemm(%dy, @w)  %dw = Gemm(%x, %dy)
/// train.Accumulate(@w.grad, %dw)  pipe.Send(%dx) }</c> becomes <c>backward_input { %dx = Gemm(%dy, @w)  pipe.Send(%dx) }</c> and
/// <c>backward_weight { %dw = Gemm(%x, %dy)  train.Accumulate(@w.grad, %dw) }</c>.</para>
/// </summary>
/// <param name="stages">The stages to take apart.</param>
public sealed class SplitBackward(ImmutableHashSet<StageId> stages) : IPass
{
    public string Name => "split-backward";

    public Level From => Level.Comm;

    public Level To => Level.Comm;

    public Module Run(Module module, DiagnosticBag diagnostics) => stages.IsEmpty
        ? module
        : module with { Stages = [.. module.Stages.Select(s => stages.Contains(s.Id) ? s with { Functions = [.. s.Functions.SelectMany(Split)] } : s)] };

    private static IEnumerable<StageBody> Split(StageBody function)
    {
        if (function.Kind != FunctionKind.Backward)
            return [function];
        var (body, needed) = (function.Body, new HashSet<ValueId>());
        var isFirst = new bool[body.Ops.Length];
        for (int i = isFirst.Length - 1; i >= 0; i--)
        {
            var op = body.Ops[i];
            isFirst[i] = op.Name.Domain == "pipe" || op.Results.Any(needed.Contains);
            if (isFirst[i])
                needed.UnionWith(Reads(op));
        }

        var fed = new HashSet<ValueId>();
        return new[] { Part(FunctionKind.BackwardInput, true), Part(FunctionKind.BackwardWeight, false) }.Where(p => !p.Body.Ops.IsEmpty);

        // What is fed belongs to the first part that reads it.
        StageBody Part(FunctionKind kind, bool first)
        {
            ImmutableArray<Op> ops = [.. body.Ops.Where((_, i) => isFirst[i] == first)];
            var read = ops.SelectMany(Reads).ToHashSet();
            return new StageBody(kind, new Region(Printer.Spelling(kind), [.. body.Inputs.Where(v => read.Contains(v) && fed.Add(v))], ops, []));
        }
    }

    private static IEnumerable<ValueId> Reads(Op op) =>
        op.Regions.SelectMany(r => r.AllOps().SelectMany(o => o.Operands).Concat(r.Outputs)).Concat(op.Operands).Where(v => !v.IsNone);
}
