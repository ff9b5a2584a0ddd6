using System.Globalization;

namespace GraphPipe.Onnx;

/// <summary>Names of the regions of an op: the attribute's name; for lists of graphs <c>name.0</c>, <c>name.1</c>, ….</summary>
internal static class RegionNames
{
    public static string OfList(string attribute, int index) => string.Create(CultureInfo.InvariantCulture, $"{attribute}.{index}");

    /// <summary>The attribute that a region belongs to, and whether it is a list.</summary>
    public static (string Attribute, bool IsList) Parse(string region)
    {
        int dot = region.IndexOf('.', StringComparison.Ordinal);
        return dot < 0 ? (region, false) : (region[..dot], true);
    }
}
