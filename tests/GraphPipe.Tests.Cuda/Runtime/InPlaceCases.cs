using GraphPipe.Bundle;
using GraphPipe.Runtime;

namespace GraphPipe.Tests.Cuda.Runtime;

/// <summary>A call that changes its first operand, and perhaps others, in place.</summary>
/// <param name="Run">The step that it belongs to.</param>
/// <param name="Changes">Whether the first operand is another afterwards.</param>
public sealed record InPlaceCase(string Kernel, TensorData[] Operands, Attributes Attributes, FunctionRun Run, bool Changes = true);

/// <summary>Gradient sums and optimizer steps; CUDA does the CPU's operations, so the bits are the same.</summary>
internal static class InPlaceCases
{
    public static IReadOnlyList<InPlaceCase> All { get; } =
    [
        new("train.Accumulate", [KernelCase.Numbers([37], 1), KernelCase.Numbers([37], 2)], Attributes.Empty, new FunctionRun(1, IsFirstMicroBatch: true)),
        new("train.Accumulate", [KernelCase.Numbers([37], 1), KernelCase.Numbers([37], 2)], Attributes.Empty, new FunctionRun(1, IsFirstMicroBatch: false)),
        new("train.AddGradient", [KernelCase.Numbers([5, 7], 1), KernelCase.Numbers([5, 7], 2)], Attributes.Empty, new FunctionRun(1, true)),
        new("train.Sgd", [KernelCase.Numbers([37], 1), KernelCase.Numbers([37], 2)], Attributes.Empty.With("learning_rate", 0.1f), new FunctionRun(1, true)),
        new("train.Sgd", [KernelCase.Numbers([37], 1), KernelCase.Numbers([37], 2), KernelCase.Numbers([37], 3)], Momentum(0), new FunctionRun(4, true)),
        new("train.Sgd", [KernelCase.Numbers([37], 1), KernelCase.Numbers([37], 2), KernelCase.Numbers([37], 3)], Momentum(1), new FunctionRun(4, true)),
        new("train.Adam", Moments(), Attributes.Empty.With("weight_decay", 0.1f), new FunctionRun(1, true)),
        new("train.Adam", Moments(), Attributes.Empty, new FunctionRun(7, true)),
        new("train.AdamW", Moments(), Attributes.Empty, new FunctionRun(3, true)),
        new("train.PredictAdam", [KernelCase.Numbers([301], 1), KernelCase.Numbers([301], 3), KernelCase.Numbers([301], 4, 0, 2)], Attributes.Empty.With("learning_rate", 0.02f), new FunctionRun(5, true) { Ahead = 3 }),
        new("train.PredictAdam", [KernelCase.Numbers([301], 1), KernelCase.Numbers([301], 3), KernelCase.Numbers([301], 4, 0, 2)], Attributes.Empty, new FunctionRun(0, true) { Ahead = 3 }, Changes: false),
        .. OfHalves(DType.F16),
        .. OfHalves(DType.BF16),
    ];

    public static TheoryData<int> Indices => [.. Enumerable.Range(0, All.Count)];

    private static Attributes Momentum(long nesterov) => Attributes.Empty.With("momentum", 0.9f).With("weight_decay", 0.01f).With("nesterov", nesterov);

    // The parameter is a half, what stands behind it is not.
    private static IEnumerable<InPlaceCase> OfHalves(DType half)
    {
        var parameter = KernelCase.Halves(half, 301, 1);
        yield return new("train.Sgd", [parameter, KernelCase.Numbers([301], 2), KernelCase.Numbers([301], 3)], Momentum(1), new FunctionRun(4, true));
        yield return new("train.Adam", [parameter, .. Moments()[1..]], Attributes.Empty.With("weight_decay", 0.1f).With("learning_rate", 0.1f), new FunctionRun(7, true));
        yield return new("train.AdamW", [parameter, .. Moments()[1..]], Attributes.Empty.With("learning_rate", 0.1f), new FunctionRun(3, true));
        yield return new("train.PredictAdam", [parameter, .. Moments()[2..]], Attributes.Empty.With("learning_rate", 0.02f), new FunctionRun(5, true) { Ahead = 3 });
    }

    private static TensorData[] Moments() => [KernelCase.Numbers([301], 1), KernelCase.Numbers([301], 2), KernelCase.Numbers([301], 3), KernelCase.Numbers([301], 4, 0, 2)];
}
