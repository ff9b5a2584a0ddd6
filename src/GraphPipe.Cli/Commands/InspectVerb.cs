using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using GraphPipe.Bundle;
using GraphPipe.Compiler;
using GraphPipe.Core;
using GraphPipe.Onnx;

namespace GraphPipe.Cli.Commands;

/// <summary><c>inspect MODEL|BUNDLE</c>: what is in it; the IR at any level or after any pass.</summary>
internal sealed class InspectVerb : Verb
{
    private readonly Argument<string> _input;
    private readonly ModelOptions _options;
    private readonly Option<string?> _level;
    private readonly Option<string?> _after;
    private readonly Option<string?> _printAll;

    public InspectVerb()
        : base(
            "inspect",
            "Show what is in a model or bundle; print the IR at a level or after a pass.",
            "inspect model.onnx",
            "inspect model.onnx --level train --loss cross_entropy",
            "inspect model.onnx --after differentiate --loss mse",
            "inspect model.gpb --json")
    {
        _input = Add(new Argument<string>("input") { HelpName = "MODEL|BUNDLE", Description = "An .onnx file or a bundle." });
        _level = Add(OptionKinds.Choice("--level", "Print the IR at this level.", "onnx", "core", "train", "staged", "comm"));
        _after = Add(OptionKinds.Text("--after", "PASS", "Print the IR after this pass; PASS:2 after its second run, without a number after its last."));
        _printAll = Add(OptionKinds.Text("--print-all", "DIR", "Write the IR after every pass into this folder."));
        _options = new ModelOptions(Command);
    }

    public override int Run(Call call)
    {
        string path = call.Subject = call.Get(_input);
        if (call.Has(_level) && call.Has(_after))
            throw Usage.Error("--level and --after are both given", "give one of the two");
        if (BundleReader.IsBundle(path))
        {
            string? given = _options.Given(call).FirstOrDefault() ?? (call.Has(_after) ? "--after" : call.Has(_printAll) ? "--print-all" : call.Get(_level) is null or "comm" ? null : "--level");
            if (given is not null)
                throw Usage.Error($"{given} is for models: a bundle holds the end of the road", "leave it out, or give the model; --level comm works on bundles");
            return InspectBundle(call, BundleReader.Read(path));
        }

        var model = ModelFile.Load(path);
        var module = model.ToModule();
        return call.Has(_level) || call.Has(_after) || call.Has(_printAll) ? PrintIr(call, model, module) : Summarise(call, model, module);
    }

