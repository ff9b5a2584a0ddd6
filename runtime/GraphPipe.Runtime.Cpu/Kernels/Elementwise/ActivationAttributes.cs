using GraphPipe.Bundle;
using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>Activations as their attributes say; defaults are ONNX's.</summary>
internal static class ActivationAttributes
{
    public static Celu Celu(Attributes a) => new(a.Float("alpha", 1));

    public static Elu Elu(Attributes a) => new(a.Float("alpha", 1));

    public static HardSigmoid HardSigmoid(Attributes a) => new(a.Float("alpha", 0.2f), a.Float("beta", 0.5f));

    public static LeakyRelu LeakyRelu(Attributes a) => new(a.Float("alpha", 0.01f));

    public static Selu Selu(Attributes a) => new(a.Float("alpha", 1.67326319217681884765625f), a.Float("gamma", 1.05070102214813232421875f));

    public static ThresholdedRelu ThresholdedRelu(Attributes a) => new(a.Float("alpha", 1));

    public static Shrink Shrink(Attributes a) => new(a.Float("bias", 0), a.Float("lambd", 0.5f));

    public static Swish Swish(Attributes a) => new(a.Float("alpha", 1));

    /// <summary>An absent bound is open.</summary>
    public static Clip Clip(Attributes a) => new(a.Float("min", float.NegativeInfinity), a.Float("max", float.PositiveInfinity));
}
