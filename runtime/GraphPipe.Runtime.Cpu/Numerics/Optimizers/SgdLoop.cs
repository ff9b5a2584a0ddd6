using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GraphPipe.Runtime.Cpu.Numerics;

/// <summary>Stochastic gradient descent as torch.optim.SGD does it.</summary>
public static unsafe class SgdLoop
{
    /// <summary>
    /// g += decay·p; buffer = momentum·buffer + (1 - dampening)·g (the first step: g); g = nesterov ? g + momentum·buffer : buffer; p -= rate·g.
    /// </summary>
    /// <param name="parameter">[n], updated.</param>
    /// <param name="gradient">[n], read.</param>
    /// <param name="buffer">[n], updated; null without momentum.</param>
    /// <param name="n">Elements.</param>
    /// <param name="rate">Learning rate.</param>
    /// <param name="momentum">0 for none.</param>
    /// <param name="dampening">Subtracted from the gradient's weight in the buffer.</param>
    /// <param name="decay">Weight decay.</param>
    /// <param name="nesterov">Looks ahead along the buffer.</param>
    /// <param name="firstStep">The buffer holds nothing yet.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Step(
        float* parameter, float* gradient, float* buffer, long n, float rate, float momentum, float dampening, float decay, bool nesterov, bool firstStep)
    {
        var minusRate = Vector512.Create(-rate);
        var vDecay = Vector512.Create(decay);
        var vMomentum = Vector512.Create(momentum);
        var keep = Vector512.Create(1f - dampening);
        for (long i = 0; i < n; i += 16)
        {
            long left = n - i;
            var p = Lanes.Load(parameter + i, left);
            var g = Lanes.Load(gradient + i, left);
            if (decay != 0f) g += vDecay * p;
            if (momentum != 0f)
            {
                var b = firstStep ? g : vMomentum * Lanes.Load(buffer + i, left) + keep * g;
                Lanes.Store(buffer + i, b, left);
                g = nesterov ? g + vMomentum * b : b;
            }

            Lanes.Store(parameter + i, p + minusRate * g, left);
        }
    }
}
