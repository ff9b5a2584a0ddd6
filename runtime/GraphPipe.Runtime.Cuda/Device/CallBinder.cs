using GraphPipe.Bundle;

namespace GraphPipe.Runtime.Cuda;

/// <summary>Binds the calls of a function.</summary>
/// <param name="diagnostics">Gets GP6001 for every call that nobody computes.</param>
internal sealed class CallBinder(DeviceName device, FunctionBinding function, KernelRegistry<CudaKernel> kernels, LaunchResources resources, DiagnosticBag diagnostics)
{
    /// <summary>All calls, in the order in which they run.</summary>
    public IReadOnlyList<BoundCall> Bind() => [.. function.Function.Calls.Select((call, i) => new BoundCall(BindCall(call), call, [i]))];

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

    // Kernels count elements in 32 bits, which is twice as fast as in 64 where they divide.
    private static bool IsSmall(KernelBinding binding) =>
        Enumerable.Range(0, binding.InputCount).All(i => !binding.HasInput(i) || binding.Input(i).Count <= int.MaxValue - LaunchShape.Wide)
        && Enumerable.Range(0, binding.OutputCount).All(i => !binding.HasOutput(i) || binding.Output(i).Count <= int.MaxValue - LaunchShape.Wide);
}
