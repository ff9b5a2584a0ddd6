namespace GraphPipe.MockCuda.Ptx.Parse;

/// <summary>A module that is not valid PTX, or that uses a form which the mock does not model. The driver turns it into
/// CUDA_ERROR_INVALID_PTX and writes the message into the JIT error log.</summary>
/// <param name="line">Line of the PTX text, from 1; 0 where no one line is to blame.</param>
internal sealed class PtxException(int line, string reason) : Exception(line > 0 ? $"ptx line {line}: {reason}" : $"ptx: {reason}")
{
    public int Line { get; } = line;
}
