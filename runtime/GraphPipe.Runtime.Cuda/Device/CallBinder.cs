using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Runtime.Cuda.Fusion;
using GraphPipe.Runtime.Cuda.Kernels;

namespace GraphPipe.Runtime.Cuda;

/// <summary>Binds the calls of a function.</summary>
/// <param name="diagnostics">Gets GP6001 for every call that nobody computes.</param>
internal sealed class CallBinder(DeviceName device, FunctionBinding function, KernelRegistry<CudaKernel> kernels, LaunchResources resources, DiagnosticBag diagnostics)
{
    private readonly ImmutableArray<KernelCall> _calls = function.Function.Calls;

    /// <summary>All calls, those of a group in the place of its last.</summary>
    public IReadOnlyList<BoundCall> Bind()
    {
        BoundCall[] groups = [.. function.Memory[function.Function.Kind].Fused.Select(g => (g.WithReduction is { } whole ? Fuse(whole) : null) ?? Fuse(g)).OfType<BoundCall>()];
        var fused = groups.SelectMany(g => g.Calls).ToHashSet();
        var others = Enumerable.Range(0, _calls.Length).Where(i => !fused.Contains(i)).Select(i => new BoundCall(BindCall(_calls[i]), _calls[i], [i]));
        return [.. groups.Concat(others).OrderBy(b => b.Calls[^1])];
    }

    // Null if a call of it is not elementwise here, nor a reduction that may make its elements, or they are too much for one launch: then they run one by one, or without the reduction.
    private BoundCall? Fuse(FusedCalls group)
    {
        var call = group.Describe(function.Function);
        var members = new List<FusedMember>();
        var sources = new Dictionary<BufferId, FusedSource>();
        FoldMember? folding = null;
        int input = 0;
        foreach (int position in group.Calls)
        {
            var binding = new KernelBinding(_calls[position], function.Program, function.Samples);
            if (!IsSmall(binding))
                return null;
            var kernel = kernels.Find(_calls[position].Kernel);
            var result = new Operand(OperandKind.Output, members.Count, binding.Output(0).Count);
            if (!_calls[position].IsElementwise)
            {
                if (kernel is not FoldKernel reduction || reduction.Fold(binding) is not { Walks: { } walks } fold || !ElementFold.MayFuse(walks))
                    return null;
                folding = new FoldMember(fold, sources[function.Program.Root(_calls[position].Inputs[0])], result);
                continue;
            }

            if (kernel is not ElementwiseKernel elementwise || elementwise.Function(binding) is not { } computed)
                return null;
            for (int i = 0; i < binding.InputCount; i++, input++)
            {
                if (binding.HasInput(i))
                    sources.TryAdd(function.Program.Root(call.Inputs[input]), FusedSource.Memory(new Operand(OperandKind.Input, input, binding.Input(i).Count)));
            }

            var root = function.Program.Root(call.Outputs[members.Count]);
            members.Add(new FusedMember(
                computed, [.. computed.Operands.Select(o => sources[function.Program.Root(_calls[position].Inputs[o.Number])])], group.Inner.Contains(root) ? null : result));
            sources[root] = FusedSource.Result(members.Count - 1);
        }

        return FusedLaunch.Of(members, folding) is { } launch ? new BoundCall(new LaunchCall(new LaunchBinder(resources, call).Launch(launch)), call, group.Calls) : null;
    }

    private CudaCall? BindCall(KernelCall call)
    {
        var binding = new KernelBinding(call, function.Program, function.Samples);
        var kernel = kernels.Find(call.Kernel);
        if (IsSmall(binding) && kernel?.Bind(binding, new LaunchBinder(resources, call)) is { } bound)
            return bound;
        string nodes = call.Nodes.IsEmpty ? function.Program.Name : $"node \"{string.Join("\", \"", call.Nodes)}\"";
        string message = kernel is null ? $"no kernel for '{call.Kernel}' on {device.Kind}" : $"the kernel for '{call.Kernel}' on {device.Kind} does not do {binding}";
        diagnostics.Add(Diagnostic.Error(Codes.KernelMissing, message, nodes, "it runs on CPU devices: --devices cpu:4"));
        return null;
    }

    // Kernels count elements in 32 bits, which is twice as fast as in 64 where they divide; bytes, where elements are not 1, 2, 4 or 8 of them. A count is rounded up to whole groups, and the loss's loop steps by
    // all its threads: both must not overflow.
    private static bool IsSmall(KernelBinding binding) =>
        Enumerable.Range(0, binding.InputCount).All(i => !binding.HasInput(i) || IsSmall(binding.Input(i))) && Enumerable.Range(0, binding.OutputCount).All(i => !binding.HasOutput(i) || IsSmall(binding.Output(i)));

    private static bool IsSmall(OperandType operand) => (operand.Type.Bits() is 8 or 16 or 32 or 64 ? operand.Count : operand.Bytes) <= int.MaxValue - LaunchShape.Margin;
}
