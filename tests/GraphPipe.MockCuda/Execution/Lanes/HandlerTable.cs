using System.Collections.Frozen;
using System.Numerics;
using static GraphPipe.MockCuda.Execution.Lanes.Shapes;

namespace GraphPipe.MockCuda.Execution.Lanes;

/// <summary>Which code runs which elementary operation, by name: "add.s32", "setp.lt.f32", "cvt.f32.s64". The decoder composes PTX forms
/// from these; what is not here and not in the memory or warp forms does not run.</summary>
internal static class HandlerTable
{
    private static readonly FrozenDictionary<string, Handler> Table = Build();

    public static bool TryGet(string name, out Handler handler) => Table.TryGetValue(name, out handler);

    private static FrozenDictionary<string, Handler> Build()
    {
        var t = new Dictionary<string, Handler>();
        AddIntegers<short>(t, "s16");
        AddIntegers<ushort>(t, "u16");
        AddIntegers<int>(t, "s32");
        AddIntegers<uint>(t, "u32");
        AddIntegers<long>(t, "s64");
        AddIntegers<ulong>(t, "u64");
        AddLogic<ushort>(t, "b16");
        AddLogic<uint>(t, "b32");
        AddLogic<ulong>(t, "b64");
        AddFloats<float>(t, "f32");
        AddFloats<double>(t, "f64");
        AddFloatSpecials(t);
        AddBitForms(t);
        AddMasks(t);
        AddIntegerConversions<sbyte>(t, "s8");
        AddIntegerConversions<byte>(t, "u8");
        AddIntegerConversions<short>(t, "s16");
        AddIntegerConversions<ushort>(t, "u16");
        AddIntegerConversions<int>(t, "s32");
        AddIntegerConversions<uint>(t, "u32");
        AddIntegerConversions<long>(t, "s64");
        AddIntegerConversions<ulong>(t, "u64");
        AddFloatConversions<ushort, Conversions.F16>(t, "f16");
        AddFloatConversions<ushort, Conversions.BF16>(t, "bf16");
        AddFloatConversions<float, Conversions.F32>(t, "f32");
        AddFloatConversions<double, Conversions.F64>(t, "f64");
        return t.ToFrozenDictionary();
    }

    private static void AddIntegers<T>(Dictionary<string, Handler> t, string type) where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
    {
        t[$"add.{type}"] = Binary<T, Integers.Add<T>>();
        t[$"sub.{type}"] = Binary<T, Integers.Sub<T>>();
        t[$"mul.lo.{type}"] = Binary<T, Integers.MulLo<T>>();
        t[$"mul.hi.{type}"] = Binary<T, Integers.MulHi<T>>();
        t[$"mad.lo.{type}"] = Ternary<T, Integers.MadLo<T>>();
        t[$"div.{type}"] = Binary<T, Integers.Div<T>>();
        t[$"rem.{type}"] = Binary<T, Integers.Rem<T>>();
        t[$"min.{type}"] = Binary<T, Integers.Min<T>>();
        t[$"max.{type}"] = Binary<T, Integers.Max<T>>();
        t[$"abs.{type}"] = Unary<T, T, Integers.Abs<T>>();
        t[$"neg.{type}"] = Unary<T, T, Integers.Neg<T>>();
        t[$"sad.{type}"] = Ternary<T, Integers.Sad<T>>();
        t[$"shr.{type}"] = Shift<T, Integers.Shr<T>>();
        t[$"bfe.{type}"] = BitShapes.Field<T, Bits.Bfe<T>>();
        t[$"bfind.{type}"] = Unary<T, uint, Bits.Bfind<T>>();
        t[$"bfind.shiftamt.{type}"] = Unary<T, uint, Bits.BfindShift<T>>();
        AddComparisons<T>(t, type);
        t[$"setp.lo.{type}"] = t[$"setp.lt.{type}"];
        t[$"setp.ls.{type}"] = t[$"setp.le.{type}"];
        t[$"setp.hi.{type}"] = t[$"setp.gt.{type}"];
        t[$"setp.hs.{type}"] = t[$"setp.ge.{type}"];
    }

