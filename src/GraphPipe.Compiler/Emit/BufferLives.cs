using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Compiler;

/// <summary>How long each value of a stage must be kept, views counted to the value whose memory they are.</summary>
internal sealed class BufferLives
{
    private readonly Dictionary<ValueId, BufferLife> _lives = [];
    private readonly Dictionary<ValueId, ValueId> _roots = [];
    private readonly HashSet<ValueId> _persistent;
    private readonly HashSet<ValueId> _weights;

    private BufferLives(Module module, Stage stage)
    {
        _persistent = [.. module.Parameters.Select(p => p.Value), .. module.Variables.Select(v => v.Value)];
        _weights = [.. module.Parameters.Select(p => p.Value).Intersect(stage.Function(FunctionKind.Update).Ops.Where(op => op.Name.Domain == "train").Select(op => op.Operands[0]))];
    }

    public BufferLife this[ValueId value] => _weights.Contains(Root(value)) ? BufferLife.Weights : _persistent.Contains(Root(value)) ? BufferLife.Persistent : _lives.GetValueOrDefault(Root(value), BufferLife.Temporary);

    public static BufferLives Of(Module module, Stage stage)
    {
        var lives = new BufferLives(module, stage);
        foreach (var op in stage.Functions.SelectMany(f => f.Body.Ops).Where(StageEmitter.IsView))
            lives._roots[op.Result] = lives.Root(op.Operands[0]);

        var madeIn = new Dictionary<ValueId, FunctionKind>();
        foreach (var function in stage.Functions)
        {
            var kind = function.Kind;
            foreach (var input in function.Body.Inputs)
            {
                madeIn[input] = kind;
                // Filled at FORWARD, whatever reads it.
                lives.Raise(input, LifeUntil(kind, FunctionKind.Forward));
            }

            foreach (var op in function.Body.Ops)
            {
                // What crosses a channel waits in its buffer until the message is sent, or since it came.
                if (op.Name.Domain == "pipe" && kind != FunctionKind.Update)
                    lives.Raise(op.Results.IsEmpty ? op.Operands[0] : op.Results[0], kind == FunctionKind.Forward ? BufferLife.ForwardEdge : BufferLife.BackwardEdge);
                else if (op.Name.Domain == "pipe" && op.Results.Length > 0)
                    lives.Raise(op.Results[0], BufferLife.Persistent); // Another stage's gradient sum, received between two steps.

                foreach (var operand in op.Operands)
                {
                    if (operand.IsNone || !madeIn.TryGetValue(lives.Root(operand), out var made) || made == kind)
                        continue;
                    lives.Raise(operand, LifeUntil(kind, made));
                }

                foreach (var result in op.Results)
                {
                    if (!result.IsNone)
                        madeIn.TryAdd(lives.Root(result), kind);
                }
            }

            foreach (var output in function.Body.Outputs)
                lives.Raise(output, BufferLife.ForwardEdge);
        }

        return lives;
    }

    // The shortest life of a value that is there since one function and read in another.
    private static BufferLife LifeUntil(FunctionKind read, FunctionKind made) => read switch
    {
        FunctionKind.Forward or FunctionKind.Loss => BufferLife.ForwardEdge,
        FunctionKind.BackwardInput => BufferLife.InputActivation,
        FunctionKind.BackwardWeight when made == FunctionKind.BackwardInput => BufferLife.WeightEdge,
        _ => BufferLife.Activation,
    };

    private ValueId Root(ValueId value) => _roots.GetValueOrDefault(value, value);

    // Longer lives win; the enumeration lists Persistent, Activation, ForwardEdge, … from long to short.
    private void Raise(ValueId value, BufferLife life)
    {
        var root = Root(value);
        var known = _lives.GetValueOrDefault(root, life);
        var (longer, shorter) = life < known ? (life, known) : (known, life);
        // What ends at the first backward, or before it, and what begins there: neither is the longer life, together they are a whole one.
        _lives[root] = longer is BufferLife.InputActivation or BufferLife.ForwardEdge && shorter == BufferLife.WeightEdge ? BufferLife.Activation : longer;
    }
}
