using System.Collections.Immutable;
using System.Globalization;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>Reads programs of the schedule language; the grammar is in docs/schedules.md.</summary>
public sealed class ProgramParser
{
    // Brackets are read by recursion.
    private const int MostBrackets = 100;

    private const string WorkAdvice = "work is F, B, I or W, with the number of a stage of the device where it matters, as in F or I1";

    private readonly string _place;
    private readonly DiagnosticBag _faults = new();
    private readonly HashSet<string> _names = [.. ProgramNames.All];
    private readonly ImmutableArray<ProgramLet>.Builder _lets = ImmutableArray.CreateBuilder<ProgramLet>();
    private readonly ImmutableArray<ProgramNeed>.Builder _needs = ImmutableArray.CreateBuilder<ProgramNeed>();
    private readonly ImmutableArray<ProgramStep>.Builder _steps = ImmutableArray.CreateBuilder<ProgramStep>();
    private List<ProgramToken> _tokens = [];
    private int _line;
    private int _next;
    private int _depth;
    private PlacementKind? _placement;
    private ProgramExpression? _turn;
    private ProgramExpression? _limit;

    private ProgramParser(string place) => _place = place;

    /// <summary>The words for where stages live.</summary>
    internal static ImmutableArray<(string Word, PlacementKind Kind)> Placements { get; } =
    [
        ("one", PlacementKind.OneStage), ("loop", PlacementKind.Loop), ("v", PlacementKind.V), ("wave", PlacementKind.Wave), ("two", PlacementKind.Bidirectional),
    ];

    private ProgramToken Current => _tokens[_next];

    /// <param name="name">Of the program in plans and bundles.</param>
    /// <param name="place">What to call the text in diagnostics, e.g. its path.</param>
    /// <returns>Null with GP3033 in <paramref name="diagnostics"/> for every line that is wrong, with its column, what was expected and what to do.</returns>
    public static ScheduleProgram? Parse(string name, string place, string text, DiagnosticBag diagnostics)
    {
        var parser = new ProgramParser(place);
        foreach (string line in text.ReplaceLineEndings("\n").Split('\n'))
            parser.ReadLine(line);
        parser.CheckWhole();
        diagnostics.AddRange(parser._faults.All);
        return parser._faults.HasErrors
            ? null
            : new(name, parser._placement!.Value, parser._lets.ToImmutable(), parser._needs.ToImmutable(), parser._turn, parser._limit, parser._steps.ToImmutable());
    }

    private void ReadLine(string line)
    {
        _line++;
        _next = 0;
        _depth = 0;
        _tokens = ProgramLexer.Cut(line);
        if (Current.IsEnd)
            return;
        try
        {
            ReadStatement();
            if (!Current.IsEnd)
                throw Fault($"expected the end of the line, not '{Current.Text}'", "a line is one statement; comments begin with #");
        }
        catch (DiagnosticException fault)
        {
            _faults.AddRange(fault.Diagnostics);
        }
    }

    private void ReadStatement()
    {
        var start = Current;
        switch (start.Text)
        {
            case "place":
                ReadPlacement();
                return;
            case "let":
                ReadLet();
                return;
            case "need":
                BeforeSteps();
                _next++;
                _needs.Add(ReadNeed());
                return;
            case "turn":
                Once(_turn is not null);
                _turn = ReadExpression();
                return;
            case "limit":
                Once(_limit is not null);
                _limit = ReadExpression();
                return;
            default:
                ReadStep();
                return;
        }
    }

    private void ReadPlacement()
    {
        Once(_placement is not null);
        if (Placements.Where(p => p.Word == Current.Text).Select(p => (PlacementKind?)p.Kind).FirstOrDefault() is not { } kind)
            throw Fault($"expected a placement, not {Found()}", $"write one of {string.Join(", ", Placements.Select(p => p.Word))}");
        _placement = kind;
        _next++;
    }

    private void ReadLet()
    {
        BeforeSteps();
        int line = _line;
        _next++;
        var name = Current;
        if (!name.IsName)
            throw Fault($"expected a name, not {Found()}", "names begin with a small letter, as in let k = m / p");
        if (_names.Contains(name.Text) || IsKeyword(name.Text))
            throw Fault($"'{name.Text}' has a meaning already", "choose another name");
        _next++;
        Expect("=", "write let NAME = NUMBER");
        _lets.Add(new(name.Text, ReadExpression(), line));
        _names.Add(name.Text);
    }

    private ProgramNeed ReadNeed()
    {
        int line = _line;
        var left = ReadExpression();
        ProgramComparison? comparison = Current.Text switch
        {
            "=" => ProgramComparison.Equal,
            "<" => ProgramComparison.Less,
            "<=" => ProgramComparison.LessOrEqual,
            ">" => ProgramComparison.Greater,
            ">=" => ProgramComparison.GreaterOrEqual,
            _ => null,
        };
        if (comparison is not { } known)
            throw Fault($"expected a comparison, not {Found()}", "write =, <, <=, > or >= between two numbers");
        _next++;
        return new(left, known, ReadExpression(), line);
    }

    private void ReadStep()
    {
        bool isRest = Current.Text == "rest";
        var count = isRest ? null : ReadExpression();
        _next += isRest ? 1 : 0;
        Expect(":", "a step is a count (or rest), a colon, and work, as in p - r: F");
        var items = ImmutableArray.CreateBuilder<ProgramItem>();
        do
            items.Add(ReadItem());
        while (!Current.IsEnd);
        _steps.Add(new(count, items.ToImmutable(), _line));
    }

