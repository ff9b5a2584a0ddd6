using GraphPipe.Bundle;
using GraphPipe.Runtime;
using Xunit;

namespace GraphPipe.Tests.Runtime;

public class MessageQueueTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Messages_arrive_in_order_however_fast_either_side_is(int depth)
    {
        const int count = 20000;
        var queue = Queue(depth);
        long[] places = new long[count];
        var sender = new Thread(() =>
        {
            for (int i = 0; i < count; i++)
            {
                Assert.True(queue.TryBeginSend(out nint place));
                places[i] = place;
                queue.EndSend(new SampleRange(i, i + 1));
                if (i % 5000 == 0)
                    Thread.Sleep(5);
            }
        });
        sender.Start();
        for (int i = 0; i < count; i++)
        {
            Assert.True(queue.TryBeginReceive(new SampleRange(i, i + 1), out nint place));
            Assert.Equal(places[i], place);
            Assert.InRange(queue.Count, 1, depth);
            queue.EndReceive();
            if (i % 7000 == 0)
                Thread.Sleep(5);
        }

        sender.Join();
        Assert.Equal(0, queue.Count);
        Assert.Equal(Enumerable.Range(0, depth).Select(i => 1000L + 64 * i), places.Take(depth).Order());
    }

    [Fact]
    public void Abort_wakes_a_parked_receiver_and_reset_starts_anew()
    {
        var queue = Queue(1);
        bool received = true;
        var receiver = new Thread(() => received = queue.TryBeginReceive(default, out _));
        receiver.Start();
        Thread.Sleep(50);
        queue.Abort();
        Assert.True(receiver.Join(2000));
        Assert.False(received);
        queue.Reset();
        Assert.True(queue.TryBeginSend(out _));
        queue.EndSend(default);
        Assert.True(queue.TryBeginReceive(default, out _));
    }

    private static MessageQueue Queue(int depth) => new(
        new ChannelDecl(new ChannelId(0), "c", ChannelKind.Activation, DType.F32, Shape.Of(4), null, new StageId(0), new StageId(1), depth), 1000, new Bytes(64));
}
