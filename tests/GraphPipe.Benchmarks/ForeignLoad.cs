using System.Diagnostics;
using System.Globalization;

namespace GraphPipe.Benchmarks;

/// <summary>
/// How much of the machine other processes used since this was made: times mean little where they did. Counts what <c>/proc/stat</c> calls busy or
/// stolen, without this process's own time.
/// </summary>
internal sealed class ForeignLoad
{
    private readonly (double Busy, double All)? _machine = Machine();
    private readonly TimeSpan _own = Process.GetCurrentProcess().TotalProcessorTime;

    /// <returns>Share of all cores' time; not a number where the system does not say.</returns>
    public double Share()
    {
        if (_machine is not { } before || Machine() is not { } now)
            return double.NaN;
        double all = now.All - before.All;
        // Ticks of /proc/stat are hundredths of a second.
        double own = (Process.GetCurrentProcess().TotalProcessorTime - _own).TotalSeconds * 100;
        return all <= 0 ? 0 : Math.Max(0, now.Busy - before.Busy - own) / all;
    }

    /// <summary>Returns when others have used less than a share of the machine for a second, or after a time.</summary>
    public static void WaitUntilBelow(double share, TimeSpan limit)
    {
        for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < limit;)
        {
            var load = new ForeignLoad();
            Thread.Sleep(1000);
            if (!(load.Share() >= share))
                return;
        }
    }

    private static (double Busy, double All)? Machine()
    {
        if (!File.Exists("/proc/stat"))
            return null;
        // cpu user nice system idle iowait irq softirq steal …; guest times are part of user.
        double[] fields = [.. File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).Take(8).Select(f => double.Parse(f, CultureInfo.InvariantCulture))];
        double all = fields.Sum();
        return (all - fields[3] - fields[4], all);
    }
}
