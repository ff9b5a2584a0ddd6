using System.Collections.Immutable;

namespace GraphPipe.Planning;

/// <summary>The best orders of work found so far, the least value first. Of orders with equal values the first is kept, so a search is deterministic and its few places hold unlike orders.</summary>
/// <typeparam name="TValue">How orders are judged; less is better.</typeparam>
/// <param name="most">How many are kept.</param>
internal sealed class BestOrders<TValue>(int most)
    where TValue : IComparable<TValue>
{
    private readonly SortedList<TValue, ImmutableArray<ImmutableArray<ScheduleTask>>> _orders = [];

    /// <summary>The value of the best; there must be one.</summary>
    public TValue Value => _orders.GetKeyAtIndex(0);

    /// <summary>The best; there must be one.</summary>
    public ImmutableArray<ImmutableArray<ScheduleTask>> Order => _orders.GetValueAtIndex(0);

    /// <summary>All that are kept, the best first.</summary>
    public IEnumerable<ImmutableArray<ImmutableArray<ScheduleTask>>> Orders => _orders.Values;

    public void Add(TValue value, ImmutableArray<ImmutableArray<ScheduleTask>> order)
    {
        if (_orders.TryAdd(value, order) && _orders.Count > most)
            _orders.RemoveAt(most);
    }
}
