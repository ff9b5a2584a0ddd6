using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Compiler;

/// <summary>The result of a compilation.</summary>
/// <param name="Bundle">What the runtime gets.</param>
/// <param name="Plan">The partition with its predicted costs.</param>
/// <param name="Memory">Memory of each device, to the byte.</param>
/// <param name="Graph">The IR before partitioning: level train, or level core for inference.</param>
/// <param name="Module">The IR at level comm.</param>
/// <param name="Diagnostics">Notes and warnings.</param>
public sealed record CompiledPipeline(StageBundle Bundle, PipelinePlan Plan, MemoryPlan Memory, Module Graph, Module Module, IReadOnlyList<Diagnostic> Diagnostics);
