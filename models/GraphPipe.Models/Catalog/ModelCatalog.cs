using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Models;

/// <summary>A model of the catalog.</summary>
/// <param name="Options">Its options, with this entry's defaults.</param>
public sealed record CatalogEntry(string Name, string Description, ImmutableArray<ModelOption> Options);

/// <summary>The models that can be built by name: each at full size, and as <c>NAME-small</c> at a size for tests and first steps.</summary>
public static class ModelCatalog
{
    private static readonly ImmutableArray<Recipe> Recipes =
    [
        .. Both("mmt", Mmt.Description, new MmtOptions(), MmtOptions.Small, MmtOptions.Read, Mmt.Build),
        .. Both("dlrm", Dlrm.Description, new DlrmOptions(), DlrmOptions.Small, DlrmOptions.Read, Dlrm.Build),
        .. Both("candle-uno", CandleUno.Description, new CandleUnoOptions(), CandleUnoOptions.Small, CandleUnoOptions.Read, CandleUno.Build),
        .. Both("gpt", Gpt.Description, new GptOptions(), GptOptions.Small, GptOptions.Read, Gpt.Build),
        .. Both("resnet", ResNet.Description, new ResNetOptions(), ResNetOptions.Small, ResNetOptions.Read, ResNet.Build),
        .. Both("vlm", VisionLanguage.Description, new VisionLanguageOptions(), VisionLanguageOptions.Small, VisionLanguageOptions.Read, VisionLanguage.Build),
    ];

    /// <summary>All models, in the order of <c>models list</c>.</summary>
    public static ImmutableArray<CatalogEntry> Entries { get; } = [.. Recipes.Select(Describe)];

    /// <summary>Builds a model.</summary>
    /// <param name="name">As in <see cref="Entries"/>.</param>
    /// <param name="settings">Options as <c>key=value</c>; what is not set has the entry's default.</param>
    /// <exception cref="DiagnosticException">GP8001: no such model or option (the advice lists them), a value of the wrong kind, sizes that
    /// are not positive or do not divide.</exception>
    public static BuiltModel Build(string name, IEnumerable<string> settings)
    {
        if (Recipes.FirstOrDefault(r => r.Name == name) is not { } recipe)
        {
            string names = string.Join(", ", Recipes.Select(r => r.Name));
            throw new DiagnosticException(Diagnostic.Error(Codes.Usage, $"there is no model '{name}'", advice: $"there are {names}"));
        }

        var bag = new DiagnosticBag();
        var build = recipe.Read(new OptionReader(name, settings, bag), bag);
        return build();
    }

    /// <summary>Builds a model with the entry's own sizes.</summary>
    public static BuiltModel Build(string name) => Build(name, []);

    private static CatalogEntry Describe(Recipe recipe)
    {
        var bag = new DiagnosticBag();
        var reader = new OptionReader(recipe.Name, [], bag);
        recipe.Read(reader, bag);
        return new CatalogEntry(recipe.Name, recipe.Description, [.. reader.Options]);
    }

    private static ImmutableArray<Recipe> Both<T>(string name, string description, T full, T small, Func<OptionReader, T, T> read, Func<T, BuiltModel> build) =>
    [
        Recipe.Of(name, description, full, read, build),
        Recipe.Of($"{name}-small", $"{description} (small)", small, read, build),
    ];

    /// <summary>How an entry gets from settings to a model: reading finds all faults of the settings at once, building those of the sizes.</summary>
    private sealed record Recipe(string Name, string Description, Func<OptionReader, DiagnosticBag, Func<BuiltModel>> Read)
    {
        public static Recipe Of<T>(string name, string description, T defaults, Func<OptionReader, T, T> read, Func<T, BuiltModel> build) =>
            new(name, description, (reader, bag) =>
            {
                var options = read(reader, defaults);
                reader.ReportUnknown();
                bag.ThrowIfErrors();
                return () => build(options);
            });
    }
}
