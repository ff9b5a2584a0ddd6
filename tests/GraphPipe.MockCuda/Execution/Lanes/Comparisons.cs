using System.Numerics;
using System.Runtime.Intrinsics;

namespace GraphPipe.MockCuda.Execution.Lanes;

/// <summary>Comparisons of setp and set (PTX ISA 9.3.1). The ordered forms are false where an operand is a NaN, the unordered ones
/// (equ, neu, ...) true; C#'s operators are the ordered ones, but for != which is true.</summary>
internal static class Comparisons
{
    internal readonly struct Eq<T> : IComparison<T> where T : INumber<T>
    {
        public static bool HasVectors => true;

        public static bool Apply(T a, T b) => a == b;

        public static Vector256<T> Apply(Vector256<T> a, Vector256<T> b) => Vector256.Equals(a, b);
    }

    internal readonly struct Ne<T> : IComparison<T> where T : INumber<T>
    {
        public static bool Apply(T a, T b) => a < b || a > b;
    }

    internal readonly struct Lt<T> : IComparison<T> where T : INumber<T>
    {
        public static bool HasVectors => true;

        public static bool Apply(T a, T b) => a < b;

        public static Vector256<T> Apply(Vector256<T> a, Vector256<T> b) => Vector256.LessThan(a, b);
    }

    internal readonly struct Le<T> : IComparison<T> where T : INumber<T>
    {
        public static bool HasVectors => true;

        public static bool Apply(T a, T b) => a <= b;

        public static Vector256<T> Apply(Vector256<T> a, Vector256<T> b) => Vector256.LessThanOrEqual(a, b);
    }

    internal readonly struct Gt<T> : IComparison<T> where T : INumber<T>
    {
        public static bool HasVectors => true;

        public static bool Apply(T a, T b) => a > b;

        public static Vector256<T> Apply(Vector256<T> a, Vector256<T> b) => Vector256.GreaterThan(a, b);
    }

    internal readonly struct Ge<T> : IComparison<T> where T : INumber<T>
    {
        public static bool HasVectors => true;

        public static bool Apply(T a, T b) => a >= b;

        public static Vector256<T> Apply(Vector256<T> a, Vector256<T> b) => Vector256.GreaterThanOrEqual(a, b);
    }

    internal readonly struct Equ<T> : IComparison<T> where T : INumber<T>
    {
        public static bool Apply(T a, T b) => !(a < b || a > b);
    }

    internal readonly struct Neu<T> : IComparison<T> where T : INumber<T>
    {
        public static bool Apply(T a, T b) => a != b;
    }

    internal readonly struct Ltu<T> : IComparison<T> where T : INumber<T>
    {
        public static bool Apply(T a, T b) => !(a >= b);
    }

    internal readonly struct Leu<T> : IComparison<T> where T : INumber<T>
    {
        public static bool Apply(T a, T b) => !(a > b);
    }

    internal readonly struct Gtu<T> : IComparison<T> where T : INumber<T>
    {
        public static bool Apply(T a, T b) => !(a <= b);
    }

    internal readonly struct Geu<T> : IComparison<T> where T : INumber<T>
    {
        public static bool Apply(T a, T b) => !(a < b);
    }

    /// <summary>num: both are numbers.</summary>
    internal readonly struct Num<T> : IComparison<T> where T : INumber<T>
    {
        public static bool Apply(T a, T b) => !T.IsNaN(a) && !T.IsNaN(b);
    }

    internal readonly struct NaN<T> : IComparison<T> where T : INumber<T>
    {
        public static bool Apply(T a, T b) => T.IsNaN(a) || T.IsNaN(b);
    }
}

/// <summary>testp (9.7.3.1), as a comparison of the operand with itself.</summary>
internal static class Tests
{
    internal readonly struct Finite<T> : IComparison<T> where T : INumber<T>
    {
        public static bool Apply(T a, T b) => T.IsFinite(a);
    }

    internal readonly struct Infinite<T> : IComparison<T> where T : INumber<T>
    {
        public static bool Apply(T a, T b) => T.IsInfinity(a);
    }

    internal readonly struct Number<T> : IComparison<T> where T : INumber<T>
    {
        public static bool Apply(T a, T b) => !T.IsNaN(a);
    }

    internal readonly struct NotANumber<T> : IComparison<T> where T : INumber<T>
    {
        public static bool Apply(T a, T b) => T.IsNaN(a);
    }

    internal readonly struct Normal<T> : IComparison<T> where T : INumber<T>
    {
        public static bool Apply(T a, T b) => T.IsNormal(a);
    }

    internal readonly struct Subnormal<T> : IComparison<T> where T : INumber<T>
    {
        public static bool Apply(T a, T b) => T.IsSubnormal(a);
    }
}

/// <summary>Logic on predicates, 32 lanes at once.</summary>
internal static class Predicates
{
    internal readonly struct And : IMaskOperation
    {
        public static uint Apply(uint a, uint b) => a & b;
    }

    internal readonly struct Or : IMaskOperation
    {
        public static uint Apply(uint a, uint b) => a | b;
    }

    internal readonly struct Xor : IMaskOperation
    {
        public static uint Apply(uint a, uint b) => a ^ b;
    }

    /// <summary>not.pred; the second operand is not read.</summary>
    internal readonly struct Not : IMaskOperation
    {
        public static uint Apply(uint a, uint b) => ~a;
    }

    internal readonly struct Copy : IMaskOperation
    {
        public static uint Apply(uint a, uint b) => a;
    }
}
