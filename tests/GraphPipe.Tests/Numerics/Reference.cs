namespace GraphPipe.Tests.Numerics;

/// <summary>Naive double-precision references.</summary>
internal static class Reference
{
    /// <summary>erf by its Taylor series near zero and the continued fraction of erfc beyond; exact to about 1e-15.</summary>
    public static double Erf(double x)
    {
        if (double.IsNaN(x)) return x;
        double t = Math.Abs(x);
        if (t > 6) return Math.Sign(x);
        if (t < 2.5)
        {
            double term = t, sum = t;
            for (int n = 1; n < 80; n++)
            {
                term *= -t * t / n;
                sum += term / (2 * n + 1);
            }

            return Math.CopySign(2 / Math.Sqrt(Math.PI) * sum, x);
        }

        double f = 0;
        for (int k = 200; k >= 1; k--) f = k / 2.0 / (t + f);
        return Math.CopySign(1 - Math.Exp(-t * t) / Math.Sqrt(Math.PI) / (t + f), x);
    }
}