    private static void AddLogic<T>(Dictionary<string, Handler> t, string type) where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
    {
        t[$"and.{type}"] = Binary<T, Integers.And<T>>();
        t[$"or.{type}"] = Binary<T, Integers.Or<T>>();
        t[$"xor.{type}"] = Binary<T, Integers.Xor<T>>();
        t[$"not.{type}"] = Unary<T, T, Integers.Not<T>>();
        t[$"cnot.{type}"] = Unary<T, T, Integers.LogicalNot<T>>();
        t[$"shl.{type}"] = Shift<T, Integers.Shl<T>>();
        t[$"shr.{type}"] = Shift<T, Integers.Shr<T>>();
        t[$"mov.{type}"] = Copy<T>();
        t[$"selp.{type}"] = Select<T>();
        t[$"popc.{type}"] = Unary<T, uint, Bits.Popc<T>>();
        t[$"clz.{type}"] = Unary<T, uint, Bits.Clz<T>>();
        t[$"bfi.{type}"] = BitShapes.Field<T, Bits.Bfi<T>>();
        t[$"setp.eq.{type}"] = Comparison<T, Comparisons.Eq<T>>();
        t[$"setp.ne.{type}"] = Comparison<T, Comparisons.Ne<T>>();
    }

    private static void AddComparisons<T>(Dictionary<string, Handler> t, string type) where T : unmanaged, INumber<T>
    {
        t[$"setp.eq.{type}"] = Comparison<T, Comparisons.Eq<T>>();
        t[$"setp.ne.{type}"] = Comparison<T, Comparisons.Ne<T>>();
        t[$"setp.lt.{type}"] = Comparison<T, Comparisons.Lt<T>>();
        t[$"setp.le.{type}"] = Comparison<T, Comparisons.Le<T>>();
        t[$"setp.gt.{type}"] = Comparison<T, Comparisons.Gt<T>>();
        t[$"setp.ge.{type}"] = Comparison<T, Comparisons.Ge<T>>();
    }

    private static void AddFloats<T>(Dictionary<string, Handler> t, string type) where T : unmanaged, IFloatingPointIeee754<T>
    {
        t[$"add.{type}"] = Binary<T, Lanes.Floats.Add<T>>();
        t[$"sub.{type}"] = Binary<T, Lanes.Floats.Sub<T>>();
        t[$"mul.{type}"] = Binary<T, Lanes.Floats.Mul<T>>();
        t[$"div.{type}"] = Binary<T, Lanes.Floats.Div<T>>();
        t[$"min.{type}"] = Binary<T, Lanes.Floats.Min<T>>();
        t[$"max.{type}"] = Binary<T, Lanes.Floats.Max<T>>();
        t[$"min.NaN.{type}"] = Binary<T, Lanes.Floats.MinNaN<T>>();
        t[$"max.NaN.{type}"] = Binary<T, Lanes.Floats.MaxNaN<T>>();
        t[$"abs.{type}"] = Unary<T, T, Lanes.Floats.Abs<T>>();
        t[$"neg.{type}"] = Unary<T, T, Lanes.Floats.Neg<T>>();
        t[$"copysign.{type}"] = Binary<T, Lanes.Floats.CopySign<T>>();
        t[$"sqrt.{type}"] = Unary<T, T, Lanes.Floats.Sqrt<T>>();
        t[$"rcp.{type}"] = Unary<T, T, Lanes.Floats.Rcp<T>>();
        t[$"saturate.{type}"] = Unary<T, T, Lanes.Floats.Saturate<T>>();
        AddComparisons<T>(t, type);
        t[$"setp.equ.{type}"] = Comparison<T, Comparisons.Equ<T>>();
        t[$"setp.neu.{type}"] = Comparison<T, Comparisons.Neu<T>>();
        t[$"setp.ltu.{type}"] = Comparison<T, Comparisons.Ltu<T>>();
        t[$"setp.leu.{type}"] = Comparison<T, Comparisons.Leu<T>>();
        t[$"setp.gtu.{type}"] = Comparison<T, Comparisons.Gtu<T>>();
        t[$"setp.geu.{type}"] = Comparison<T, Comparisons.Geu<T>>();
        t[$"setp.num.{type}"] = Comparison<T, Comparisons.Num<T>>();
        t[$"setp.nan.{type}"] = Comparison<T, Comparisons.NaN<T>>();
        t[$"testp.finite.{type}"] = Comparison<T, Tests.Finite<T>>();
        t[$"testp.infinite.{type}"] = Comparison<T, Tests.Infinite<T>>();
        t[$"testp.number.{type}"] = Comparison<T, Tests.Number<T>>();
        t[$"testp.notanumber.{type}"] = Comparison<T, Tests.NotANumber<T>>();
        t[$"testp.normal.{type}"] = Comparison<T, Tests.Normal<T>>();
        t[$"testp.subnormal.{type}"] = Comparison<T, Tests.Subnormal<T>>();
    }

