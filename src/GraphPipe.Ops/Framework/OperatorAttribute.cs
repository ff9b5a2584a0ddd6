namespace GraphPipe.Ops;

/// <summary>Marks the class that describes an operator; the registry finds it by this.</summary>
/// <param name="type">ONNX's name, or ours behind a domain: <c>grad.Relu</c>.</param>
/// <param name="since">The first opset of the standard domain that has it.</param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true, Inherited = false)]
public sealed class OperatorAttribute(string type, int since = 1) : Attribute
{
    public string Type { get; } = type;

    public int Since { get; } = since;
}
