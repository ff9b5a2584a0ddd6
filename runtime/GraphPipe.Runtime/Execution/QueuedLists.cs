using System.Collections.Immutable;

namespace GraphPipe.Runtime;

/// <summary>Gives the actions of devices that work behind their callers their marks: the waits that <see cref="QueueOrder"/> finds.</summary>
internal static class QueuedLists
{
    /// <param name="lists">By device.</param>
    /// <param name="devices">By device.</param>
    /// <param name="inOrder">Whether devices keep to the order of their lists.</param>
    public static void Mark(ImmutableArray<DeviceList> lists, ImmutableArray<IDevice> devices, bool inOrder)
    {
        var order = new QueueOrder(inOrder);
        var numbers = new Dictionary<BoundAction, int>();
        var actions = new List<BoundAction>();
        for (int d = 0; d < lists.Length; d++)
        {
            foreach (var action in lists[d].Actions)
            {
                var footprint = new Footprint();
                action.Touch(footprint);
                numbers.Add(action, order.Add(d, action.DeviceQueue, footprint));
                actions.Add(action);
                action.Marks = new QueueMarks(devices[d], action.DeviceQueue);
            }
        }

        var receives = actions.OfType<RecvAction>().ToLookup(r => r.Queue);
        foreach (var sends in actions.OfType<SendAction>().GroupBy(s => s.Queue))
        {
            var own = sends.ToList();
            var other = receives[sends.Key].ToList();
            int depth = sends.Key.Channel.Depth;
            for (int k = 0; k < Math.Min(own.Count, other.Count); k++)
            {
                order.Order(numbers[own[k]], numbers[other[k]]);
                if (k + depth < own.Count)
                    order.Order(numbers[other[k]], numbers[own[k + depth]]);
            }
        }

        var waits = order.Waits();
        for (int i = 0; i < actions.Count; i++)
            actions[i].Marks!.Awaited = [.. waits[i].Order().Select(w => actions[w].Marks!.Ended)];
    }
}