    private static void AddFloatSpecials(Dictionary<string, Handler> t)
    {
        t["fma.f32"] = Ternary<float, Lanes.Floats.FmaSingle>();
        t["fma.f64"] = Ternary<double, Lanes.Floats.FmaDouble>();
        t["fma.f16"] = Ternary<ushort, HalfFma.F16>();
        t["fma.bf16"] = Ternary<ushort, HalfFma.BF16>();
        t["flush.f32"] = Unary<float, float, Lanes.Floats.FlushSingle>();
        t["flush.f16"] = Unary<float, float, Lanes.Floats.FlushHalf>();
        t["rsqrt.f32"] = Unary<float, float, Approximations.Rsqrt>();
        t["rsqrt.f64"] = Unary<double, double, Approximations.RsqrtDouble>();
        t["rcp.approx.f64"] = Unary<double, double, Approximations.RcpDouble>();
        t["sin.f32"] = Unary<float, float, Approximations.Sin>();
        t["cos.f32"] = Unary<float, float, Approximations.Cos>();
        t["ex2.f32"] = Unary<float, float, Approximations.Exp2>();
        t["lg2.f32"] = Unary<float, float, Approximations.Log2>();
        t["tanh.f32"] = Unary<float, float, Approximations.Tanh>();
    }

    private static void AddBitForms(Dictionary<string, Handler> t)
    {
        t["mul.wide.s16"] = WideningShape.Widening<short, int, Integers.MulWide<short, int>>();
        t["mul.wide.u16"] = WideningShape.Widening<ushort, uint, Integers.MulWide<ushort, uint>>();
        t["mul.wide.s32"] = WideningShape.Widening<int, long, Integers.MulWide<int, long>>();
        t["mul.wide.u32"] = WideningShape.Widening<uint, ulong, Integers.MulWide<uint, ulong>>();
        t["mul24.lo.s32"] = Binary<int, Integers.Mul24<int>>();
        t["mul24.lo.u32"] = Binary<uint, Integers.Mul24<uint>>();
        t["add.sat.s32"] = Binary<int, Integers.AddSaturated>();
        t["sub.sat.s32"] = Binary<int, Integers.SubSaturated>();
        t["brev.b32"] = Unary<uint, uint, Bits.Brev32>();
        t["brev.b64"] = Unary<ulong, ulong, Bits.Brev64>();
        t["lop3.b32"] = BitShapes.WithImmediate<Bits.Lop3>();
        t["prmt.b32"] = BitShapes.WithImmediate<Bits.Prmt>();
        t["shf.l.b32"] = BitShapes.WithImmediate<Bits.FunnelLeft>();
        t["shf.r.b32"] = BitShapes.WithImmediate<Bits.FunnelRight>();
    }

    private static void AddMasks(Dictionary<string, Handler> t)
    {
        t["and.pred"] = Mask<Predicates.And>();
        t["or.pred"] = Mask<Predicates.Or>();
        t["xor.pred"] = Mask<Predicates.Xor>();
        t["not.pred"] = Mask<Predicates.Not>();
        t["mov.pred"] = Mask<Predicates.Copy>();
    }

