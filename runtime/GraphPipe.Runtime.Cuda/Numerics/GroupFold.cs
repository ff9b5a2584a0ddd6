using ILGPU;

namespace GraphPipe.Runtime.Cuda.Numerics;

/// <summary>
/// One number from those of all threads of a group, through shared memory, in the order of a binary tree: which does not depend on how the GPU
/// schedules warps. The group has <see cref="Threads"/> threads, all of which call.
/// </summary>
internal static class GroupFold
{
    public const int Threads = 128;

    /// <summary>The sum, in every thread.</summary>
    public static double Sum(double value)
    {
        var shared = SharedMemory.Allocate<double>(Threads);
        int thread = Group.IdxX;
        shared[thread] = value;
        Group.Barrier();
        for (int step = Threads / 2; step > 0; step /= 2)
        {
            if (thread < step)
                shared[thread] += shared[thread + step];
            Group.Barrier();
        }

        double result = shared[0];

        // The memory is free for the next fold when all have read.
        Group.Barrier();
        return result;
    }

    /// <summary>The product, in every thread.</summary>
    public static double Product(double value)
    {
        var shared = SharedMemory.Allocate<double>(Threads);
        int thread = Group.IdxX;
        shared[thread] = value;
        Group.Barrier();
        for (int step = Threads / 2; step > 0; step /= 2)
        {
            if (thread < step)
                shared[thread] *= shared[thread + step];
            Group.Barrier();
        }

        double result = shared[0];

        // The memory is free for the next fold when all have read.
        Group.Barrier();
        return result;
    }

    /// <summary>The largest, in every thread; NaN if there is one.</summary>
    public static float Max(float value)
    {
        var shared = SharedMemory.Allocate<float>(Threads);
        int thread = Group.IdxX;
        shared[thread] = value;
        Group.Barrier();
        for (int step = Threads / 2; step > 0; step /= 2)
        {
            if (thread < step)
                shared[thread] = DeviceMath.Max(shared[thread], shared[thread + step]);
            Group.Barrier();
        }

        float result = shared[0];

        // The memory is free for the next fold when all have read.
        Group.Barrier();
        return result;
    }
}
