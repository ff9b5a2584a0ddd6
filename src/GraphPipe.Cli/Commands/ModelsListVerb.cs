using System.Text.Json.Nodes;
using GraphPipe.Models;

namespace GraphPipe.Cli.Commands;

/// <summary><c>models list</c>.</summary>
internal sealed class ModelsListVerb : Verb
{
    public ModelsListVerb()
        : base("models list", "List the models that can be built, with their options.", "models list", "models list --verbose")
    {
    }

    public override int Run(Call call)
    {
        call.Document["models"] = JsonParts.List(ModelCatalog.Entries, e => new JsonObject
        {
            ["name"] = e.Name,
            ["description"] = e.Description,
            ["options"] = JsonParts.List(e.Options, o => new JsonObject { ["key"] = o.Key, ["default"] = o.Default, ["description"] = o.Description }),
        });
        foreach (var entry in ModelCatalog.Entries)
        {
            call.Text.WriteLine($"{entry.Name,-18} {entry.Description}");
            if (!call.IsVerbose)
                call.Text.WriteLine($"    {string.Join(' ', entry.Options.Select(o => $"{o.Key}={o.Default}"))}");
            foreach (var option in call.IsVerbose ? entry.Options : [])
                call.Text.WriteLine($"    {option.Key}={option.Default}  {option.Description}");
        }

        return ExitCodes.Done;
    }
}
