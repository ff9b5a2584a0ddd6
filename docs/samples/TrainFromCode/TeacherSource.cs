using GraphPipe.Bundle;
using GraphPipe.Runtime;

namespace TrainFromCode;

/// <summary>
/// A data source of one's own: whatever gives mini-batches. This one makes up inputs and a target that follows from them (the mean of the
/// first input), the same in every epoch.
/// </summary>
internal sealed class TeacherSource(IReadOnlyList<InputSpec> inputs, int miniBatch, int batches) : IBatchSource
{
    public IEnumerable<MiniBatch> Epoch(int epoch)
    {
        for (int batch = 0; batch < batches; batch++)
        {
            var random = new Random(batch);
            var tensors = new Dictionary<string, TensorData>();
            foreach (var input in inputs.Where(i => i.Kind == FeedKind.Input))
            {
                var shape = input.Shape.At(miniBatch);
                float[] values = [.. Enumerable.Range(0, (int)TensorData.CountOf(shape)).Select(_ => (random.NextSingle() * 2) - 1)];
                tensors.Add(input.Name, TensorData.Floats(shape, values));
            }

            var first = tensors.Values.First();
            int width = (int)first.Count / miniBatch;
            var target = inputs.First(i => i.Kind == FeedKind.Target);
            float[] means = [.. Enumerable.Range(0, miniBatch).Select(n => first.As<float>().Slice(n * width, width).ToArray().Average())];
            tensors.Add(target.Name, TensorData.Floats(target.Shape.At(miniBatch), means));
            yield return new MiniBatch(miniBatch, tensors);
        }
    }
}
