using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Passes;

/// <summary>A function of a recurrent op's gates: an operator and its attributes.</summary>
internal sealed record RecurrentFunction(string Name, Attributes Attributes)
{
    // Those that are operators of the same name, and how many parameters they take.
    private static readonly ImmutableDictionary<string, int> Known = new Dictionary<string, int>(StringComparer.Ordinal)
    {
        ["Sigmoid"] = 0,
        ["Tanh"] = 0,
        ["Relu"] = 0,
        ["Softsign"] = 0,
        ["Softplus"] = 0,
        ["LeakyRelu"] = 1,
        ["Elu"] = 1,
        ["ThresholdedRelu"] = 1,
        ["HardSigmoid"] = 2,
    }.ToImmutableDictionary(StringComparer.Ordinal);

    /// <summary>
    /// The functions of one direction. Their parameters stand in two lists for the functions of all directions: the ones that take a parameter take the
    /// next from the list; behind its end the operator's default counts.
    /// </summary>
    /// <returns>Null if one is not known.</returns>
    public static RecurrentFunction[]? Of(Op op, int direction)
    {
        string[] defaults = op.Name.Type switch { "LSTM" => ["Sigmoid", "Tanh", "Tanh"], "GRU" => ["Sigmoid", "Tanh"], _ => ["Tanh"] };
        var names = op.Attributes["activations"] is AttributeValue.Texts { Values.Length: > 0 } stated ? stated.Values : [.. defaults, .. defaults];
        var (alphas, betas) = (op.Attributes.Floats("activation_alpha") ?? [], op.Attributes.Floats("activation_beta") ?? []);
        if (names.Length < (direction + 1) * defaults.Length || !names.All(Known.ContainsKey))
            return null;
        var all = new List<RecurrentFunction>();
        int alpha = 0, beta = 0;
        foreach (string name in names)
        {
            var attributes = Attributes.Empty;
            if (Known[name] > 0 && alpha++ < alphas.Length)
                attributes = attributes.With("alpha", alphas[alpha - 1]);
            if (Known[name] > 1 && beta++ < betas.Length)
                attributes = attributes.With("beta", betas[beta - 1]);
            all.Add(new RecurrentFunction(name, attributes));
        }

        return [.. all.Skip(direction * defaults.Length).Take(defaults.Length)];
    }
}
