namespace GraphPipe.Ops.Operators;

/// <summary>Gradient sums, optimizer steps and what an optimizer would do next: they work in place on variables and parameters.</summary>
[Operator("train.Accumulate")]
[Operator("train.AddGradient")]
[Operator("train.Sgd")]
[Operator("train.Adam")]
[Operator("train.AdamW")]
[Operator("train.PredictAdam")]
internal sealed class TrainingUpdate : InPlaceOperator;
