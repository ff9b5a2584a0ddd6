using System.Runtime.CompilerServices;

namespace GraphPipe.MockCuda.Execution.Lanes;

/// <summary>How a register's lanes lie in memory: 8 bytes each for 64-bit types, else 4; narrow integers lie extended to 32 bits, so
/// that an instruction of one width may write a register of another (PTX ISA 9.4.1).</summary>
internal static unsafe class Slot
{
    public const int Narrow = 4 * LaneContext.WarpSize;

    public const int Wide = 8 * LaneContext.WarpSize;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Read<T>(byte* register, int lane) where T : unmanaged =>
        *(T*)(register + (lane * (sizeof(T) == 8 ? 8 : 4)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write<T>(byte* register, int lane, T value) where T : unmanaged
    {
        if (typeof(T) == typeof(sbyte))
            *(int*)(register + (lane * 4)) = *(sbyte*)&value;
        else if (typeof(T) == typeof(short))
            *(int*)(register + (lane * 4)) = *(short*)&value;
        else if (sizeof(T) == 1)
            *(uint*)(register + (lane * 4)) = *(byte*)&value;
        else if (sizeof(T) == 2)
            *(uint*)(register + (lane * 4)) = *(ushort*)&value;
        else
            *(T*)(register + (lane * sizeof(T))) = value;
    }
}