    private static void AddIntegerConversions<T>(Dictionary<string, Handler> t, string type) where T : unmanaged, IBinaryInteger<T>
    {
        IntegerTo<T, sbyte>(t, type, "s8");
        IntegerTo<T, byte>(t, type, "u8");
        IntegerTo<T, short>(t, type, "s16");
        IntegerTo<T, ushort>(t, type, "u16");
        IntegerTo<T, int>(t, type, "s32");
        IntegerTo<T, uint>(t, type, "u32");
        IntegerTo<T, long>(t, type, "s64");
        IntegerTo<T, ulong>(t, type, "u64");
        IntegerToFloat<T, ushort, Conversions.F16>(t, type, "f16");
        IntegerToFloat<T, ushort, Conversions.BF16>(t, type, "bf16");
        IntegerToFloat<T, float, Conversions.F32>(t, type, "f32");
        IntegerToFloat<T, double, Conversions.F64>(t, type, "f64");
    }

    private static void IntegerTo<TIn, TOut>(Dictionary<string, Handler> t, string from, string to)
        where TIn : unmanaged, IBinaryInteger<TIn> where TOut : unmanaged, IBinaryInteger<TOut> =>
        t[$"cvt.{to}.{from}"] = ConversionShape.Convert<TIn, TOut, Conversions.IntegerToInteger<TIn, TOut>>();

    private static void IntegerToFloat<TIn, TOut, TFloat>(Dictionary<string, Handler> t, string from, string to)
        where TIn : unmanaged, IBinaryInteger<TIn> where TOut : unmanaged where TFloat : IFloatStorage<TOut> =>
        t[$"cvt.{to}.{from}"] = ConversionShape.Convert<TIn, TOut, Conversions.IntegerToFloat<TIn, TOut, TFloat>>();

    private static void AddFloatConversions<T, TFloat>(Dictionary<string, Handler> t, string type)
        where T : unmanaged where TFloat : IFloatStorage<T>
    {
        FloatToInteger<T, TFloat, sbyte>(t, type, "s8");
        FloatToInteger<T, TFloat, byte>(t, type, "u8");
        FloatToInteger<T, TFloat, short>(t, type, "s16");
        FloatToInteger<T, TFloat, ushort>(t, type, "u16");
        FloatToInteger<T, TFloat, int>(t, type, "s32");
        FloatToInteger<T, TFloat, uint>(t, type, "u32");
        FloatToInteger<T, TFloat, long>(t, type, "s64");
        FloatToInteger<T, TFloat, ulong>(t, type, "u64");
        FloatToFloat<T, TFloat, ushort, Conversions.F16>(t, type, "f16");
        FloatToFloat<T, TFloat, ushort, Conversions.BF16>(t, type, "bf16");
        FloatToFloat<T, TFloat, float, Conversions.F32>(t, type, "f32");
        FloatToFloat<T, TFloat, double, Conversions.F64>(t, type, "f64");
        t[$"cvt.integral.{type}"] = ConversionShape.Convert<T, T, Conversions.ToIntegralFloat<T, TFloat>>();
    }

    private static void FloatToInteger<TIn, TFloat, TOut>(Dictionary<string, Handler> t, string from, string to)
        where TIn : unmanaged where TFloat : IFloatStorage<TIn> where TOut : unmanaged, IBinaryInteger<TOut> =>
        t[$"cvt.{to}.{from}"] = ConversionShape.Convert<TIn, TOut, Conversions.FloatToInteger<TIn, TFloat, TOut>>();

    private static void FloatToFloat<TIn, TFrom, TOut, TTo>(Dictionary<string, Handler> t, string from, string to)
        where TIn : unmanaged where TFrom : IFloatStorage<TIn> where TOut : unmanaged where TTo : IFloatStorage<TOut> =>
        t[$"cvt.{to}.{from}"] = ConversionShape.Convert<TIn, TOut, Conversions.FloatToFloat<TIn, TFrom, TOut, TTo>>();
}
