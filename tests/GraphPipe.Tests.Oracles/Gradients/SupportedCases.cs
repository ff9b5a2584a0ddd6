namespace GraphPipe.Tests.Oracles.Gradients;

/// <summary>How many of the f32 cases of each operator the compiler supports; all of those agree with PyTorch.</summary>
internal static class SupportedCases
{
    /// <summary>Operators with no f32 case, or none that compiles.</summary>
    private static readonly string[] None =
    [
        "Add", "AffineGrid", "Asin", "CastLike", "CenterCropPad", "Col2Im", "Compress", "DFT", "DeformConv", "Det",
        "GridSample", "Hardmax", "LRN", "LpNormalization", "MaxUnpool",
        "NegativeLogLikelihoodLoss", "RoiAlign", "RotaryEmbedding", "STFT", "Scatter", "Softmax", "SoftmaxCrossEntropyLoss",
        "Upsample",
    ];

    private static readonly (string Operator, int Cases)[] Some =
    [
        ("Abs", 4), ("Acos", 3), ("Acosh", 1), ("Atan", 4), ("Atanh", 1), ("Attention", 1), ("AveragePool", 7), ("BatchNormalization", 1),
        ("Cast", 1), ("Ceil", 4), ("Celu", 2), ("Clip", 2), ("Composite", 3), ("Concat", 2), ("Conv", 7), ("ConvTranspose", 4), ("Cos", 2),
        ("Cosh", 1), ("CumSum", 1), ("DepthToSpace", 2), ("Div", 3), ("Dropout", 1), ("Einsum", 4), ("Elu", 2), ("Erf", 1), ("Exp", 3), ("Expand", 3),
        ("Flatten", 3), ("Floor", 2), ("Gather", 2), ("GatherElements", 2), ("Gelu", 3), ("Gemm", 3), ("GlobalAveragePool", 2), ("GlobalLpPool", 4), ("GlobalMaxPool", 3),
        ("HardSigmoid", 1), ("HardSwish", 2), ("Identity", 1), ("InstanceNormalization", 2), ("LSTM", 7), ("LayerNormalization", 4), ("LeakyRelu", 2),
        ("Log", 2), ("LogSoftmax", 5), ("MatMul", 7), ("Max", 5), ("MaxPool", 5), ("Mean", 4), ("MeanVarianceNormalization", 4), ("Min", 2), ("Mish", 2), ("Mod", 3), ("Mul", 4),
        ("Neg", 1), ("OneHot", 2), ("PRelu", 1), ("Pad", 5), ("Pow", 5), ("RMSNormalization", 1), ("RNN", 4), ("Reciprocal", 2), ("ReduceL1", 2),
        ("ReduceL2", 2), ("ReduceLogSum", 3), ("ReduceLogSumExp", 3), ("ReduceMax", 4), ("ReduceMean", 2), ("ReduceMin", 2), ("ReduceProd", 4),
        ("ReduceSum", 1), ("Relu", 3), ("Reshape", 1), ("Resize", 15), ("Round", 3), ("ScatterElements", 1), ("ScatterND", 3), ("Selu", 2),
        ("Shrink", 2), ("Sigmoid", 2), ("Sin", 2), ("Sinh", 2), ("Slice", 5), ("Softplus", 2), ("Softsign", 1), ("SpaceToDepth", 1), ("Split", 5),
        ("Sqrt", 3), ("Squeeze", 2), ("Sub", 2), ("Sum", 2), ("Swish", 1), ("Tan", 1), ("Tanh", 3), ("Tile", 2), ("TopK", 2), ("Transpose", 1),
        ("Unsqueeze", 2), ("Where", 3),
    ];

    public static IReadOnlyDictionary<string, int> ByOperator { get; } =
        new SortedDictionary<string, int>(Some.Concat(None.Select(o => (o, 0))).ToDictionary(o => o.Item1, o => o.Item2), StringComparer.Ordinal);
}
