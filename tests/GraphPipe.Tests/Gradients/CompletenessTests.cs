using System.Text.RegularExpressions;
using GraphPipe.Ops;
using GraphPipe.Passes;
using GraphPipe.Runtime.Cpu;
using Xunit;

namespace GraphPipe.Tests.Gradients;

/// <summary>Nothing is left out: every gradient has a case, every operator a gradient or a reason, every core op a kernel.</summary>
public partial class CompletenessTests
{
    private const string Decomposed = "made of other ops before differentiation";
    private const string Whole = "its result is no float";
    private const string Folded = "a constant before differentiation";

    private static readonly Dictionary<string, string> WithoutGradient = new(StringComparer.Ordinal)
    {
        ["BatchNormalization"] = Decomposed + "; training mode is refused",
        ["CastLike"] = Decomposed,
        ["Dropout"] = Decomposed + "; training mode is refused",
        ["Flatten"] = Decomposed,
        ["GlobalAveragePool"] = Decomposed,
        ["GlobalMaxPool"] = Decomposed,
        ["GlobalLpPool"] = Decomposed,
        ["GroupNormalization"] = Decomposed,
        ["LRN"] = Decomposed,
        ["MeanVarianceNormalization"] = Decomposed,
        ["Identity"] = Decomposed,
        ["Mean"] = Decomposed,
        ["Squeeze"] = Decomposed,
        ["Sum"] = Decomposed,
        ["Unsqueeze"] = Decomposed,
        ["And"] = Whole,
        ["ArgMax"] = Whole,
        ["ArgMin"] = Whole,
        ["Equal"] = Whole,
        ["Greater"] = Whole,
        ["GreaterOrEqual"] = Whole,
        ["Less"] = Whole,
        ["LessOrEqual"] = Whole,
        ["Not"] = Whole,
        ["Or"] = Whole,
        ["Shape"] = Whole,
        ["Size"] = Whole,
        ["Xor"] = Whole,
        ["Constant"] = Folded,
        ["ConstantOfShape"] = Folded + ", or without operands",
        ["Range"] = Folded,
        ["DepthToSpace"] = Decomposed,
        ["Einsum"] = Decomposed,
        ["EyeLike"] = Folded,
        ["GRU"] = Decomposed,
        ["GatherND"] = Decomposed,
        ["IsInf"] = Whole,
        ["IsNaN"] = Whole,
        ["LSTM"] = Decomposed,
        ["OneHot"] = Decomposed,
        ["RNN"] = Decomposed,
        ["ScatterND"] = Decomposed,
        ["SpaceToDepth"] = Decomposed,
    };

    private const string Ordinary = "no gradient case needs it: one device, mse and SGD; tests of the runtime and of kernels do";
    private const string AtLevelOnnx = "gone before level core, where samples are placed";

    private static readonly Dictionary<string, string> NotInferred = new(StringComparer.Ordinal)
    {
        ["grad.LossCrossEntropy"] = Ordinary,
        ["pipe.Recv"] = Ordinary,
        ["pipe.Send"] = Ordinary,
        ["train.Adam"] = Ordinary,
        ["train.AdamW"] = Ordinary,
        ["train.PredictAdam"] = Ordinary,
        ["train.AddGradient"] = Ordinary,
        ["train.LossCrossEntropy"] = Ordinary,
    };

    private static readonly Dictionary<string, string> NotPlaced = new(NotInferred, StringComparer.Ordinal)
    {
        ["BatchNormalization"] = AtLevelOnnx,
        ["CastLike"] = AtLevelOnnx,
        ["Constant"] = AtLevelOnnx,
        ["ConstantOfShape"] = "here its result meets elementwise ops as a constant: " + AtLevelOnnx,
        ["DepthToSpace"] = AtLevelOnnx,
        ["Dropout"] = AtLevelOnnx,
        ["Einsum"] = AtLevelOnnx,
        ["EyeLike"] = AtLevelOnnx,
        ["Flatten"] = AtLevelOnnx,
        ["GRU"] = AtLevelOnnx,
        ["GatherND"] = AtLevelOnnx,
        ["GlobalAveragePool"] = AtLevelOnnx,
        ["GlobalMaxPool"] = AtLevelOnnx,
        ["GlobalLpPool"] = AtLevelOnnx,
        ["GroupNormalization"] = AtLevelOnnx,
        ["Identity"] = AtLevelOnnx,
        ["IsInf"] = AtLevelOnnx,
        ["IsNaN"] = AtLevelOnnx,
        ["LRN"] = AtLevelOnnx,
        ["LSTM"] = AtLevelOnnx,
        ["Mean"] = AtLevelOnnx,
        ["MeanVarianceNormalization"] = AtLevelOnnx,
        ["OneHot"] = AtLevelOnnx,
        ["RNN"] = AtLevelOnnx,
        ["ScatterND"] = AtLevelOnnx,
        ["Size"] = AtLevelOnnx,
        ["SpaceToDepth"] = AtLevelOnnx,
        ["Squeeze"] = AtLevelOnnx,
        ["Sum"] = AtLevelOnnx,
        ["Unsqueeze"] = AtLevelOnnx,
    };

