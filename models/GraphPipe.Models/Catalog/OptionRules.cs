using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Models;

/// <summary>What sizes must hold before a model can be built of them; every breach is GP8001.</summary>
internal sealed class OptionRules(string model)
{
    private readonly DiagnosticBag _bag = new();

    public OptionRules Positive(params ReadOnlySpan<(string Key, int Value)> sizes)
    {
        foreach (var (key, value) in sizes)
        {
            if (value <= 0)
                Fail($"option '{key}' is {value}", "sizes start at 1");
        }

        return this;
    }

    public OptionRules Positive(string key, ImmutableArray<int> values)
    {
        if (values.IsEmpty)
            Fail($"option '{key}' is empty", "give at least one size");
        foreach (int value in values)
            Positive((key, value));
        return this;
    }

    /// <summary>A size that must be a multiple of another; says nothing where the other is not positive, which has been said already.</summary>
    public OptionRules Multiple(string key, long value, string ofKey, long of)
    {
        if (value > 0 && of > 0 && value % of != 0)
            Fail($"option '{key}' is {value}, no multiple of '{ofKey}', which is {of}", $"make '{key}' a multiple of '{ofKey}'");
        return this;
    }

    public OptionRules Require(bool holds, string message, string advice)
    {
        if (!holds)
            Fail(message, advice);
        return this;
    }

    /// <exception cref="DiagnosticException">A rule does not hold.</exception>
    public void ThrowIfBroken() => _bag.ThrowIfErrors();

    private void Fail(string message, string advice) => _bag.Add(Diagnostic.Error(Codes.Usage, message, $"model {model}", advice));
}