    // The IR.
    private int PrintIr(Call call, OnnxModel model, Module imported)
    {
        var road = Walk(call, model, imported, out var stopped);
        if (call.Get(_printAll) is { } folder)
        {
            AtomicFile.WriteFolder(folder, name => name.EndsWith(".gpir", StringComparison.Ordinal), aside =>
            {
                for (int i = 0; i < road.Count; i++)
                    AtomicFile.Write(Path.Combine(aside, string.Create(CultureInfo.InvariantCulture, $"{i:D2}-{road[i].Pass}.gpir")), Encoding.UTF8.GetBytes(Printer.Print(road[i].Module)));
            });
            call.Document["written"] = JsonParts.Texts(road.Select((r, i) => Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{i:D2}-{r.Pass}.gpir"))));
            call.Text.WriteLine($"wrote {road.Count} files to {folder}");
        }

        Module? module = null;
        if (call.Get(_after) is { } after)
            module = After(road, after, stopped);
        else if (call.Get(_level) is { } level)
            module = road.LastOrDefault(r => NameOf(r.Module.Level) == level).Module ?? throw stopped ?? Usage.Error($"the road does not reach level {level}");
        else if (stopped is not null)
            throw stopped;
        module ??= road[^1].Module;
        Fill(call, module);
        if (call.Has(_after) || call.Has(_level))
        {
            string text = Printer.Print(module);
            call.Document["ir"] = text;
            call.Raw.Write(text);
        }

        return ExitCodes.Done;
    }

    /// <summary>Compiles as far as is needed or possible, and keeps the module after every pass.</summary>
    private List<(string Pass, Module Module)> Walk(Call call, OnnxModel model, Module imported, out DiagnosticException? stopped)
    {
        List<(string Pass, Module Module)> road = [("import", imported)];
        stopped = null;
        if (call.Get(_level) == "onnx" && !call.Has(_printAll))
            return road;
        var options = _options.Read(call, ModelHints.Of(model), forInference: call.Get(_level) == "core");
        options = options with { Passes = new PassOptions { After = (pass, module, _) => { call.ThrowIfInterrupted(); road.Add((pass.Name, module)); } } };
        var compiler = new ModelCompiler(model, options);
        try
        {
            bool isEarly = call.Get(_level) is "core" or "train" || Pipelines.Normalise(options, true).Concat(Pipelines.Train(options, true)).Any(p => p.Name == call.Get(_after)?.Split(':')[0]);
            if (isEarly && !call.Has(_printAll))
                compiler.ToGraph();
            else
                compiler.Run();
        }
        catch (DiagnosticException e)
        {
            // What was reached can still be looked at.
            stopped = e;
        }

        call.Tell(compiler.Diagnostics.Where(d => d.Severity != Severity.Error));
        return road;
    }

    private static Module After(List<(string Pass, Module Module)> road, string text, DiagnosticException? stopped)
    {
        string[] parts = text.Split(':');
        int which = 0;
        if (parts.Length > 2 || (parts.Length == 2 && (!int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out which) || which < 1)))
            throw Usage.Error($"--after wants PASS or PASS:2, not '{text}'");
        var found = road.Where(r => r.Pass == parts[0]).ToList();
        if (found.Count > 0 && which <= found.Count)
            return which == 0 ? found[^1].Module : found[which - 1].Module;
        throw stopped ?? Usage.Error(found.Count > 0 ? $"'{parts[0]}' runs {found.Count} times" : $"no pass is called '{parts[0]}'", $"the passes are {string.Join(", ", road.Select(r => r.Pass).Distinct())}");
    }

    // A model.
    private int Summarise(Call call, OnnxModel model, Module imported)
    {
        var hints = ModelHints.Of(model);
        Fill(call, imported);
        var road = new List<Module>();
        var options = _options.Read(call, hints) with { Passes = new PassOptions { After = (_, module, _) => { call.ThrowIfInterrupted(); road.Add(module); } } };
        var (graph, problems, compiler) = ToGraph(model, options, road);
        if (graph is null && call.Get(_options.Loss) is null && hints.Loss is null && problems.All(p => p.Severity != Severity.Error || p.Code == Codes.LossUnsuitable))
            (graph, problems, compiler) = ToGraph(model, options with { Loss = LossKind.Output }, road);
        var core = road.LastOrDefault(m => m.Level == Level.Core);
        var regions = graph is null ? [] : Branches.Of(compiler.ToCosts(graph).Graph);
        int widest = regions.Select(r => r.Branches.Length).DefaultIfEmpty(1).Max();

        // Roles and batch axes are known where the model was normalised; else as in the file.
        var known = core ?? imported;
        var document = call.Document;
        document["inputs"] = JsonParts.List(known.Graph.Inputs, i => Tensor(known, i));
        document["outputs"] = JsonParts.List(known.Graph.Outputs, o => Tensor(known, o));
        document["parameters"] = Parameters(graph ?? known, imported);
        document["opsets"] = new JsonObject([.. imported.Opsets.Select(o => KeyValuePair.Create<string, JsonNode?>(o.Key.Length == 0 ? "ai.onnx" : o.Key, o.Value))]);
        document["branches"] = JsonParts.List(regions, r => JsonParts.List(r.Branches, b => new JsonObject { ["first"] = b.First, ["last"] = b.Last, ["nodes"] = b.Nodes, ["share"] = b.Share }));
        document["widest"] = widest;
        document["batch"] = core is null ? null : Batch(core, imported);
        document["trainable"] = graph is not null;
        document["problems"] = JsonParts.List(problems.Where(p => p.Severity == Severity.Error), p => new JsonObject { ["code"] = p.Code, ["message"] = p.Message, ["location"] = p.Location, ["advice"] = p.Advice });
        document["missing_gradients"] = JsonParts.List(problems.Where(p => p.Code == Codes.GradientMissing), p => p.Location);
        WriteSummary(call, imported, known, graph ?? known, regions, widest, problems, graph is not null);
        return ExitCodes.Done;
    }

    private static (Module? Graph, IReadOnlyList<Diagnostic> Problems, ModelCompiler Compiler) ToGraph(OnnxModel model, CompileOptions options, List<Module> road)
    {
        var compiler = new ModelCompiler(model, options);
        road.Clear();
        try
        {
            return (compiler.ToGraph(), compiler.Diagnostics, compiler);
        }
        catch (DiagnosticException e) when (e.Diagnostics.All(d => d.Code != Codes.Interrupted))
        {
            return (null, e.Diagnostics, compiler);
        }
    }

    private static void WriteSummary(
        Call call, Module imported, Module known, Module roles, IReadOnlyList<BranchRegion> regions, int widest, IReadOnlyList<Diagnostic> problems, bool isTrainable)
    {
        var text = call.Text;
        text.WriteLine($"{call.Subject}: {imported.Name}, opset {string.Join(", ", imported.Opsets.Select(o => o.Key.Length == 0 ? $"{o.Value}" : $"{o.Key} {o.Value}"))}");
        void Values(string title, IEnumerable<ValueId> values)
        {
            text.WriteLine(title);
            foreach (var value in values)
                text.WriteLine($"  {known[value].Name} : {TypeText(known[value])}");
        }

        Values("inputs", known.Graph.Inputs);
        Values("outputs", known.Graph.Outputs);
        long Elements(ParameterRole role) => Named(roles, imported).Where(p => p.Parameter.Role == role).Sum(p => p.Type.KnownShape.Elements.Constant ?? 0);
        text.WriteLine($"parameters: {StageChart.Count(Elements(ParameterRole.Trained))} trained, {StageChart.Count(Elements(ParameterRole.Frozen))} frozen");
        if (call.IsVerbose)
        {
            foreach (var (name, parameter, type) in Named(roles, imported))
                text.WriteLine($"  {name} : {type} {Role(parameter.Role)}");
        }

        var operators = Operators(imported);
        text.WriteLine($"operators: {string.Join(", ", operators.OrderByDescending(o => o.Value).Select(o => $"{o.Key} {o.Value}"))} ({operators.Values.Sum()} in all)");
        text.WriteLine(widest > 1 ? $"branches: up to {widest} side by side" : "branches: none; the model is a line");
        foreach (var region in regions)
            text.WriteLine($"  {string.Join(" | ", region.Branches.Select(b => $"{b.First} … {b.Last} ({b.Nodes} nodes, {b.Share:P0})"))}");
        text.WriteLine(isTrainable ? "trainable: yes" : "trainable: no, because of");
        foreach (var problem in problems.Where(p => !isTrainable && p.Severity == Severity.Error))
            text.WriteLine($"  {problem.ToString().ReplaceLineEndings("\n  ")}");
    }

    // A bundle.
    private int InspectBundle(Call call, StageBundle bundle)
    {
        var manifest = bundle.Manifest;
        var programs = bundle.Stages.Select(s => s.Program).ToList();
        var operators = programs.SelectMany(p => p.Functions).SelectMany(f => f.Calls).GroupBy(c => c.Kernel).OrderBy(g => g.Key, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Count());
        var document = call.Document;
        document["level"] = "comm";
        document["purpose"] = manifest.Purpose == BundlePurpose.Train ? "train" : "inference";
        document["model_sha256"] = manifest.ModelSha256;
        document["mini_batch"] = manifest.MiniBatch;
        document["schedule"] = bundle.Plan.Schedule;
        document["loss"] = manifest.Loss.Kind switch { LossKind.Mse => "mse", LossKind.CrossEntropy => "cross_entropy", LossKind.Output => "output", _ => null };
        document["optimizer"] = manifest.Optimizer?.Name;
        document["inputs"] = JsonParts.List(manifest.Inputs, t => JsonParts.Tensor(t.Name, t.Type, t.Shape.ToString(), t.Batch));
        document["outputs"] = JsonParts.List(manifest.Outputs, t => JsonParts.Tensor(t.Name, t.Type, t.Shape.ToString(), t.Batch));
        document["target"] = manifest.Target is { } target ? JsonParts.Tensor(target.Name, target.Type, target.Shape.ToString(), target.Batch) : null;
        document["parameters"] = JsonParts.List(manifest.Parameters.Where(p => p.Role != ParameterRole.Constant), p => new JsonObject
        {
            ["name"] = p.Name,
            ["role"] = Role(p.Role),
            ["type"] = p.Type.Text(),
            ["shape"] = p.Shape.ToString(),
            ["stage"] = p.Owner.Value,
        });
        document["operators"] = new JsonObject([.. operators.Select(o => KeyValuePair.Create<string, JsonNode?>(o.Key, o.Value))]);
        bool isWhole = manifest.Covers is null;
        document["covers_device"] = manifest.Covers is { } covered ? bundle.Plan.Mesh[covered].ToString() : null;
        document["stages"] = isWhole ? StageJson.Stages(bundle) : JsonParts.List(bundle.Plan.Stages, s => new JsonObject { ["id"] = s.Id.Value, ["name"] = s.Name, ["device"] = bundle.Plan.Mesh[s.Device].ToString(), ["micro_batch"] = s.MicroBatch, ["in_flight"] = s.InFlight });
        document["channels"] = StageJson.Channels(bundle);
        if (call.Has(_level))
        {
            string ir = string.Join('\n', bundle.Stages.Select(s => s.ProgramText));
            document["ir"] = ir;
            call.Raw.Write(ir);
            return ExitCodes.Done;
        }

        var text = call.Text;
        text.WriteLine($"{call.Subject}: {manifest.ModelName}, {document["purpose"]}{(manifest.Purpose == BundlePurpose.Train ? $" with {document["loss"]} and {document["optimizer"]}" : "")}, mini-batch {manifest.MiniBatch}, schedule {bundle.Plan.Schedule}");
        WantedData.Write(text, bundle);
        foreach (var output in manifest.Outputs)
            text.WriteLine($"  output {output.Name} : {output.Type.Text()}{output.Shape}");
        if (!isWhole)
        {
            text.WriteLine($"holds the stages of {document["covers_device"]} only: {string.Join(", ", bundle.Stages.Select(s => s.Program.Name))}");
            return ExitCodes.Done;
        }

        var memory = MemoryPlan.Compute(bundle.Plan, programs);
        document["devices"] = StageJson.Memory(bundle.Plan, memory);
        var chart = StageChart.Of(bundle);
        document["depth"] = chart.Depth;
        chart.Write(text);
        text.WriteLine($"{StageChart.Stages(bundle.Plan.Stages.Length)}, depth {chart.Depth}; memory {string.Join(", ", memory.Devices.Select(d => $"{bundle.Plan.Mesh[d.Device]} {d.Total}"))}");
        if (call.IsVerbose)
        {
            var table = new TextTable("channel", "kind", "from", "to", "message", ">depth");
            foreach (var c in bundle.Plan.Channels)
                table.Add(c.Name, StageJson.Kind(c.Kind), bundle.Plan[c.From].Name, bundle.Plan[c.To].Name, $"{c.Type.Text()}{c.Shape}", c.Depth.ToString(CultureInfo.InvariantCulture));
            table.Write(text);
        }

        return ExitCodes.Done;
    }

    // Parts of both.
    private static void Fill(Call call, Module module)
    {
        var document = call.Document;
        document["level"] = NameOf(module.Level);
        document["name"] = module.Name;
        document["inputs"] = JsonParts.List(module.Graph.Inputs, i => Tensor(module, i));
        document["outputs"] = JsonParts.List(module.Graph.Outputs, o => Tensor(module, o));
        document["parameters"] = Parameters(module, module);
        document["operators"] = new JsonObject([.. Operators(module).Select(o => KeyValuePair.Create<string, JsonNode?>(o.Key, o.Value))]);
        if (module.Level < Level.Staged)
            return;
        document["stages"] = JsonParts.List(module.Stages, s => new JsonObject { ["id"] = s.Id.Value, ["name"] = s.Name, ["device"] = s.Device.Value, ["micro_batch"] = s.MicroBatch, ["in_flight"] = s.InFlight });
        document["channels"] = JsonParts.List(module.Channels, c => new JsonObject { ["name"] = c.Name, ["kind"] = StageJson.Kind(c.Kind), ["from"] = c.From.Value, ["to"] = c.To.Value, ["depth"] = c.Depth });
    }

    private static SortedDictionary<string, int> Operators(Module module)
    {
        var counts = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var functions = module.Stages.SelectMany(s => s.Functions).Select(f => f.Body).Prepend(module.Graph);
        foreach (var op in functions.SelectMany(f => f.AllOps()))
            counts[op.Name.ToString()] = counts.GetValueOrDefault(op.Name.ToString()) + 1;
        return counts;
    }

    private static JsonArray Parameters(Module roles, Module imported) => JsonParts.List(Named(roles, imported), p => new JsonObject
    {
        ["name"] = p.Name,
        ["role"] = Role(p.Parameter.Role),
        ["type"] = p.Type.Type.Text(),
        ["shape"] = p.Type.KnownShape.ToString(),
        ["elements"] = p.Type.KnownShape.Elements.Constant ?? 0,
    });

    // The file's own initializers, with the roles that passes gave them; what passes folded is no parameter of the user's.
    private static IEnumerable<(string Name, Parameter Parameter, TensorType Type)> Named(Module roles, Module imported)
    {
        var known = roles.Parameters.ToDictionary(p => roles[p.Value].Name, StringComparer.Ordinal);
        foreach (var parameter in imported.Parameters)
        {
            string name = imported[parameter.Value].Name;
            if (known.GetValueOrDefault(name) is { Role: not ParameterRole.Constant } found && imported[parameter.Value].Tensor is { Shape: not null } type)
                yield return (name, found, type);
        }
    }

    private static JsonNode? Batch(Module core, Module imported) => new JsonObject
    {
        ["symbol"] = imported.Graph.Inputs.Select(i => imported[i].Tensor?.Shape).Where(s => s is not null).SelectMany(s => s!.Dims).SelectMany(d => d.Symbols).FirstOrDefault(),
        ["axes"] = new JsonObject([.. core.Graph.Inputs.Concat(core.Graph.Outputs).Where(v => core[v].Tensor?.Batch is not null).DistinctBy(v => v).Select(v => KeyValuePair.Create<string, JsonNode?>(core[v].Name, core[v].Tensor!.Batch!.Axis))]),
    };

    private static JsonObject Tensor(Module module, ValueId value)
    {
        var tensor = module[value].Tensor;
        return JsonParts.Tensor(module[value].Name, tensor?.Type ?? DType.Undefined, tensor?.Shape?.ToString() ?? "?", tensor?.Batch);
    }

    private static string TypeText(ValueInfo value) => value.Tensor?.ToString() ?? "?";

    private static string Role(ParameterRole role) => role.ToString().ToLowerInvariant();

    private static string NameOf(Level level) => level.ToString().ToLowerInvariant();
}
