using System.Collections.Immutable;
using System.Globalization;
using GraphPipe.Bundle;

namespace GraphPipe.Models;

/// <summary>One option of a catalog entry.</summary>
/// <param name="Default">As it would be written in <c>key=value</c>.</param>
public sealed record ModelOption(string Key, string Default, string Description);

/// <summary>
/// Reads options from <c>key=value</c> strings. The keys that a model asks for are the keys it has, so asking is also what documents
/// them. Problems are collected, none is thrown.
/// </summary>
public sealed class OptionReader
{
    private readonly string _model;
    private readonly DiagnosticBag _bag;
    private readonly Dictionary<string, string> _settings = new(StringComparer.Ordinal);
    private readonly List<ModelOption> _options = [];

    internal OptionReader(string model, IEnumerable<string> settings, DiagnosticBag bag)
    {
        _model = model;
        _bag = bag;
        foreach (string setting in settings)
        {
            int equals = setting.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
                Fail($"'{setting}' is no option", "write options as key=value");
            else if (!_settings.TryAdd(setting[..equals].Trim(), setting[(equals + 1)..].Trim()))
                Fail($"option '{setting[..equals].Trim()}' is given twice", "give it once");
        }
    }

    /// <summary>The options asked for so far.</summary>
    public IReadOnlyList<ModelOption> Options => _options;

    public int Number(string key, int otherwise, string description) =>
        Read(key, Text(otherwise), description) is not { } text ? otherwise
        : int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) ? value
        : Wrong(key, text, $"a whole number up to {int.MaxValue}", otherwise);

    public bool Flag(string key, bool otherwise, string description) =>
        Read(key, otherwise ? "true" : "false", description) switch
        {
            null => otherwise,
            "true" => true,
            "false" => false,
            { } text => Wrong(key, text, "true or false", otherwise),
        };

    public ImmutableArray<int> Numbers(string key, ImmutableArray<int> otherwise, string description)
    {
        if (Read(key, string.Join(',', otherwise.Select(Text)), description) is not { } text)
            return otherwise;
        var values = ImmutableArray.CreateBuilder<int>();
        foreach (string part in text.Split(','))
        {
            if (!int.TryParse(part.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value))
                return Wrong(key, text, "whole numbers with commas between", otherwise);
            values.Add(value);
        }

        return values.ToImmutable();
    }

    /// <summary>Reports the settings nobody asked for.</summary>
    internal void ReportUnknown()
    {
        foreach (string key in _settings.Keys.Where(k => !_options.Exists(o => o.Key == k)))
            Fail($"model '{_model}' has no option '{key}'", $"its options are {string.Join(", ", _options.Select(o => o.Key))}");
    }

    private string? Read(string key, string otherwise, string description)
    {
        _options.Add(new ModelOption(key, otherwise, description));
        return _settings.GetValueOrDefault(key);
    }

    private T Wrong<T>(string key, string text, string wanted, T otherwise)
    {
        Fail($"option '{key}' is '{text}'", $"give {wanted}");
        return otherwise;
    }

    private void Fail(string message, string advice) => _bag.Add(Diagnostic.Error(Codes.Usage, message, $"model {_model}", advice));

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
