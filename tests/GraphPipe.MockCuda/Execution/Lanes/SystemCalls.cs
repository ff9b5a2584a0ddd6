using System.Globalization;
using System.Numerics;
using System.Text;
using GraphPipe.MockCuda.Memory;
using GraphPipe.MockCuda.Ptx.Decode;
using GraphPipe.MockCuda.Reports;

namespace GraphPipe.MockCuda.Execution.Lanes;

/// <summary>Functions that the system provides to kernels: vprintf and __assertfail (CUDA C++ Programming Guide, "Formatted output" and
/// "Assertion"; their PTX signatures are in NVIDIA's "PTX Interoperability" guide, 5 "System calls").</summary>
internal static unsafe class SystemCalls
{
    public static Handler Of(SystemFunction function) => function == SystemFunction.Vprintf ? new(&Print) : new(&AssertFail);

    private static void Print(ref LaneContext c, Instruction i)
    {
        var call = i.Callee!;
        for (uint m = c.Mask; m != 0; m &= m - 1)
        {
            int lane = BitOperations.TrailingZeroCount(m);
            c.Warp.At(i, lane);
            string format = Text(ref c, i, lane, Argument(ref c, call, lane, 0));
            c.Warp.Launch.Settings.Print(Format(ref c, i, lane, format, Argument(ref c, call, lane, 1)));
            if (call.Results.Length > 0)
                *(int*)c.Frame.Param(lane, call.Results[0].Offset) = 0;
        }
    }

    private static void AssertFail(ref LaneContext c, Instruction i)
    {
        int lane = BitOperations.TrailingZeroCount(c.Mask);
        c.Warp.At(i, lane);
        string message = Text(ref c, i, lane, Argument(ref c, i.Callee!, lane, 0));
        string file = Text(ref c, i, lane, Argument(ref c, i.Callee!, lane, 1));
        uint line = *(uint*)c.Frame.Param(lane, i.Callee!.Arguments[2].Offset);
        throw new KernelFaultException(new Report(ReportKind.Assertion, $"assertion '{message}' failed at {file}:{line}", c.Warp.Where()));
    }

    private static ulong Argument(ref LaneContext c, CallTarget call, int lane, int index) =>
        *(ulong*)c.Frame.Param(lane, call.Arguments[index].Offset);

    private static string Text(ref LaneContext c, Instruction i, int lane, ulong address)
    {
        var bytes = new List<byte>();
        while (true)
        {
            byte b = *Spaces.Generic.Locate(ref c, i, lane, address + (ulong)bytes.Count, 1, AccessKind.Read);
            if (b == 0)
                return Encoding.UTF8.GetString([.. bytes]);
            bytes.Add(b);
        }
    }

    /// <summary>printf's conversions; arguments lie in the buffer at their natural alignment.</summary>
    private static string Format(ref LaneContext c, Instruction i, int lane, string format, ulong buffer)
    {
        var text = new StringBuilder();
        int offset = 0;
        for (int at = 0; at < format.Length; at++)
        {
            if (format[at] != '%' || at + 1 == format.Length)
            {
                text.Append(format[at]);
                continue;
            }
            int start = ++at;
            while (at < format.Length - 1 && "0123456789.-+# lhz".Contains(format[at]))
                at++;
            if (format[at] == '%')
            {
                text.Append('%');
                continue;
            }
            bool wide = format[at] is 'f' or 'e' or 'g' or 's' or 'p' || format[start..at].Contains('l');
            int size = wide ? 8 : 4;
            offset = (offset + size - 1) & ~(size - 1);
            byte* from = Spaces.Generic.Locate(ref c, i, lane, buffer + (ulong)offset, size, AccessKind.Read);
            ulong value = wide ? *(ulong*)from : *(uint*)from;
            offset += size;
            text.Append(format[at] switch
            {
                'd' or 'i' => (wide ? (long)value : (int)value).ToString(CultureInfo.InvariantCulture),
                'u' => value.ToString(CultureInfo.InvariantCulture),
                'x' => value.ToString("x", CultureInfo.InvariantCulture),
                'X' => value.ToString("X", CultureInfo.InvariantCulture),
                'p' => "0x" + value.ToString("x", CultureInfo.InvariantCulture),
                'c' => ((char)value).ToString(),
                's' => Text(ref c, i, lane, value),
                'e' => BitConverter.UInt64BitsToDouble(value).ToString("e6", CultureInfo.InvariantCulture),
                'g' => BitConverter.UInt64BitsToDouble(value).ToString("g6", CultureInfo.InvariantCulture),
                _ => BitConverter.UInt64BitsToDouble(value).ToString("f6", CultureInfo.InvariantCulture),
            });
        }
        return text.ToString();
    }
}
