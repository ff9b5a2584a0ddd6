using GraphPipe.Runtime.Cuda.Numerics;
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

/// <summary>What runs on the GPU: the operations of the CPU's loops in the same order, so the bits are the same. A parameter of halves is rounded once, when it is stored.</summary>
internal static class OptimizerCode
{
    /// <summary>g += decay·p; m = momentum·m + g; g = nesterov ? g + momentum·m : m; p -= rate·g.</summary>
    public static void Sgd<T, TStored>(ArrayView<T> parameter, ArrayView<float> gradient, ArrayView<float> momentum, SgdNumbers n)
        where T : unmanaged
        where TStored : struct, IStoredFloat<T>
    {
        int i = Grid.GlobalIndex.X;
        if (i >= n.Count)
            return;
        float p = TStored.ToSingle(parameter[i]), g = gradient[i];
        if (n.Decay != 0f)
            g += n.Decay * p;
        if (n.Momentum != 0f)
        {
            float m = n.Momentum * momentum[i] + g;
            momentum[i] = m;
            g = n.Nesterov != 0 ? g + n.Momentum * m : m;
        }

        parameter[i] = TStored.Of(p + -n.Rate * g);
    }

    /// <summary>p −= steps·(rate/correction₁)·m / (√v/√correction₂ + ε): some steps ahead with the moments as they are (XPipe, arXiv 1911.04610).</summary>
    public static void Predict<T, TStored>(ArrayView<T> parameter, ArrayView<float> mean, ArrayView<float> square, AdamNumbers n)
        where T : unmanaged
        where TStored : struct, IStoredFloat<T>
    {
        int i = Grid.GlobalIndex.X;
        if (i < n.Count)
            parameter[i] = TStored.Of(TStored.ToSingle(parameter[i]) + n.StepSize * (mean[i] / (MathF.Sqrt(square[i]) / n.Root + n.Epsilon)));
    }

    /// <summary>m += (1 − β₁)(g − m); v = β₂·v + (1 − β₂)·g²; p −= (rate/correction₁)·m / (√v/√correction₂ + ε).</summary>
    public static void Adam<T, TStored>(ArrayView<T> parameter, ArrayView<float> gradient, ArrayView<float> mean, ArrayView<float> square, AdamNumbers n)
        where T : unmanaged
        where TStored : struct, IStoredFloat<T>
    {
        int i = Grid.GlobalIndex.X;
        if (i >= n.Count)
            return;
        float p = TStored.ToSingle(parameter[i]), g = gradient[i];
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
        parameter[i] = TStored.Of(p + n.StepSize * (m / (MathF.Sqrt(v) / n.Root + n.Epsilon)));
    }
}
