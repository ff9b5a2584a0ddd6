using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Runtime;

/// <summary>A model input or a training target: what a mini-batch must hold under this name.</summary>
/// <param name="Shape">In N; N is the number of samples of the mini-batch.</param>
/// <param name="Batch">Where the samples lie; null if the tensor does not depend on them.</param>
public sealed record InputSpec(string Name, FeedKind Kind, DType Type, Shape Shape, BatchLayout? Batch)
{
    /// <summary>The inputs and targets that stage programs are fed, each once, in order of first use.</summary>
    public static ImmutableArray<InputSpec> Of(IEnumerable<StageProgram> programs)
    {
        var all = new Dictionary<string, InputSpec>(StringComparer.Ordinal);
        var order = ImmutableArray.CreateBuilder<InputSpec>();
        foreach (var program in programs)
        {
            foreach (var feed in program.Feeds)
            {
                if (feed.Kind == FeedKind.LossScale)
                    continue;
                var buffer = program[feed.Buffer];
                var spec = new InputSpec(feed.Name, feed.Kind, buffer.Type, buffer.Shape, buffer.Batch);
                if (all.TryAdd(feed.Name, spec))
                    order.Add(spec);
                else if (all[feed.Name] with { Kind = feed.Kind } != spec)
                    throw new InvalidOperationException($"{program.Name} is fed '{feed.Name}' as {spec.Type.Text()}{spec.Shape}, another stage as {all[feed.Name].Type.Text()}{all[feed.Name].Shape}");
            }
        }

        return order.ToImmutable();
    }

    /// <summary>False for a tensor that has the samples along two axes, such as a target [N,N]: some of the samples can't be taken out of it.</summary>
    public bool CanBeCut => Batch is null || SampleLayout.CanBeCut(Shape, Batch);

    /// <summary>The number of samples in a tensor of this input; null where the input does not depend on samples.</summary>
    /// <param name="tensor">Compared with the spec.</param>
    /// <param name="diagnostics">Receives GP7004 for a wrong element type and GP7005 for a wrong shape.</param>
    public long? SamplesOf(TensorData tensor, DiagnosticBag diagnostics)
    {
        if (tensor.Type != Type)
        {
            diagnostics.Add(Diagnostic.Error(
                Codes.DataType, $"'{Name}' holds {tensor.Type.Text()}, the model wants {Type.Text()}", Name, $"convert it to {Type.Text()}"));
            return null;
        }

        long samples = 1;
        if (Batch is not null && tensor.Shape.Length == Shape.Rank)
            samples = tensor.Shape[Batch.Axis] / (Batch.Outer * Batch.Inner);
        if (!tensor.Shape.AsSpan().SequenceEqual(Shape.At(samples).AsSpan()))
        {
            diagnostics.Add(Diagnostic.Error(
                Codes.DataShape, $"'{Name}' has the shape [{string.Join(',', tensor.Shape)}], the model wants {Shape}", Name, "N stands for the number of samples"));
            return null;
        }

        return Batch is null ? null : samples;
    }
}
