namespace GraphPipe.Runtime.Cuda;

/// <summary>Where a view of a launch gets its address from.</summary>
public enum OperandKind
{
    /// <summary>An operand of the call.</summary>
    Input,

    /// <summary>A result of the call.</summary>
    Output,

    /// <summary>The device's working memory; its content is lost between calls.</summary>
    Scratch,

    /// <summary>Numbers that were fixed when the call was bound: <see cref="LaunchBinder.Table"/>.</summary>
    Table,

    /// <summary>Where kernels report values that can't be: <see cref="ValueFaults"/>.</summary>
    Fault,
}

/// <summary>A view that a launch is given, in the order of the kernel's parameters.</summary>
/// <param name="Number">Which operand, result or table.</param>
/// <param name="Count">Elements of the view.</param>
public readonly record struct Operand(OperandKind Kind, int Number, long Count)
{
    public static Operand Input(int number, KernelBinding binding) => new(OperandKind.Input, number, binding.Input(number).Count);

    public static Operand Output(int number, KernelBinding binding) => new(OperandKind.Output, number, binding.Output(number).Count);

    /// <summary>A result, or the working memory where nobody reads it: the kernel writes it all the same.</summary>
    public static Operand OutputOrScratch(int number, KernelBinding binding) => binding.HasOutput(number) ? Output(number, binding) : Scratch(0);

    /// <param name="count">Elements; the kernel knows their type.</param>
    public static Operand Scratch(long count) => new(OperandKind.Scratch, 0, count);

    public static Operand Fault { get; } = new(OperandKind.Fault, 0, ValueFaults.Cells);
}
