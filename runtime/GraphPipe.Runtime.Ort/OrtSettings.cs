using Microsoft.ML.OnnxRuntime;

namespace GraphPipe.Runtime.Ort;

/// <summary>How our sessions are set up: no thread beside those they are given, the same bits each time, nothing on the console.</summary>
internal static class OrtSettings
{
    /// <param name="threads">Threads that share the work of an op; 1 starts none.</param>
    public static SessionOptions Create(int threads)
    {
        var options = new SessionOptions
        {
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            IntraOpNumThreads = threads,
            InterOpNumThreads = 1,
        };
        options.AddSessionConfigEntry("session.use_deterministic_compute", "1");
        // A thread that spins while it waits takes a core from another device.
        options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        return options;
    }
}
