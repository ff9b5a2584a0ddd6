using GraphPipe.Bundle;
using GraphPipe.Runtime.Cuda.Driver;

namespace GraphPipe.Runtime.Cuda;

/// <summary>
/// The graphs of a stage function: its launches for one set of addresses, put into the stream by one call. Addresses are those of slots, so a few sets come again and again. The first run with a set launches call
/// by call, the second captures, later ones launch the graph: what comes once is not worth a graph, and whatever libraries load or allocate when they are first called has been by then, which a capture forbids.
/// </summary>
/// <param name="lives">The lives whose addresses the function's operands count from.</param>
internal sealed unsafe class FunctionGraphs(CudaContext context, GraphCalls calls, nint stream, BufferLife[] lives) : IDisposable
{
    /// <summary>Fewer calls than this are launched: a graph of them would save little, and takes memory. Not measured on a GPU.</summary>
    public const int FewestCalls = 4;

    /// <summary>Sets of addresses that are kept; others are launched. A bound on the driver's memory, beyond the slots that schedules have as a rule.</summary>
    public const int MostSets = 32;

    private readonly List<AddressSet> _sets = [];
    private bool _isGivenUp;

    /// <summary>What is known of a set of addresses, which counts as seen from now on.</summary>
    /// <param name="bases">By <see cref="BufferLife"/>.</param>
    /// <param name="isFirst"><see cref="FunctionRun.IsFirstMicroBatch"/>, on which some calls depend.</param>
    /// <returns>Null where the run is to be launched call by call.</returns>
    public AddressSet? Find(ReadOnlySpan<nint> bases, bool isFirst)
    {
        foreach (var set in _sets)
        {
            if (set.Is(lives, bases, isFirst))
                return set.HasGraph || !_isGivenUp ? set : null;
        }

        if (_sets.Count < MostSets && !_isGivenUp)
            _sets.Add(new AddressSet(lives, bases, isFirst));
        return null;
    }

    /// <summary>From now to <see cref="EndCapture"/> launches are recorded and do not run.</summary>
    /// <returns>False where the stream can't: nothing is recorded.</returns>
    public bool BeginCapture()
    {
        if (calls.BeginCapture(stream, GraphCalls.ThreadLocal) == 0)
            return true;
        _isGivenUp = true;
        return false;
    }

    /// <summary>Makes a graph of what was recorded. Where that fails, for want of memory or because a call can't be captured, the function goes on without: launches do the same.</summary>
    /// <param name="set">Whose addresses they are.</param>
    /// <param name="isComplete">False where a call has failed.</param>
    /// <returns>Whether there is a graph; if not, nothing of the run has been done.</returns>
    public bool EndCapture(AddressSet set, bool isComplete)
    {
        nint graph = 0, executable = 0;
        bool isMade = calls.EndCapture(stream, &graph) == 0 && isComplete && calls.Instantiate(&executable, graph, 0) == 0;
        if (graph != 0)
            _ = calls.Destroy(graph);
        set.Executable = isMade ? executable : 0;
        _isGivenUp |= !isMade;
        return isMade;
    }

    /// <summary>Puts the graph into the stream.</summary>
    public void Launch(AddressSet set) => context.Driver.Check(calls.Launch(set.Executable, stream), "cuGraphLaunch");

    /// <summary>The stream has come to its end.</summary>
    public void Dispose()
    {
        foreach (var set in _sets.Where(s => s.HasGraph))
            _ = calls.DestroyExecutable(set.Executable);
        _sets.Clear();
    }

    /// <summary>Addresses that a function was run with.</summary>
    internal sealed class AddressSet(BufferLife[] lives, ReadOnlySpan<nint> bases, bool isFirst)
    {
        private readonly nint[] _addresses = Of(lives, bases);

        /// <summary>The driver's graph; 0 before it is made.</summary>
        public nint Executable { get; set; }

        public bool HasGraph => Executable != 0;

        public bool Is(BufferLife[] lives, ReadOnlySpan<nint> bases, bool first)
        {
            if (first != isFirst)
                return false;
            for (int i = 0; i < lives.Length; i++)
            {
                if (bases[(int)lives[i]] != _addresses[i])
                    return false;
            }

            return true;
        }

        private static nint[] Of(BufferLife[] lives, ReadOnlySpan<nint> bases)
        {
            var addresses = new nint[lives.Length];
            for (int i = 0; i < lives.Length; i++)
                addresses[i] = bases[(int)lives[i]];
            return addresses;
        }
    }
}
