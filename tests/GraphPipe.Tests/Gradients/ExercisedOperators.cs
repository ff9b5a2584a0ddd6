using GraphPipe.Bundle;
using GraphPipe.Core;
using GraphPipe.Ops;

namespace GraphPipe.Tests.Gradients;

/// <summary>Which operators the cases meet on their way through the compiler. All of them are compiled once.</summary>
internal sealed class ExercisedOperators
{
    private static readonly Lazy<ExercisedOperators> Compiled = new(() => new ExercisedOperators());

    private readonly HashSet<string> _inferred = new(StringComparer.Ordinal);
    private readonly HashSet<string> _placed = new(StringComparer.Ordinal);
    private readonly HashSet<string> _differentiated = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _contradictions = new(StringComparer.Ordinal);

    private ExercisedOperators()
    {
        foreach (var test in GradientCases.All)
            FiniteDifferences.Compile(test, out _, module => Note(test, module));
    }

    public static ExercisedOperators OfAllCases => Compiled.Value;

    /// <summary>Ops of core and training graphs whose own rules contradict the types that stand there (gradients state theirs).</summary>
    public IReadOnlyCollection<string> Contradictions => _contradictions;

    /// <summary>Those whose results got types, by inference or checked with it.</summary>
    public IReadOnlySet<string> Inferred => _inferred;

    /// <summary>Those at level core and above, where the batch rule says where the samples lie.</summary>
    public IReadOnlySet<string> Placed => _placed;

    /// <summary>Those with a case of their own in whose training graph they stand.</summary>
    public IReadOnlySet<string> Differentiated => _differentiated;

    private void Note(GradientCase test, Module module)
    {
        foreach (var op in module.Stages.SelectMany(s => s.Functions).SelectMany(f => f.Body.Ops).Concat(module.Graph.Ops))
        {
            string name = op.Name.ToString();
            if (op.Results.All(r => r.IsNone || module[r].Tensor is { Shape: not null }))
                _inferred.Add(name);
            if (module.Level >= Level.Core)
                _placed.Add(name);
            if (module.Level == Level.Train && name == test.Op)
                _differentiated.Add(name);
            if (module.Level is Level.Core or Level.Train)
                Verify(test, module, op);
        }
    }

    private void Verify(GradientCase test, Module module, Op op)
    {
        var rules = OperatorRegistry.Standard[op.Name]!;
        int fresh = 0;
        var inference = new InferenceContext(op, [.. op.Operands.Select(o => o.IsNone ? default : new ValueFacts(module[o].Tensor, null, null))], () => Dim.Symbol($"?{fresh++}"));
        rules.Infer(inference);
        if (inference.Failure is { } failure)
            _contradictions.Add($"{test}: {op.Name}: {failure}");
        var batch = new BatchContext(op, id => id.IsNone ? null : module[id].Tensor);
        rules.Batch(batch);
        for (int i = 0; i < op.Results.Length; i++)
        {
            if (op.Results[i].IsNone)
                continue;
            var stated = module.TensorOf(op.Results[i]);
            if (inference.ResultType(i) is { Shape: not null } inferred && fresh == 0 && (inferred.Type != stated.Type || inferred.Shape != stated.Shape))
                _contradictions.Add($"{test}: {op.Name} gives {inferred.Type}{inferred.Shape}, stated is {stated.Type}{stated.Shape}");

            // Until MarkBatchAxis no type at level core has a layout; gradients of parameters rightly mix samples.
            if (module.Level == Level.Train && batch.MixReason is null && batch.Result(i) != stated.Batch)
                _contradictions.Add($"{test}: {op.Name} {stated.Shape} has its samples at {batch.Result(i)}, stated is {stated.Batch}");
        }
    }
}
