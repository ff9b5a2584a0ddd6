using System.Collections.Immutable;
using System.Text.Json;

namespace GraphPipe.Bundle;

/// <summary>The spelling of our enumerations in files: <c>snake_case</c> of the member's name.</summary>
internal static class Spelling
{
    public static string Of<T>(T value)
        where T : struct, Enum => Table<T>.Names[value];

    public static bool TryRead<T>(string text, out T value)
        where T : struct, Enum => Table<T>.Values.TryGetValue(text, out value);

    /// <summary>All spellings, for messages.</summary>
    public static string All<T>()
        where T : struct, Enum => string.Join(", ", Enum.GetValues<T>().Select(Of));

    private static class Table<T>
        where T : struct, Enum
    {
        public static readonly ImmutableDictionary<T, string> Names =
            Enum.GetValues<T>().ToImmutableDictionary(v => v, v => JsonNamingPolicy.SnakeCaseLower.ConvertName(v.ToString()));

        public static readonly ImmutableDictionary<string, T> Values = Names.ToImmutableDictionary(p => p.Value, p => p.Key, StringComparer.Ordinal);
    }
}
