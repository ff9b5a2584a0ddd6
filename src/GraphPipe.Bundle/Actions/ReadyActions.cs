namespace GraphPipe.Bundle;

/// <summary>
/// The actions of a list whose dependencies are done and that have not been taken, in the list's order, while the list is executed. Allocates nothing
/// after it has been made. For one thread.
/// </summary>
public sealed class ReadyActions
{
    private readonly ActionDependencies _dependencies;
    private readonly int[] _missing;
    private readonly int[] _ready;
    private int _count;

    public ReadyActions(ActionDependencies dependencies)
    {
        _dependencies = dependencies;
        _missing = new int[dependencies.Count];
        _ready = new int[dependencies.Count];
        Reset();
    }

    /// <summary>Positions in the list, ascending: the first of them is the first of the list that has not been done, since dependencies point forward.</summary>
    public ReadOnlySpan<int> Positions => _ready.AsSpan(0, _count);

    /// <summary>
    /// Whether a device may take an action while those before it wait: a message or a copy, which others wait for. Work stays where the plan has it, for work begun in a wait that is soon
    /// over holds up what the plan thought more urgent.
    /// </summary>
    public static bool MayOvertake(in PlanAction action) => !action.IsCompute;

    /// <summary>Begins the list anew.</summary>
    public void Reset()
    {
        _count = 0;
        for (int i = 0; i < _missing.Length; i++)
        {
            _missing[i] = _dependencies.Before(i).Length;
            if (_missing[i] == 0)
                _ready[_count++] = i;
        }
    }

    /// <summary>Takes an action out, to execute it.</summary>
    /// <param name="at">Its place in <see cref="Positions"/>.</param>
    /// <returns>Its position in the list.</returns>
    public int Take(int at)
    {
        int position = _ready[at];
        _count--;
        _ready.AsSpan(at + 1, _count - at).CopyTo(_ready.AsSpan(at));
        return position;
    }

    /// <summary>Notes that an action is done: what waited for it alone is ready now.</summary>
    /// <param name="position">In the list.</param>
    public void Done(int position)
    {
        foreach (int next in _dependencies.After(position))
        {
            if (--_missing[next] == 0)
                Insert(next);
        }
    }

    private void Insert(int position)
    {
        int at = _count++;
        for (; at > 0 && _ready[at - 1] > position; at--)
            _ready[at] = _ready[at - 1];
        _ready[at] = position;
    }
}
