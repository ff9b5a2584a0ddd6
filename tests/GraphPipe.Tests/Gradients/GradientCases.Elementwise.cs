namespace GraphPipe.Tests.Gradients;

internal static partial class GradientCases
{
    private static GradientCase[] Elementwise =>
    [
        .. UnaryOps.Select(u => new GradientCase(u.Op, u.Attributes.Length == 0 ? u.Range : $"{u.Range} {u.Attributes}", $"%a [N,6] in {u.Range}", $"%y = {u.Op}(%a) {u.Attributes}")),
        new("Relu", "of parameters alone", "%a [N,4]; @w [3,4]", "%r = Relu(@w)\n%t = Transpose(%r)\n%y = MatMul(%a, %t)"),
        new("Clip", "both bounds", "%a [N,6]; #lo f32[] {-1}; #hi f32[] {0.5}", "%y = Clip(%a, @lo, @hi)", 13),
        new("Clip", "lower bound", "%a [N,6]; #lo f32[] {-0.5}", "%y = Clip(%a, @lo)"),
        new("Clip", "upper bound", "%a [N,6]; #hi f32[] {0.5}", "%y = Clip(%a, _, @hi)"),
        new("Clip", "no bounds", "%a [N,6]; %b [N,6]", "%c = Clip(%a)\n%y = Mul(%c, %b)"),
        new("Clip", "bounds that are trained", "%a [N,6]; @lo [] in 0.5..1; #hi f32[] {0.75}", "%l = Neg(@lo)\n%y = Clip(%a, %l, @hi)"),

        // Step functions: no gradient to them, but past them.
        .. new[] { "Ceil", "Floor", "Round", "Sign" }.Select(op => new GradientCase(op, "beside a gradient", "%a [N,6]; %b [N,6]", $"%s = {op}(%a)\n%y = Mul(%s, %b)")),

        .. new[] { "Add", "Sub", "Mul", "Max", "Min" }.SelectMany(op => Broadcasts(op, "", "")),
        .. Broadcasts("Div", "", " in 0.5..2"),
        .. Broadcasts("Div", " in 0.5..2", " in -2..-0.5"),
        .. Broadcasts("Pow", " in 0.5..2", ""),
        .. Broadcasts("PRelu", "", " in 0.25..1").Where(c => c.Name.Contains("same", StringComparison.Ordinal) || c.Name.Contains("right", StringComparison.Ordinal)),
        new("Pow", "of negative bases", "%a [N,5] in -2..2; #e f32[] {3}", "%y = Pow(%a, @e)"),
        new("Pow", "whole exponent", "%a [N,5]; #e i64[] {2}", "%y = Pow(%a, @e)"),
        new("Add", "to itself", "%a [N,5]", "%y = Add(%a, %a)"),
        new("Sub", "from itself squared", "%a [N,5]", "%s = Mul(%a, %a)\n%y = Sub(%s, %a)"),
        new("Mul", "by itself", "%a [N,5]", "%y = Mul(%a, %a)"),
        new("Div", "by its own exponential", "%a [N,5]", "%e = Exp(%a)\n%y = Div(%a, %e)"),
        new("Max", "three operands", "%a [N,5]; %b [N,5]; @w [5]", "%y = Max(%a, %b, @w)"),
        new("Min", "one operand", "%a [N,5]", "%m = Min(%a)\n%y = Mul(%m, %a)"),
        new("Sum", "three operands", "%a [N,5]; %b [N,1]; @w [5]", "%y = Sum(%a, %b, @w)"),
        new("Mean", "three operands", "%a [N,5]; %b [N,1]; @w [5]", "%y = Mean(%a, %b, @w)"),
        new("Mean", "one operand", "%a [N,5]", "%m = Mean(%a)\n%y = Mul(%m, %a)"),

        new("Where", "same shapes", "%a [N,5]; %b [N,5]", "%c = Less(%a, %b)\n%y = Where(%c, %a, %b)"),
        new("Where", "all broadcast", "%a [N,1,4]; @b [3,1]; %c [N,1,1]", "%z = Greater(%c, @b)\n%y = Where(%z, %a, @b)"),
        new("Where", "one side trained", "%a [N,5]; %b [N,5]; #z f32[] {0.25}", "%c = GreaterOrEqual(%a, %b)\n%y = Where(%c, @z, %b)"),
        .. new[] { "And", "Or", "Xor" }.Select(op => new GradientCase(op, "as a condition", "%a [N,5]; %b [N,5]; #z f32[] {0}", $"%p = Less(%a, @z)\n%q = LessOrEqual(%b, @z)\n%r = {op}(%p, %q)\n%y = Where(%r, %a, %b)")),
        new("Not", "as a condition", "%a [N,5]; %b [N,5]", "%p = Less(%a, %b)\n%q = Not(%p)\n%y = Where(%q, %a, %b)"),
        new("Equal", "as a condition", "%a [N,5]; $i [N,5] < 2; #z i64[] {1}", "%p = Equal(%i, @z)\n%n = Neg(%a)\n%y = Where(%p, %a, %n)"),
        new("Mod", "with the sign of the dividend", "%a [N,5]; @b [5] in 0.75..1.5", "%y = Mod(%a, @b) {fmod = 1}"),
        new("IsNaN", "as a condition", "%a [N,5]", "%c = IsNaN(%a)\n%e = Exp(%a)\n%y = Where(%c, %a, %e)"),
        .. new[] { "", " {detect_negative = 0}", " {detect_positive = 0}", " {detect_negative = 0, detect_positive = 0}" }.Select(attributes =>
            new GradientCase("IsInf", "as a condition" + attributes, "%a [N,5]", $"%c = IsInf(%a){attributes}\n%e = Exp(%a)\n%y = Where(%c, %a, %e)")),
        new("Mod", "of whole numbers, as a condition", "%a [N,5]; $i [N,5] < 5; #z i64[] {2}; #o i64[] {1}", "%m = Mod(%i, @z)\n%p = Equal(%m, @o)\n%n = Exp(%a)\n%y = Where(%p, %a, %n)"),

        new("Cast", "of whole numbers", "%a [N,5]; $i [N,5] < 3", "%f = Cast(%i) {to = \"f32\"}\n%y = Mul(%f, %a)"),
        new("Cast", "to its own type", "%a [N,5]", "%f = Cast(%a) {to = \"f32\"}\n%y = Mul(%f, %a)"),
        new("CastLike", "of whole numbers", "%a [N,5]; $i [N,5] < 3", "%f = CastLike(%i, %a)\n%y = Mul(%f, %a)"),
        new("Identity", "once", "%a [N,5]", "%i = Identity(%a)\n%y = Mul(%i, %a)"),
        new("Dropout", "outside training", "%a [N,5]", "%i = Dropout(%a)\n%y = Mul(%i, %a)"),
    ];

