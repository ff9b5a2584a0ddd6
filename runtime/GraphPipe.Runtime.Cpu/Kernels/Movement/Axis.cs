using GraphPipe.Bundle;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>The attribute <c>axis</c>.</summary>
internal static class Axis
{
    /// <summary>From 0, also where the model counts from the end.</summary>
    public static int Of(Attributes attributes, int rank, int otherwise = 0)
    {
        int axis = (int)attributes.Int("axis", otherwise);
        return axis < 0 ? axis + rank : axis;
    }
}
