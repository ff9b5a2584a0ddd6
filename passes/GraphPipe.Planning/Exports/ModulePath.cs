using System.Collections.Immutable;
using System.Globalization;

namespace GraphPipe.Planning;

/// <summary>
/// The modules that a node lies in, as torch.onnx writes them into its name: <c>/b/b.0/qkv/MatMul</c> is the node <c>MatMul</c> of the module
/// <c>b.0.qkv</c> in <c>b.0</c> in <c>b</c>. A name that does not begin with a slash, or has no folder, is a node of the model itself.
/// </summary>
/// <param name="Modules">Qualified names as <c>nn.Module.named_modules</c> has them, the outermost first.</param>
/// <param name="Operator">The last part, e.g. <c>MatMul_1</c>.</param>
internal sealed record ModulePath(ImmutableArray<string> Modules, string Operator)
{
    public static ModulePath Of(string node)
    {
        string[] parts = node.Split('/');
        if (parts[0].Length > 0)
            return new([], node);
        var modules = ImmutableArray.CreateBuilder<string>();
        string above = "", last = "";
        foreach (string part in parts[1..^1])
        {
            // A child of a container is written with the container's own name before it: features.0 below features, and is not features.features.0.
            bool repeats = last.Length > 0 && part.StartsWith(last + ".", StringComparison.Ordinal);
            string relative = repeats ? part[(last.Length + 1)..] : part;
            above = above.Length == 0 ? relative : $"{above}.{relative}";
            modules.Add(above);
            last = part;
        }

        return new(modules.ToImmutable(), parts[^1]);
    }

    /// <summary>
    /// The modules among these that are members of a list, e.g. <c>layers.3</c>: the list's name and the position.
    /// </summary>
    public IEnumerable<(string Module, string List, int Index)> ListMembers()
    {
        foreach (string module in Modules)
        {
            int dot = module.LastIndexOf('.');
            if (dot > 0 && int.TryParse(module.AsSpan(dot + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int index))
                yield return (module, module[..dot], index);
        }
    }
}
