using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;
using GraphPipe.Planning;

namespace GraphPipe.Compiler;

/// <summary>The calls of a pipeline's programs as costs see them: what a profiler measures, under the keys that planning asks for.</summary>
public sealed class PipelineCalls(CompiledPipeline pipeline)
{
    // A program has the whole backward in one function; which half an op is of, the graph knew.
    private readonly Dictionary<OpId, Phase> _phases = pipeline.Graph.Graph.Ops.ToDictionary(op => op.Id, op => op.Phase);

    /// <summary>The calls of a stage's function, in the order of the program.</summary>
    public ImmutableArray<CostedOp> Of(StageId stage, FunctionKind function)
    {
        var program = pipeline.Bundle.Stages[stage.Value].Program;
        var ops = pipeline.Module.Stages[stage.Value].Function(function).Ops.Where(StageEmitter.IsCall);
        return [.. program.Function(function)!.Calls.Zip(ops, (call, op) => OpCosting.Of(call, program, _phases.GetValueOrDefault(op.Id, ProgramCosts.PhaseOf(function))))];
    }
}
