using ILGPU;

namespace GraphPipe.Runtime.Cuda.Numerics;

/// <summary>Two numbers to one. Runs on the GPU.</summary>
public interface IJoin<T>
{
    static abstract T Join(T a, T b);
}

/// <summary>
/// One number from those of all threads of a group, through shared memory, in the order of a binary tree: which does not depend on how the GPU
/// schedules warps. The group has <see cref="Threads"/> threads, all of which call.
/// </summary>
internal static class GroupFold
{
    public const int Threads = 128;

    /// <summary>The sum, in every thread.</summary>
    public static double Sum(double value) => Of<double, Added>(value);

    /// <summary>The product, in every thread.</summary>
    public static double Product(double value) => Of<double, Multiplied>(value);

    /// <summary>The largest, in every thread; NaN if there is one.</summary>
    public static float Max(float value) => Of<float, Larger>(value);

    /// <summary>Any fold, in every thread.</summary>
    public static T Of<T, TJoin>(T value)
        where T : unmanaged
        where TJoin : struct, IJoin<T>
    {
        var shared = SharedMemory.Allocate<T>(Threads);
        int thread = Group.IdxX;
        shared[thread] = value;
        Group.Barrier();
        for (int step = Threads / 2; step > 0; step /= 2)
        {
            if (thread < step)
                shared[thread] = TJoin.Join(shared[thread], shared[thread + step]);
            Group.Barrier();
        }

        T result = shared[0];

        // The memory is free for the next fold when all have read.
        Group.Barrier();
        return result;
    }

    private readonly struct Added : IJoin<double>
    {
        public static double Join(double a, double b) => a + b;
    }

    private readonly struct Multiplied : IJoin<double>
    {
        public static double Join(double a, double b) => a * b;
    }

    private readonly struct Larger : IJoin<float>
    {
        public static float Join(float a, float b) => DeviceMath.Max(a, b);
    }
}
