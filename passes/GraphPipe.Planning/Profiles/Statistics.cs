namespace GraphPipe.Planning;

/// <summary>Order statistics of measured times, which have outliers on one side and so no useful mean.</summary>
public static class Statistics
{
    /// <returns>The middle value, of an even number the mean of the middle two.</returns>
    /// <exception cref="InvalidOperationException">There are no values.</exception>
    public static double Median(IEnumerable<double> values) => Quantile([.. values.Order()], 0.5);

    /// <returns>The first quartile.</returns>
    /// <exception cref="InvalidOperationException">There are no values.</exception>
    public static double LowerQuartile(IEnumerable<double> values) => Quantile([.. values.Order()], 0.25);

    /// <summary>From the first quartile to the third.</summary>
    /// <exception cref="InvalidOperationException">There are no values.</exception>
    public static double Spread(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return Quantile(sorted, 0.75) - Quantile(sorted, 0.25);
    }

    // Linear between neighbours (type 7 of Hyndman and Fan, The American Statistician 50(4), 1996).
    private static double Quantile(double[] sorted, double part)
    {
        if (sorted.Length == 0)
            throw new InvalidOperationException("there are no values");
        double place = part * (sorted.Length - 1);
        int left = (int)place;
        return left + 1 < sorted.Length ? sorted[left] + (place - left) * (sorted[left + 1] - sorted[left]) : sorted[left];
    }
}
