using System.Globalization;
using System.Text.Json;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>
/// Reads fields of a JSON object and reports what is missing or of the wrong kind under one code, going on with a default, so that all faults
/// of a file are told at once.
/// </summary>
/// <param name="subject">What <paramref name="element"/> is, to begin a sentence with.</param>
internal sealed class JsonFields(JsonElement element, string file, string subject, string code, DiagnosticBag diagnostics)
{
    // More than any time in microseconds, size in bytes or rate can be; sums and squares of such numbers are still finite.
    private const double Most = 1e18;

    // Sums of a hundred thousand such numbers are no overflow, and a petabyte is more than any device or model has.
    private const long MostWhole = 1_000_000_000_000_000;

    private const int MostFaults = 20;


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

    public JsonFields At(JsonElement child, string where) => new(child, file, where, code, diagnostics);

    public void Error(string what) => diagnostics.Add(Diagnostic.Error(code, $"{subject} {what}", file));

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

    public long Long(string name, long? fallback = null, long least = 0, long most = MostWhole)
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
            return (long)number;
        }

        Error(string.Create(CultureInfo.InvariantCulture, $"has '{name}' {value.GetRawText()}, which is no whole number from {least} to {most}"));
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

        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && number >= 0 && number <= Most
            && (number > 0 || !positive))
        {
            return number;
        }

        Error($"has '{name}' {value.GetRawText()}, which is no {(positive ? "positive " : "")}number up to 1e18");
        return fallback ?? 1;
    }

    public IEnumerable<JsonElement> Array(string name)
    {
        if (element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Array)
            return value.EnumerateArray();
        Error($"has no list '{name}'");
        return [];
    }

    /// <summary>Reads a whole document.</summary>
    /// <param name="file">What to call the input in diagnostics.</param>
    /// <returns>Null, with <paramref name="code"/> in <paramref name="diagnostics"/> for each fault up to a limit, if the text is no JSON or has faults.</returns>
    public static T? ReadDocument<T>(string json, string file, string code, DiagnosticBag diagnostics, Func<JsonFields, T?> read)
        where T : class
    {
        var faults = new DiagnosticBag();
        T? result = null;
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false });
            result = read(new JsonFields(document.RootElement, file, "the document", code, faults));
        }
        catch (JsonException e)
        {
            // The parser's own message can repeat the whole file; that of a name given twice has no line.
            string where = e.LineNumber is { } line ? string.Create(CultureInfo.InvariantCulture, $", from line {line + 1}, byte {e.BytePositionInLine + 1} on") : ": " + e.Message;
            faults.Add(Diagnostic.Error(code, $"the file is no JSON{where}", file, "check that the file is the one meant, and whole"));
        }

        diagnostics.AddRange(faults.All.Take(MostFaults));
        if (faults.All.Count > MostFaults)
            diagnostics.Add(Diagnostic.Error(code, $"the document has {faults.All.Count - MostFaults} more faults", file));
        return faults.HasErrors ? null : result;
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
