using System.Globalization;

namespace GraphPipe.Planning;

/// <summary>The operators of whole-number arithmetic in programs.</summary>
public enum ProgramOperator
{
    Add,
    Subtract,
    Multiply,

    /// <summary>Rounded down.</summary>
    Divide,

    /// <summary>What rounding down leaves: never negative for a positive divisor.</summary>
    Remainder,
    Least,
    Greatest,
}

/// <summary>A whole number in a program of the schedule language, as a formula of names.</summary>
public abstract record ProgramExpression
{
    private protected ProgramExpression()
    {
    }

    /// <summary>How tightly it holds together, for the text: sums 1, products 2, the rest 3.</summary>
    private protected virtual int Strength => 3;

    /// <param name="values">Of all the names in it.</param>
    /// <exception cref="ArithmeticException">A division by zero, or a number beyond 64 bits.</exception>
    public abstract long Value(IReadOnlyDictionary<string, long> values);

    private protected string Text(int least) => Strength < least ? $"({this})" : ToString();

    /// <summary>A number as written; not negative.</summary>
    public sealed record Number(long Literal) : ProgramExpression
    {
        public override long Value(IReadOnlyDictionary<string, long> values) => Literal;

        public override string ToString() => Literal.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>One of <see cref="ProgramNames"/>, or a name that a <c>let</c> gives.</summary>
    public sealed record Named(string Name) : ProgramExpression
    {
        public override long Value(IReadOnlyDictionary<string, long> values) => values[Name];

        public override string ToString() => Name;
    }

    /// <summary>Two numbers and what is done with them.</summary>
    public sealed record Operation(ProgramOperator Operator, ProgramExpression Left, ProgramExpression Right) : ProgramExpression
    {
        private protected override int Strength => Operator switch
        {
            ProgramOperator.Add or ProgramOperator.Subtract => 1,
            ProgramOperator.Multiply or ProgramOperator.Divide or ProgramOperator.Remainder => 2,
            _ => 3,
        };

        public override long Value(IReadOnlyDictionary<string, long> values)
        {
            long left = Left.Value(values), right = Right.Value(values);
            return Operator switch
            {
                ProgramOperator.Add => checked(left + right),
                ProgramOperator.Subtract => checked(left - right),
                ProgramOperator.Multiply => checked(left * right),
                ProgramOperator.Divide => Quotient(left, right),
                ProgramOperator.Remainder => checked(left - right * Quotient(left, right)),
                ProgramOperator.Least => Math.Min(left, right),
                _ => Math.Max(left, right),
            };
        }

        public override string ToString() => Operator switch
        {
            ProgramOperator.Add => $"{Left.Text(1)} + {Right.Text(2)}",
            ProgramOperator.Subtract => $"{Left.Text(1)} - {Right.Text(2)}",
            ProgramOperator.Multiply => $"{Left.Text(2)} * {Right.Text(3)}",
            ProgramOperator.Divide => $"{Left.Text(2)} / {Right.Text(3)}",
            ProgramOperator.Remainder => $"{Left.Text(2)} % {Right.Text(3)}",
            ProgramOperator.Least => $"min({Left}, {Right})",
            _ => $"max({Left}, {Right})",
        };

        private static long Quotient(long left, long right)
        {
            long quotient = left / right;
            return left % right != 0 && left < 0 != right < 0 ? quotient - 1 : quotient;
        }
    }
}

/// <summary>The names that every program has.</summary>
public static class ProgramNames
{
    /// <summary>Devices that have stages.</summary>
    public const string Devices = "p";

    /// <summary>Stages of the device; of two copies of a model both.</summary>
    public const string StagesOfDevice = "v";

    /// <summary>Micro-batches of a mini-batch.</summary>
    public const string MicroBatches = "m";

    /// <summary>The device, from 0.</summary>
    public const string Device = "r";

    /// <summary>Stages from the device's first one to the end of the longest path behind it, both counted.</summary>
    public const string Depth = "depth";

    /// <summary>All of them, as the text of a message has them.</summary>
    public static IReadOnlyList<string> All { get; } = [Devices, StagesOfDevice, MicroBatches, Device, Depth];
}
