using System.Collections.Immutable;

namespace GraphPipe.Planning;

/// <summary>
/// The programs that differ from one in a single place: a count, a limit or a turn that is larger or smaller; work that changes its place or its
/// priority, is split, joined, offered beside other work, or left out. Which of them are any good is for whoever runs them to say.
/// </summary>
internal static class ProgramMoves
{
    private static readonly ImmutableArray<TaskKind> s_kinds = [TaskKind.Forward, TaskKind.Backward, TaskKind.BackwardInput, TaskKind.BackwardWeight];

    public static IEnumerable<ScheduleProgram> Of(ScheduleProgram program)
    {
        foreach (var limit in Shifted(program.Limit))
            yield return program with { Limit = limit };
        foreach (var turn in Turns(program))
            yield return program with { Turn = turn };
        for (int i = 0; i < program.Steps.Length; i++)
        {
            var step = program.Steps[i];
            foreach (var count in Shifted(step.Count))
                yield return program with { Steps = program.Steps.SetItem(i, step with { Count = count }) };
            foreach (var items in Items(step.Items))
                yield return program with { Steps = program.Steps.SetItem(i, step with { Items = items }) };
            if (program.Steps.Length > 1)
                yield return program with { Steps = program.Steps.RemoveAt(i) };
        }
    }

    private static IEnumerable<ProgramExpression> Shifted(ProgramExpression? number)
    {
        if (number is not null)
        {
            foreach (long by in new[] { -1, 1, -2, 2 })
                yield return Plus(number, by);
        }
    }

    // A number that has been shifted already is shifted further.
    private static ProgramExpression Plus(ProgramExpression number, long by)
    {
        if (number is ProgramExpression.Number { Literal: var literal } && literal + by >= 0)
            return new ProgramExpression.Number(literal + by);
        if (number is ProgramExpression.Operation { Operator: ProgramOperator.Add or ProgramOperator.Subtract, Right: ProgramExpression.Number { Literal: var shift } } sum)
            (number, by) = (sum.Left, by + (sum.Operator == ProgramOperator.Add ? shift : -shift));
        return by == 0 ? number : new ProgramExpression.Operation(by > 0 ? ProgramOperator.Add : ProgramOperator.Subtract, number, new ProgramExpression.Number(Math.Abs(by)));
    }

    private static IEnumerable<ProgramExpression> Turns(ScheduleProgram program)
    {
        // One stage has every turn.
        if (program.Placement == PlacementKind.OneStage)
            yield break;
        yield return new ProgramExpression.Number(1);
        yield return new ProgramExpression.Named(ProgramNames.Devices);
        yield return new ProgramExpression.Named(ProgramNames.MicroBatches);
        foreach (var turn in Shifted(program.Turn))
            yield return turn;
    }

    private static IEnumerable<ImmutableArray<ProgramItem>> Items(ImmutableArray<ProgramItem> items)
    {
        for (int i = 0; i < items.Length; i++)
        {
            var item = items[i];
            if (i + 1 < items.Length)
                yield return items.SetItem(i, items[i + 1]).SetItem(i + 1, item);
            if (items.Length > 1)
                yield return items.RemoveAt(i);
            if (item.With is not null)
            {
                yield return items.SetItem(i, item with { With = null }).Insert(i + 1, new([item.With.Value]));
                continue;
            }

            var choices = item.Choices;
            if (choices is [{ Kind: TaskKind.Backward } whole])
                yield return items.SetItem(i, new([whole with { Kind = TaskKind.BackwardInput }])).Insert(i + 1, new([whole with { Kind = TaskKind.BackwardWeight }]));
            if (choices is [{ Kind: TaskKind.BackwardInput } input] && i + 1 < items.Length && items[i + 1] is { With: null, Choices: [{ Kind: TaskKind.BackwardWeight }] })
                yield return items.RemoveAt(i + 1).SetItem(i, new([input with { Kind = TaskKind.Backward }]));
            foreach (var other in Choices(choices))
                yield return items.SetItem(i, new(other));
        }
    }

    private static IEnumerable<ImmutableArray<ProgramWork>> Choices(ImmutableArray<ProgramWork> choices)
    {
        for (int i = 0; i + 1 < choices.Length; i++)
            yield return choices.SetItem(i, choices[i + 1]).SetItem(i + 1, choices[i]);
        if (choices.Length > 1)
        {
            for (int i = 0; i < choices.Length; i++)
                yield return choices.RemoveAt(i);
        }

        foreach (var kind in s_kinds.Where(k => choices.All(c => c.Kind != k)))
        {
            yield return choices.Add(new(kind, null));
            yield return choices.Insert(0, new(kind, null));
        }
    }
}
