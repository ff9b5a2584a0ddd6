using GraphPipe.Bundle;

namespace GraphPipe.Runtime;

/// <summary>The attributes <c>starts</c>, <c>steps</c> and <c>axes</c>, spread over all axes of what is sliced.</summary>
public static class SliceView
{
    /// <returns>For each axis its first element and its step.</returns>
    public static (long[] Starts, long[] Steps) Of(Attributes attributes, OperandType sliced)
    {
        long[] starts = new long[sliced.Rank], steps = new long[sliced.Rank];
        Array.Fill(steps, 1);
        var (listed, axes) = (attributes.Ints("starts") ?? [], attributes.Ints("axes"));
        for (int i = 0; i < listed.Length; i++)
        {
            long axis = axes?[i] ?? i;
            axis = axis < 0 ? axis + sliced.Rank : axis;
            starts[axis] = listed[i] < 0 ? listed[i] + sliced.Shape[(int)axis] : listed[i];
            steps[axis] = attributes.Ints("steps")?[i] ?? 1;
        }

        return (starts, steps);
    }
}
