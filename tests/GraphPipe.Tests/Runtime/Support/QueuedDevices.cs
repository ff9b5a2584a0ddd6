using System.Collections.Concurrent;
using System.Diagnostics;
using GraphPipe.Bundle;
using GraphPipe.Runtime;
using GraphPipe.Runtime.Cpu;
using Xunit;

namespace GraphPipe.Tests.Runtime;

/// <summary>
/// CPU devices that behave as if they worked behind their callers: they do everything at once, in the order in which it is asked, which is one of those that their queues allow, and note down who
/// waits for what.
/// </summary>
internal sealed class QueuedDevices : IDeviceProvider
{
    private readonly CpuDeviceProvider _cpu = new(1);

    /// <summary>Waits of threads for devices, in order; a device's thread is named after it.</summary>
    public ConcurrentQueue<string> ThreadWaits { get; } = [];

    /// <summary>How long after its forward a loss comes in.</summary>
    public TimeSpan LossDelay { get; init; }

    /// <summary>Waits of queues.</summary>
    public int QueueWaits => _queueWaits;

    private int _queueWaits;

    public bool Provides(DeviceName name) => _cpu.Provides(name);

    public int ThreadsPerDevice(int count) => 1;

    public IDevice Open(DeviceName name, int count) => new Device(this, _cpu.Open(name, count));

    private sealed class Device(QueuedDevices owner, IDevice inner) : IDevice
    {
        public DeviceName Name => inner.Name;

        public int Threads => inner.Threads;

        public Bytes Peak => inner.Peak;

        public Bytes HostPeak => inner.HostPeak;

        public bool IsAsynchronous => true;

        public void Enter() => inner.Enter();

        public nint Allocate(Bytes size) => inner.Allocate(size);

        public nint AllocateHost(Bytes size) => inner.AllocateHost(size);

        public IBoundFunction Bind(FunctionBinding binding, DiagnosticBag diagnostics) => inner.Bind(binding, diagnostics);

        public void Write(ReadOnlySpan<byte> source, nint target, in StridedCopy copy) => inner.Write(source, target, copy);

        public void Read(nint source, Span<byte> target, in StridedCopy copy) => inner.Read(source, target, copy);

        public void Copy(DeviceQueue queue, nint source, nint target, in StridedCopy copy) => inner.Copy(queue, source, target, copy);

        public void Offload(nint source, nint host, Bytes size) => inner.Offload(source, host, size);

        public void Reload(nint host, nint target, Bytes size) => inner.Reload(host, target, size);

        public IFence CreateFence() => new Fence(this);

        public void Signal(DeviceQueue queue, IFence fence) => ((Fence)fence).Set++;

        public void Await(DeviceQueue queue, IFence fence)
        {
            Assert.True(((Fence)fence).Set > 0, "a queue waits for what has not been queued yet");
            Interlocked.Increment(ref owner._queueWaits);
        }

        public ILateRead CreateLateRead(int bytes) => new Late(this, bytes);

        public void Settle() => owner.ThreadWaits.Enqueue($"{Thread.CurrentThread.Name} settles");

        public void Dispose() => inner.Dispose();

        private void Wait(string what) => owner.ThreadWaits.Enqueue($"{Thread.CurrentThread.Name} waits for {what}");

        private void WaitForLoss(long begun)
        {
            Wait("a loss");
            var left = owner.LossDelay - Stopwatch.GetElapsedTime(begun);
            if (left > TimeSpan.Zero)
                Thread.Sleep(left);
        }

        private sealed class Fence(Device device) : IFence
        {
            public int Set { get; set; }

            public void Wait() => device.Wait("a fence");

            public Microseconds Since(IFence earlier) => new(1);

            public void Dispose()
            {
            }
        }

        private sealed class Late(Device device, int bytes) : ILateRead
        {
            private readonly byte[] _bytes = new byte[bytes];
            private long _begun;

            public void Begin(nint source)
            {
                _begun = Stopwatch.GetTimestamp();
                device.Read(source, _bytes, StridedCopy.Whole(bytes));
            }

            public ReadOnlySpan<byte> Wait()
            {
                // Kernels of CPU devices report at once.
                if (bytes > 0)
                    device.WaitForLoss(_begun);
                return _bytes;
            }

            public void Dispose()
            {
            }
        }
    }
}
