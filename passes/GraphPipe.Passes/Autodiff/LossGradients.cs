namespace GraphPipe.Passes;

/// <summary>Where the backward starts: the gradient of the loss with respect to what the head reads.</summary>
internal static class LossGradients
{
    public static void Build(GradientContext c)
    {
        if (c.Op.Name.Domain == "train")
            c.SetOp(0, "grad." + c.Op.Name.Type, c.X(0), c.X(1), c.X(2));
        else
            c.Set(0, c.X(1)); // The model's own loss, times its scale.
    }
}