    private static readonly (string Op, string Range, string Attributes)[] UnaryOps =
    [
        ("Abs", "-2..2", ""), ("Acos", "-0.75..0.75", ""), ("Acosh", "1.5..3", ""), ("Asinh", "-2..2", ""), ("Atanh", "-0.75..0.75", ""), ("Asin", "-0.75..0.75", ""), ("Atan", "-2..2", ""), ("Cos", "-3..3", ""), ("Cosh", "-2..2", ""),
        ("Erf", "-2..2", ""), ("Exp", "-2..2", ""), ("HardSwish", "-4..4", ""), ("Log", "0.5..3", ""), ("Mish", "-3..3", ""), ("Neg", "-2..2", ""),
        ("Reciprocal", "0.5..2", ""), ("Reciprocal", "-2..-0.5", ""), ("Relu", "-2..2", ""), ("Sigmoid", "-4..4", ""), ("Sin", "-3..3", ""), ("Sinh", "-2..2", ""),
        ("Softplus", "-4..4", ""), ("Softsign", "-2..2", ""), ("Sqrt", "0.5..3", ""), ("Tan", "-1..1", ""), ("Tanh", "-2..2", ""),
        ("Celu", "-2..2", ""), ("Celu", "-2..2", "{alpha = 0.5}"), ("Elu", "-2..2", ""), ("Elu", "-2..2", "{alpha = 0.5}"),
        ("HardSigmoid", "-4..4", ""), ("HardSigmoid", "-2..2", "{alpha = 0.5, beta = 0.25}"), ("LeakyRelu", "-2..2", ""), ("LeakyRelu", "-2..2", "{alpha = 0.25}"),
        ("Selu", "-2..2", ""), ("Selu", "-2..2", "{alpha = 1.5, gamma = 2.0}"), ("ThresholdedRelu", "-2..2", ""), ("ThresholdedRelu", "-2..2", "{alpha = 0.5}"),
        ("Shrink", "-2..2", ""), ("Shrink", "-2..2", "{bias = 0.25, lambd = 1.0}"), ("Swish", "-4..4", ""), ("Swish", "-4..4", "{alpha = 1.5}"),
        ("Gelu", "-3..3", ""), ("Gelu", "-3..3", "{approximate = \"tanh\"}"),
    ];

    // Every way in which two operands meet, with samples in both, or in one.
    private static IEnumerable<GradientCase> Broadcasts(string op, string left, string right)
    {
        string about = left + right;
        yield return new(op, "same shapes" + about, $"%a [N,5]{left}; %b [N,5]{right}", $"%y = {op}(%a, %b)");
        yield return new(op, "right is a vector" + about, $"%a [N,3,4]{left}; @b [4]{right}", $"%y = {op}(%a, @b)");
        yield return new(op, "left is a vector" + about, $"@a [4]{left}; %b [N,3,4]{right}", $"%y = {op}(@a, %b)");
        yield return new(op, "right is a scalar" + about, $"%a [N,4]{left}; @b []{right}", $"%y = {op}(%a, @b)");
        yield return new(op, "left is a scalar" + about, $"@a []{left}; %b [N,4]{right}", $"%y = {op}(@a, %b)");
        yield return new(op, "right has ones" + about, $"%a [N,3,4]{left}; @b [3,1]{right}", $"%y = {op}(%a, @b)");
        yield return new(op, "each is stretched" + about, $"%a [N,3,1]{left}; %b [N,1,4]{right}", $"%y = {op}(%a, %b)");
        yield return new(op, "left is stretched over the samples" + about, $"@a [1,4]{left}; %b [N,4]{right}", $"%y = {op}(@a, %b)");
    }
}
