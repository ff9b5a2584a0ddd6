using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GraphPipe.Runtime.Cpu.Numerics;

/// <summary>Adam and AdamW as torch.optim does them, one pass over memory.</summary>
public static unsafe class AdamLoop
{
    /// <summary>
    /// AdamW when <paramref name="decoupled"/>: p -= rate·decay·p, else g += decay·p; then m += (1 - β₁)(g - m);
    /// v = β₂·v + (1 - β₂)·g²; p -= (rate/correction₁)·m / (√v/√correction₂ + ε).
    /// </summary>
    /// <param name="parameter">[n], updated.</param>
    /// <param name="gradient">[n], read.</param>
    /// <param name="mean">[n], first moment, updated.</param>
    /// <param name="square">[n], second moment, updated.</param>
    /// <param name="n">Elements.</param>
    /// <param name="rate">Learning rate.</param>
    /// <param name="beta1">Decay of the first moment.</param>
    /// <param name="beta2">Decay of the second moment.</param>
    /// <param name="eps">Added to the root.</param>
    /// <param name="decay">Weight decay.</param>
    /// <param name="decoupled">AdamW's decay instead of Adam's.</param>
    /// <param name="correction1">1 - β₁^step.</param>
    /// <param name="correction2">1 - β₂^step.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Step(
        float* parameter, float* gradient, float* mean, float* square, long n, double rate, double beta1, double beta2, double eps, double decay,
        bool decoupled, double correction1, double correction2)
    {
        var shrink = Vector512.Create((float)(1 - rate * decay));
        var vDecay = Vector512.Create((float)decay);
        var weight1 = Vector512.Create((float)(1 - beta1));
        var vBeta2 = Vector512.Create((float)beta2);
        var weight2 = Vector512.Create((float)(1 - beta2));
        var root = Vector512.Create((float)Math.Sqrt(correction2));
        var vEps = Vector512.Create((float)eps);
        var step = Vector512.Create((float)(-rate / correction1));
        bool decays = decay != 0;
        for (long i = 0; i < n; i += 16)
        {
            long left = n - i;
            var p = Lanes.Load(parameter + i, left);
            var g = Lanes.Load(gradient + i, left);
            if (decays && decoupled) p *= shrink;
            else if (decays) g += vDecay * p;
            var m = Lanes.Load(mean + i, left);
            m += weight1 * (g - m);
            var v = vBeta2 * Lanes.Load(square + i, left) + weight2 * (g * g);
            Lanes.Store(mean + i, m, left);
            Lanes.Store(square + i, v, left);
            Lanes.Store(parameter + i, p + step * (m / (Vector512.Sqrt(v) / root + vEps)), left);
        }
    }

    /// <summary>
    /// What the parameters would be some steps later if the moments stayed as they are (XPipe, arXiv 1911.04610): p -= steps·(rate/correction₁)·m / (√v/√correction₂ + ε).
    /// </summary>
    /// <param name="parameter">[n], updated.</param>
    /// <param name="mean">[n], first moment.</param>
    /// <param name="square">[n], second moment.</param>
    /// <param name="n">Elements.</param>
    /// <param name="steps">How many steps ahead.</param>
    /// <param name="rate">Learning rate.</param>
    /// <param name="eps">Added to the root.</param>
    /// <param name="correction1">1 - β₁^step.</param>
    /// <param name="correction2">1 - β₂^step.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Predict(float* parameter, float* mean, float* square, long n, int steps, double rate, double eps, double correction1, double correction2)
    {
        var root = Vector512.Create((float)Math.Sqrt(correction2));
        var vEps = Vector512.Create((float)eps);
        var step = Vector512.Create((float)(-rate * steps / correction1));
        for (long i = 0; i < n; i += 16)
        {
            long left = n - i;
            var direction = Lanes.Load(mean + i, left) / (Vector512.Sqrt(Lanes.Load(square + i, left)) / root + vEps);
            Lanes.Store(parameter + i, Lanes.Load(parameter + i, left) + step * direction, left);
        }
    }
}
