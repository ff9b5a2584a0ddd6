using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using GraphPipe.Bundle;

namespace GraphPipe.Cli;

/// <summary>The kinds of values that options take, each with its own message for a wrong one.</summary>
internal static class OptionKinds
{
    /// <summary>A whole number.</summary>
    public static Option<long?> Whole(string name, string value, string description, long least = 1, long most = long.MaxValue) => Of<long?>(name, value, description, result =>
        long.TryParse(TextOf(result), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) && number >= least && number <= most
            ? number
            : Wrong<long?>(result, name, least == long.MinValue ? "a whole number" : $"a whole number from {least}{(most == long.MaxValue ? "" : $" to {most}")}"));

    public static Option<double?> Number(string name, string value, string description, double most = double.MaxValue) => Of<double?>(name, value, description, result =>
        double.TryParse(TextOf(result), NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && number >= 0 && number <= most
            ? number
            : Wrong<double?>(result, name, most == double.MaxValue ? "a number that is not negative" : string.Create(CultureInfo.InvariantCulture, $"a number from 0 to {most}")));

    public static Option<string?> Text(string name, string value, string description, params string[] aliases) => new(name, aliases) { HelpName = value, Description = description };

    public static Option<bool> Flag(string name, string description) => new(name) { Description = description };

    /// <summary>One of a few words.</summary>
    public static Option<string?> Choice(string name, string description, params string[] words)
    {
        var option = Of<string?>(name, string.Join('|', words), description, result => words.Contains(TextOf(result)) ? TextOf(result) : Wrong<string?>(result, name, string.Join(", ", words)));
        option.CompletionSources.Add(words);
        return option;
    }

    /// <summary>Words with commas between; may be given several times.</summary>
    public static Option<string[]> Words(string name, string value, string description) => new(name)
    {
        HelpName = value,
        Description = description,
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
        CustomParser = result =>
        {
            string[] words = [.. result.Tokens.SelectMany(t => t.Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))];
            return words.Length > 0 ? words : Wrong<string[]>(result, name, value);
        },
    };

    /// <summary>Bytes: <c>1073741824</c>, <c>16GiB</c>, <c>512MB</c>.</summary>
    public static Option<Bytes?> Size(string name, string description) =>
        Of<Bytes?>(name, "BYTES", description, result => ParseSize(TextOf(result)) ?? Wrong<Bytes?>(result, name, "a number of bytes such as 8589934592, 16GiB or 512MB"));

    internal static Bytes? ParseSize(string text)
    {
        // 1.6e10, as other planners print sizes.
        if (text.Contains('e', StringComparison.OrdinalIgnoreCase) && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double plain))
            return plain is >= 1 and < 1e18 ? new Bytes((long)plain) : null;
        int end = text.TakeWhile(c => char.IsAsciiDigit(c) || c == '.').Count();
        double unit = text[end..].Trim().ToUpperInvariant() switch
        {
            "" or "B" => 1,
            "K" or "KIB" => 1L << 10,
            "M" or "MIB" => 1L << 20,
            "G" or "GIB" => 1L << 30,
            "T" or "TIB" => 1L << 40,
            "KB" => 1e3,
            "MB" => 1e6,
            "GB" => 1e9,
            "TB" => 1e12,
            _ => double.NaN,
        };
        return double.TryParse(text.AsSpan(0, end), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number) && number * unit is > 0 and < 1e18
            ? new Bytes((long)(number * unit))
            : null;
    }

    private static Option<T> Of<T>(string name, string value, string description, Func<ArgumentResult, T> parse) => new(name) { HelpName = value, Description = description, CustomParser = parse };

    private static string TextOf(ArgumentResult result) => result.Tokens.Count > 0 ? result.Tokens[0].Value : "";

    private static T? Wrong<T>(ArgumentResult result, string name, string wanted)
    {
        result.AddError($"{name} wants {wanted}, not '{TextOf(result)}'");
        return default;
    }
}
