using GraphPipe.MockCuda.Execution;
using GraphPipe.MockCuda.Execution.Lanes;

namespace GraphPipe.MockCuda.Blas;

/// <summary>Matrix elements of each storage as doubles, and back, rounded to nearest.</summary>
internal static unsafe class Elements
{
    public static int Size(ElementType type) => type switch { ElementType.Double => 8, ElementType.Single => 4, _ => 2 };

    public static double Read(byte* at, ElementType type) => type switch
    {
        ElementType.Single => *(float*)at,
        ElementType.Double => *(double*)at,
        ElementType.Half => (double)*(Half*)at,
        _ => Conversions.BF16.ToDouble(*(ushort*)at),
    };

    public static void Write(byte* at, ElementType type, double value)
    {
        switch (type)
        {
            case ElementType.Single:
                *(float*)at = (float)value;
                break;
            case ElementType.Double:
                *(double*)at = value;
                break;
            case ElementType.Half:
                *(Half*)at = (Half)value;
                break;
            default:
                *(ushort*)at = (ushort)FloatFormat.BF16.FromDouble(value, Rounding.Nearest);
                break;
        }
    }

    /// <summary>A value as TF32 keeps it: f32's exponent, 10 bits of fraction (NVIDIA A100 whitepaper, "TF32").</summary>
    public static double ToTf32(double value)
    {
        var format = new FloatFormat(11, 8);
        return format.ToDouble(format.FromDouble(value, Rounding.Nearest));
    }
}
