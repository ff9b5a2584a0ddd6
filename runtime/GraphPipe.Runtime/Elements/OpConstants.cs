namespace GraphPipe.Runtime.Elements;

/// <summary>Two numbers that a function of elements takes beside its operands: the op's attributes.</summary>
public readonly struct OpConstants(float a, float b = 0)
{
    public readonly float A = a;
    public readonly float B = b;
}
