using GraphPipe.Bundle;
using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>x above zero, alpha·(e^(x/alpha) - 1) below.</summary>
[Kernel("Celu")]
public sealed class CeluKernel : UnaryKernel<Celu>
{
    protected override Celu Op(Attributes attributes) => ActivationAttributes.Celu(attributes);
}

/// <summary>dy times the slope at x.</summary>
[Kernel("grad.Celu")]
public sealed class CeluGradientKernel : UnaryGradientKernel<Celu>
{
    protected override Celu Op(Attributes attributes) => ActivationAttributes.Celu(attributes);
}

/// <summary>x above zero, alpha·(e^x - 1) below.</summary>
[Kernel("Elu")]
public sealed class EluKernel : UnaryKernel<Elu>
{
    protected override Elu Op(Attributes attributes) => ActivationAttributes.Elu(attributes);
}

/// <summary>dy times the slope at x.</summary>
[Kernel("grad.Elu")]
public sealed class EluGradientKernel : UnaryGradientKernel<Elu>
{
    protected override Elu Op(Attributes attributes) => ActivationAttributes.Elu(attributes);
}

/// <summary>alpha·x + beta limited to [0, 1].</summary>
[Kernel("HardSigmoid")]
public sealed class HardSigmoidKernel : UnaryKernel<HardSigmoid>
{
    protected override HardSigmoid Op(Attributes attributes) => ActivationAttributes.HardSigmoid(attributes);
}

/// <summary>dy times the slope at x.</summary>
[Kernel("grad.HardSigmoid")]
public sealed class HardSigmoidGradientKernel : UnaryGradientKernel<HardSigmoid>
{
    protected override HardSigmoid Op(Attributes attributes) => ActivationAttributes.HardSigmoid(attributes);
}

/// <summary>x above zero, alpha·x below.</summary>
[Kernel("LeakyRelu")]
public sealed class LeakyReluKernel : UnaryKernel<LeakyRelu>
{
    protected override LeakyRelu Op(Attributes attributes) => ActivationAttributes.LeakyRelu(attributes);
}

/// <summary>dy times the slope at x.</summary>
[Kernel("grad.LeakyRelu")]
public sealed class LeakyReluGradientKernel : UnaryGradientKernel<LeakyRelu>
{
    protected override LeakyRelu Op(Attributes attributes) => ActivationAttributes.LeakyRelu(attributes);
}

/// <summary>gamma times x above zero, gamma·alpha·(e^x - 1) below.</summary>
[Kernel("Selu")]
public sealed class SeluKernel : UnaryKernel<Selu>
{
    protected override Selu Op(Attributes attributes) => ActivationAttributes.Selu(attributes);
}

/// <summary>dy times the slope at x.</summary>
[Kernel("grad.Selu")]
public sealed class SeluGradientKernel : UnaryGradientKernel<Selu>
{
    protected override Selu Op(Attributes attributes) => ActivationAttributes.Selu(attributes);
}

/// <summary>x above alpha, else 0.</summary>
[Kernel("ThresholdedRelu")]
public sealed class ThresholdedReluKernel : UnaryKernel<ThresholdedRelu>
{
    protected override ThresholdedRelu Op(Attributes attributes) => ActivationAttributes.ThresholdedRelu(attributes);
}

/// <summary>dy times the slope at x.</summary>
[Kernel("grad.ThresholdedRelu")]
public sealed class ThresholdedReluGradientKernel : UnaryGradientKernel<ThresholdedRelu>
{
    protected override ThresholdedRelu Op(Attributes attributes) => ActivationAttributes.ThresholdedRelu(attributes);
}

/// <summary>x + bias below -lambd, x - bias above lambd, else 0.</summary>
[Kernel("Shrink")]
public sealed class ShrinkKernel : UnaryKernel<Shrink>
{
    protected override Shrink Op(Attributes attributes) => ActivationAttributes.Shrink(attributes);
}

/// <summary>dy times the slope at x.</summary>
[Kernel("grad.Shrink")]
public sealed class ShrinkGradientKernel : UnaryGradientKernel<Shrink>
{
    protected override Shrink Op(Attributes attributes) => ActivationAttributes.Shrink(attributes);
}

/// <summary>x·sigmoid(alpha·x).</summary>
[Kernel("Swish")]
public sealed class SwishKernel : UnaryKernel<Swish>
{
    protected override Swish Op(Attributes attributes) => ActivationAttributes.Swish(attributes);
}

/// <summary>dy times the slope at x.</summary>
[Kernel("grad.Swish")]
public sealed class SwishGradientKernel : UnaryGradientKernel<Swish>
{
    protected override Swish Op(Attributes attributes) => ActivationAttributes.Swish(attributes);
}

/// <summary>x limited to [min, max].</summary>
[Kernel("Clip")]
public sealed class ClipKernel : UnaryKernel<Clip>
{
    protected override Clip Op(Attributes attributes) => ActivationAttributes.Clip(attributes);
}

/// <summary>dy times the slope at x, 1 at the bounds.</summary>
[Kernel("grad.Clip")]
public sealed class ClipGradientKernel : UnaryGradientKernel<Clip>
{
    protected override Clip Op(Attributes attributes) => ActivationAttributes.Clip(attributes);
}
