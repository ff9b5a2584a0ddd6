using System.Numerics;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>How many samples travel in one message.</summary>
internal static class MessageSize
{
    /// <summary>
    /// The largest size that both ends' micro-batches consist of: equal sizes make one message per micro-batch; otherwise the larger end splits or
    /// joins.
    /// </summary>
    public static long Of(ExecutionPlan plan, ChannelDecl channel) => Of(plan[channel.From].MicroBatch, plan[channel.To].MicroBatch);

    public static long Of(long from, long to) => (long)BigInteger.GreatestCommonDivisor(from, to);
}
