using ILGPU;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>Numbers of an SGD step.</summary>
internal struct SgdNumbers
{
    public int Count;
    public int Nesterov;
    public float Rate, Momentum, Decay;
}

/// <summary>Numbers of an Adam step, derived in double precision on the host as torch derives them.</summary>
internal struct AdamNumbers
{
    public int Count;
    public int Decoupled;
    public float Shrink, Decay, Weight1, Beta2, Weight2, Root, Epsilon, StepSize;
}

/// <summary>What runs on the GPU: the operations of the CPU's loops in the same order, so the bits are the same.</summary>
internal static class OptimizerCode
{
    /// <summary>g += decay·p; m = momentum·m + g; g = nesterov ? g + momentum·m : m; p -= rate·g.</summary>
    public static void Sgd(ArrayView<float> parameter, ArrayView<float> gradient, ArrayView<float> momentum, SgdNumbers n)
    {
        int i = Grid.GlobalIndex.X;
        if (i >= n.Count)
            return;
        float p = parameter[i], g = gradient[i];
        if (n.Decay != 0f)
            g += n.Decay * p;
        if (n.Momentum != 0f)
        {
            float m = n.Momentum * momentum[i] + g;
            momentum[i] = m;
            g = n.Nesterov != 0 ? g + n.Momentum * m : m;
        }

        parameter[i] = p + -n.Rate * g;
    }

    /// <summary>p −= steps·(rate/correction₁)·m / (√v/√correction₂ + ε): some steps ahead with the moments as they are (XPipe, arXiv 1911.04610).</summary>
    public static void Predict(ArrayView<float> parameter, ArrayView<float> mean, ArrayView<float> square, AdamNumbers n)
    {
        int i = Grid.GlobalIndex.X;
        if (i < n.Count)
            parameter[i] = parameter[i] + n.StepSize * (mean[i] / (MathF.Sqrt(square[i]) / n.Root + n.Epsilon));
    }

    /// <summary>m += (1 − β₁)(g − m); v = β₂·v + (1 − β₂)·g²; p −= (rate/correction₁)·m / (√v/√correction₂ + ε).</summary>
    public static void Adam(ArrayView<float> parameter, ArrayView<float> gradient, ArrayView<float> mean, ArrayView<float> square, AdamNumbers n)
    {
        int i = Grid.GlobalIndex.X;
        if (i >= n.Count)
            return;
        float p = parameter[i], g = gradient[i];
        if (n.Decay != 0f)
        {
            if (n.Decoupled != 0)
                p *= n.Shrink;
            else
                g += n.Decay * p;
        }

        float m = mean[i];
        m += n.Weight1 * (g - m);
        float v = n.Beta2 * square[i] + n.Weight2 * (g * g);
        mean[i] = m;
        square[i] = v;
        parameter[i] = p + n.StepSize * (m / (MathF.Sqrt(v) / n.Root + n.Epsilon));
    }
}