    private ProgramItem ReadItem()
    {
        var choices = ImmutableArray.CreateBuilder<ProgramWork>();
        choices.Add(ReadWork());
        if (Current.Text == "+")
        {
            int plus = _next++;
            var with = ReadWork();
            if (choices[0].Kind == TaskKind.Forward && with.Kind == TaskKind.Backward)
                return new(choices.ToImmutable(), with);
            _next = plus;
            throw Fault($"'{choices[0]}' and '{with}' can't be issued together", "a pair is a forward and a whole backward, as in F0+B1");
        }

        while (Current.Text == "|")
        {
            _next++;
            choices.Add(ReadWork());
        }

        return new(choices.ToImmutable());
    }

    private ProgramWork ReadWork()
    {
        string text = Current.Text;
        TaskKind? kind = text.Length == 0 ? null : text[0] switch
        {
            'F' => TaskKind.Forward,
            'B' => TaskKind.Backward,
            'I' => TaskKind.BackwardInput,
            'W' => TaskKind.BackwardWeight,
            _ => null,
        };
        int stage = 0;
        if (kind is not { } known || (text.Length > 1 && !int.TryParse(text.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out stage)))
            throw Fault($"expected work, not {Found()}", WorkAdvice);
        _next++;
        return new(known, text.Length > 1 ? stage : null);
    }

    private ProgramExpression ReadExpression()
    {
        var left = ReadProduct();
        while (Current.Text is "+" or "-")
        {
            var sign = _tokens[_next++].Text == "+" ? ProgramOperator.Add : ProgramOperator.Subtract;
            left = new ProgramExpression.Operation(sign, left, ReadProduct());
        }

        return left;
    }

    private ProgramExpression ReadProduct()
    {
        var left = ReadFactor();
        while (Current.Text is "*" or "/" or "%")
        {
            var sign = _tokens[_next++].Text switch { "*" => ProgramOperator.Multiply, "/" => ProgramOperator.Divide, _ => ProgramOperator.Remainder };
            left = new ProgramExpression.Operation(sign, left, ReadFactor());
        }

        return left;
    }

    private ProgramExpression ReadFactor()
    {
        var token = Current;
        if (token.IsNumber)
        {
            if (!long.TryParse(token.Text, NumberStyles.None, CultureInfo.InvariantCulture, out long number))
                throw Fault($"'{token.Text}' is no number", "write a whole number, and * between a number and a name");
            _next++;
            return new ProgramExpression.Number(number);
        }

        if (token.Text is "min" or "max")
        {
            Open();
            Expect("(", $"write {token.Text}(NUMBER, NUMBER)");
            var left = ReadExpression();
            Expect(",", $"write {token.Text}(NUMBER, NUMBER)");
            var right = ReadExpression();
            Expect(")", $"write {token.Text}(NUMBER, NUMBER)");
            _depth--;
            return new ProgramExpression.Operation(token.Text == "min" ? ProgramOperator.Least : ProgramOperator.Greatest, left, right);
        }

        if (token.Text == "(")
        {
            Open();
            var inner = ReadExpression();
            Expect(")", "close the bracket");
            _depth--;
            return inner;
        }

        if (!_names.Contains(token.Text))
            throw Fault($"expected a number, not {Found()}", $"known names are {string.Join(", ", ProgramNames.All.Concat(_lets.Select(l => l.Name)))}; others come from a let on a line before");
        _next++;
        return new ProgramExpression.Named(token.Text);
    }

    // Of a bracket, and of the word before it; its end takes one from the depth.
    private void Open()
    {
        if (++_depth > MostBrackets)
            throw Fault("brackets are nested too deep", "give parts of it names, with let on lines before");
        _next++;
    }

    private void Once(bool isThere)
    {
        BeforeSteps();
        if (isThere)
            throw Fault($"there is a '{Current.Text}' already", "leave one of the two out");
        _next++;
    }

    private void BeforeSteps()
    {
        if (_steps.Count > 0)
            throw Fault($"'{Current.Text}' stands behind a step", "steps come last; put this line before them");
    }

    private void CheckWhole()
    {
        void Missing(string message, string advice) => _faults.Add(Diagnostic.Error(Codes.ScheduleProgramFaulty, message, _place, advice));
        if (_faults.HasErrors)
            return;
        if (_placement is null)
            Missing("the program does not say where stages live", $"add a line: place {string.Join("|", Placements.Select(p => p.Word))}");
        if (_steps.Count == 0)
            Missing("the program has no steps", "add a line of work, as in rest: F B");
    }

    private static bool IsKeyword(string name) => name is "place" or "let" or "need" or "turn" or "limit" or "rest" or "min" or "max";

    private void Expect(string text, string advice)
    {
        if (Current.Text != text)
            throw Fault($"expected '{text}', not {Found()}", advice);
        _next++;
    }

    private string Found() => Current.IsEnd ? "the end of the line" : $"'{Current.Text}'";

    private DiagnosticException Fault(string message, string advice) => new(Diagnostic.Error(
        Codes.ScheduleProgramFaulty, message, string.Create(CultureInfo.InvariantCulture, $"{_place}, line {_line}, column {Current.Column}"), advice));
}
