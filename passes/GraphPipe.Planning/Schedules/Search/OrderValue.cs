namespace GraphPipe.Planning;

/// <summary>How good an order is: when the last device ends, then when they end together.</summary>
internal readonly record struct OrderValue(double Makespan, double Ends) : IComparable<OrderValue>
{
    public static OrderValue Worst => new(double.PositiveInfinity, double.PositiveInfinity);

    public int CompareTo(OrderValue other) => (Makespan, Ends).CompareTo((other.Makespan, other.Ends));
}
