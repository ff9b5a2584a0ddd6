using System.Globalization;
using System.Text.Json;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>
/// Reads fields of a JSON object and reports what is missing or of the wrong kind under one code, going on with a default, so that all faults
/// of a file are told at once.
/// </summary>
internal sealed class JsonFields(JsonElement element, string place, string code, DiagnosticBag diagnostics)
{
    public JsonElement Element => element;

    public bool IsObject
    {
        get
        {
            if (element.ValueKind != JsonValueKind.Object)
                Error("is no object");
            return element.ValueKind == JsonValueKind.Object;
        }
    }

    public JsonFields At(JsonElement child, string where) => new(child, where, code, diagnostics);

    public void Error(string what) => diagnostics.Add(Diagnostic.Error(code, $"{place} {what}"));

    public bool Has(string name) => element.TryGetProperty(name, out _);

    public string Text(string name, string? fallback = null)
    {
        if (element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String)
            return value.GetString()!;
        if (fallback is null || Has(name))
            Error($"has no text '{name}'");
        return fallback ?? "";
    }

    public int Int(string name, int? fallback = null) => (int)Long(name, fallback, int.MinValue, int.MaxValue);

    public long Long(string name, long? fallback = null, long least = 0, long most = long.MaxValue)
    {
        if (!element.TryGetProperty(name, out var value))
        {
            if (fallback is null)
                Error($"has no number '{name}'");
            return fallback ?? 0;
        }

        // Files written by other tools have 4096.0 where a whole number is meant.
        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && number >= least && number <= most
            && number == Math.Floor(number))
        {
            return value.TryGetInt64(out long whole) ? whole : number < 9e18 ? (long)number : long.MaxValue;
        }

        Error(string.Create(CultureInfo.InvariantCulture, $"has '{name}' {value.GetRawText()}, which is no whole number{(least == 0 ? " from 0" : "")}"));
        return fallback ?? 0;
    }

    public double Double(string name, double? fallback = null, bool positive = false)
    {
        if (!element.TryGetProperty(name, out var value))
        {
            if (fallback is null)
                Error($"has no number '{name}'");
            return fallback ?? 1;
        }

        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && double.IsFinite(number) && number >= 0
            && (number > 0 || !positive))
        {
            return number;
        }

        Error($"has '{name}' {value.GetRawText()}, which is no {(positive ? "positive " : "")}number");
        return fallback ?? 1;
    }

    public IEnumerable<JsonElement> Array(string name)
    {
        if (element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Array)
            return value.EnumerateArray();
        Error($"has no list '{name}'");
        return [];
    }

    /// <summary>Checks <c>format</c> and <c>version</c>.</summary>
    public bool IsFormat(string format)
    {
        if (!IsObject)
            return false;
        string found = Text("format", "");
        if (found != format)
            Error($"has format '{found}', not '{format}'");
        else if (Long("version", 1) != 1)
            Error($"has version {Long("version", 1)}; this program reads version 1");
        else
            return true;
        return false;
    }
}