    [Fact]
    public void Every_gradient_has_a_case() =>
        Assert.Empty(GradientRegistry.Types.Except(ExercisedOperators.OfAllCases.Differentiated).Order(StringComparer.Ordinal));

    [Fact]
    public void Every_operator_has_a_gradient_or_a_reason() =>
        AssertSame(
            OperatorRegistry.Standard.Names.Where(n => n.IsStandard && GradientRegistry.Of(n) is null).Select(n => n.ToString()),
            WithoutGradient.Keys);

    [Fact]
    public void Every_gradient_is_of_an_operator() =>
        Assert.Empty(GradientRegistry.Types.Except(OperatorRegistry.Standard.Names.Select(n => n.ToString())));

    [Fact]
    public void Every_operators_inference_is_exercised_or_there_is_a_reason() =>
        AssertSame(OperatorRegistry.Standard.Names.Select(n => n.ToString()).Except(ExercisedOperators.OfAllCases.Inferred), NotInferred.Keys);

    [Fact]
    public void Every_operators_batch_rule_is_exercised_or_there_is_a_reason() =>
        AssertSame(OperatorRegistry.Standard.Names.Select(n => n.ToString()).Except(ExercisedOperators.OfAllCases.Placed), NotPlaced.Keys);

    [Fact]
    public void Inference_and_batch_rules_agree_with_the_types_that_stand_in_training_graphs() =>
        Assert.Empty(ExercisedOperators.OfAllCases.Contradictions);

    [Fact]
    public void Every_core_op_has_a_CPU_kernel()
    {
        var documented = DocumentedOps().ToList();
        Assert.True(documented.Count > 120, $"docs/core-ops.md names {documented.Count} ops: its tables are not read");
        Assert.Empty(documented.Except(new CpuDeviceProvider().Ops).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_op_that_gradients_are_made_of_has_a_CPU_kernel() =>
        Assert.Empty(OperatorRegistry.Standard.Names.Where(n => n.Domain is "grad" or "train").Select(n => n.ToString()).Except(new CpuDeviceProvider().Ops).Order(StringComparer.Ordinal));

    // The first column of every table row: names in backquotes, before brackets. "grad.<other unary>" stands for those of the first rows.
    private static IEnumerable<string> DocumentedOps()
    {
        var registered = OperatorRegistry.Standard.Names.Select(n => n.ToString()).ToHashSet(StringComparer.Ordinal);
        foreach (string line in File.ReadLines(Path.Combine(RepositoryRoot.Folder, "docs", "core-ops.md")).Where(l => l.StartsWith("| `", StringComparison.Ordinal)))
        {
            if (line.Contains("fall-back", StringComparison.Ordinal))
                continue;
            string column = line.Split('|')[1];
            bool isUnary = line.EndsWith("elementwise |", StringComparison.Ordinal);
            foreach (Match quoted in Quoted().Matches(column))
            {
                foreach (string name in Brackets().Replace(quoted.Groups[1].Value, " ").Split((char[])[' ', ',', '→'], StringSplitOptions.RemoveEmptyEntries).Where(n => OpName().IsMatch(n)))
                {
                    yield return name;
                    if (isUnary && registered.Contains("grad." + name))
                        yield return "grad." + name;
                }
            }
        }
    }

    private static void AssertSame(IEnumerable<string> actual, IEnumerable<string> listed) =>
        Assert.Equal(string.Join(' ', listed.Order(StringComparer.Ordinal)), string.Join(' ', actual.Order(StringComparer.Ordinal)));

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quoted();

    // Operands and results.
    [GeneratedRegex(@"\([^)]*\)|→.*|<.*")]
    private static partial Regex Brackets();

    [GeneratedRegex(@"^(grad\.|train\.)?[A-Z]\w+$")]
    private static partial Regex OpName();
}
