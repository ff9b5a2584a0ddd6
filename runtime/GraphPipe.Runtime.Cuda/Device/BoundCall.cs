using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Runtime.Cuda;

/// <summary>What runs in one place of a function: a call, or several as one.</summary>
/// <param name="Bound">Null for one that could not be bound; the error in the caller's bag keeps the function from being run.</param>
/// <param name="Call">What runs, for reports and for the places of operands.</param>
/// <param name="Calls">Its positions in the function: one, or those that are fused.</param>
internal sealed record BoundCall(CudaCall? Bound, KernelCall Call, ImmutableArray<int> Calls);
