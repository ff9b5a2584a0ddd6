namespace GraphPipe.Ops.Operators;

/// <summary>Gradient sums and optimizer steps: they work in place on variables and parameters.</summary>
[Operator("train.Accumulate")]
[Operator("train.AddGradient")]
[Operator("train.Sgd")]
[Operator("train.Adam")]
[Operator("train.AdamW")]
internal sealed class TrainingUpdate : InPlaceOperator;
