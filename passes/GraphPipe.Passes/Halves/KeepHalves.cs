using GraphPipe.Bundle;
using GraphPipe.Core;
using GraphPipe.Ops;

namespace GraphPipe.Passes;

/// <summary>
/// Lets the backward read halves where the forward has a half of the same value, and widen them itself: so what is saved from forward to backward is as
/// small as what is stored.
/// <para>Needs and gives level train with gradients. A value in f32 that is a widened half is widened again, which gives the same bits. One that is only read
/// to be rounded is read as it was rounded, as PyTorch's backward reads the results that its forward has returned. Each stage has casts of its own. Example:
/// <c>grad.Tanh(%dy, %y.f32)</c> with <c>%y = Cast(%y.f32) : f16[N,8]</c> becomes <c>%k = Cast(%y) : f32[N,8]</c>, <c>grad.Tanh(%dy, %k)</c>.</para>
/// </summary>
public sealed class KeepHalves(OperatorRegistry registry) : IPass
{
    public string Name => "keep-halves";

    public Level From => Level.Train;

    public Level To => Level.Train;

    public Module Run(Module module, DiagnosticBag diagnostics)
    {
        var halves = Halves(module);
        if (halves.Count == 0)
            return module;
        var builder = new ModuleBuilder(module);
        var emitter = new Emitter(builder, registry);
        var again = new Dictionary<(ValueId Value, OpId Origin, Phase Phase), ValueId>();
        foreach (var op in module.Graph.Ops)
        {
            if (op.Origin.IsNone)
            {
                emitter.Append(op);
                continue;
            }

            (emitter.Location, emitter.Origin, emitter.Phase) = (op.Location, op.Origin, op.Phase);
            emitter.Append(op with { Operands = [.. op.Operands.Select(o => halves.ContainsKey(o) ? Again(o, op) : o)] });
        }

        return builder.Build(module.Graph with { Ops = emitter.Take() }, Level.Train);

        ValueId Again(ValueId value, Op reader)
        {
            if (again.TryGetValue((value, reader.Origin, reader.Phase), out var made))
                return made;
            var from = halves[value];
            made = halves.ContainsKey(from)
                ? emitter.EmitTyped("Reshape", [Again(from, reader)], builder.TensorOf(value))
                : emitter.EmitTyped("Cast", [from], builder.TensorOf(value), HalfCasts.To(DType.F32), builder[from].Name + ".kept");
            again.Add((value, reader.Origin, reader.Phase), made);
            return made;
        }
    }

    // For values of the forward in f32 what they are made of again: a half that is widened, or such a value under another shape, which costs nothing.
    private static Dictionary<ValueId, ValueId> Halves(Module module)
    {
        var index = new GraphIndex(module, module.Graph);
        var halves = new Dictionary<ValueId, ValueId>();
        foreach (var op in module.Graph.Ops.Where(op => op.Origin.IsNone && op.Operands.Length == 1))
        {
            var x = op.Operands[0];
            if (HalfCasts.IsWidening(module.TensorOf, op) || (op.Is("Reshape") && halves.ContainsKey(x)))
                halves[op.Result] = x;
            else if (HalfCasts.IsRounding(module.TensorOf, op) && index.Producer(x) is not null && !index.IsOutput(x) && index.Uses(x).Count(u => u.Op.Origin.IsNone) == 1)
                halves.TryAdd(x, op.Result);
        }

        return halves;
    }
}
