using GraphPipe.Bundle;
using Microsoft.ML.OnnxRuntime;

namespace GraphPipe.Runtime.Ort;

/// <summary>Memory for the samples of a value, at a fixed address.</summary>
internal sealed class HostTensor
{
    private readonly byte[] _memory;
    private readonly long _bytes;

    private HostTensor(long bytes)
    {
        _bytes = bytes;
        // An empty array has no address.
        _memory = GC.AllocateUninitializedArray<byte>((int)Math.Max(1, bytes), pinned: true);
    }

    public Span<byte> Bytes => _memory.AsSpan(0, (int)_bytes);

    /// <exception cref="DiagnosticException">GP6001: a micro-batch of 2 GiB and more.</exception>
    public static HostTensor Allocate(BufferDecl buffer, long samples)
    {
        long bytes = buffer.Size(samples).Value;
        return bytes < Array.MaxLength
            ? new HostTensor(bytes)
            : throw new DiagnosticException(Diagnostic.Error(Codes.KernelMissing, $"'{buffer.Name}' has {bytes} bytes in one micro-batch, which is more than --engine ort can hold", advice: "use smaller micro-batches"));
    }

    public unsafe OrtValue ToOrt(BufferDecl buffer, long samples)
    {
        var type = OrtTypes.Of(buffer.Type)
            ?? throw new DiagnosticException(Diagnostic.Error(Codes.KernelMissing, $"'{buffer.Name}' has the type {buffer.Type.Text()}, which --engine ort can't pass on", advice: "run the model on its own kernels (--engine native)"));
        nint address = (nint)System.Runtime.CompilerServices.Unsafe.AsPointer(ref _memory[0]); // Pinned.
        return OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance, type, [.. buffer.Shape.At(samples)], address, _bytes);
    }

    /// <summary>Copies <paramref name="count"/> samples between two tensors of a value; all of it, where it does not depend on samples.</summary>
    public static void Copy(BufferDecl buffer, long count, ReadOnlySpan<byte> source, long sourceSamples, long sourceStart, Span<byte> target, long targetSamples, long targetStart)
    {
        var copy = buffer.Batch is { } batch
            ? SampleLayout.Of(buffer.Type, buffer.Shape, batch).Copy(count, sourceSamples, sourceStart, targetSamples, targetStart)
            : StridedCopy.Whole(source.Length);
        for (long row = 0; row < copy.Rows; row++)
        {
            source.Slice((int)(copy.SourceOffset + (row * copy.SourceStride)), (int)copy.RowBytes)
                .CopyTo(target[(int)(copy.TargetOffset + (row * copy.TargetStride))..]);
        }
    }
}
