using GraphPipe.Runtime.Cpu;
using Xunit;

namespace GraphPipe.Tests.Runtime;

public class WorkerGroupTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void A_parallel_loop_does_every_unit_once(int threads)
    {
        using var workers = new WorkerGroup(threads, "test");
        int[] done = new int[1003];
        for (int round = 1; round <= 500; round++)
        {
            var body = new Counting { Done = done };
            workers.Run(done.Length, 16, ref body);
            Assert.All(done, d => Assert.Equal(round, d));
        }
    }

    [Fact]
    public void An_exception_of_a_helper_reaches_the_owner()
    {
        using var workers = new WorkerGroup(3, "test");
        var bad = new Throwing();
        Assert.Equal("on purpose", Assert.Throws<InvalidOperationException>(() => workers.Run(300, 1, ref bad)).Message);
        int[] done = new int[100];
        var good = new Counting { Done = done };
        workers.Run(done.Length, 1, ref good);
        Assert.All(done, d => Assert.Equal(1, d));
    }

    private struct Counting : IRangeBody
    {
        public int[] Done;

        public readonly void Run(long from, long to, int worker)
        {
            for (long i = from; i < to; i++)
                Done[i]++;
        }
    }

    private struct Throwing : IRangeBody
    {
        public readonly void Run(long from, long to, int worker)
        {
            if (worker == 2)
                throw new InvalidOperationException("on purpose");
        }
    }
}
