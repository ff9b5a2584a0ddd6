using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Models;

/// <summary>Layers: operators with their parameters, under the layer's name.</summary>
public sealed partial class ModelBuilder
{
    private const float Epsilon = 1e-5f;

    /// <summary>
    /// x·W + b along the last axis. As exporters write it: Gemm with W stored [out, in] for a matrix, MatMul and Add with W stored
    /// [in, out] for more axes.
    /// </summary>
    public ValueId Linear(string layer, ValueId x, long units, bool bias = true)
    {
        using var path = In(layer);
        long inputs = Length(x, -1);
        var initial = InitialWeights.ForInputs(inputs);
        if (ShapeOf(x).Rank == 2)
        {
            var rows = Parameter("weight", [units, inputs], initial);
            var attributes = Attributes.Empty.With("alpha", 1f).With("beta", 1f).With("transB", 1);
            return Emit("Gemm", bias ? [x, rows, Parameter("bias", [units], initial)] : [x, rows], attributes);
        }

        var product = MatMul(x, Parameter("weight", [inputs, units], initial));
        return bias ? Add(Parameter("bias", [units], initial), product) : product;
    }

    /// <summary>Normalises the last axis.</summary>
    public ValueId LayerNorm(string layer, ValueId x)
    {
        using var path = In(layer);
        long width = Length(x, -1);
        var scale = Parameter("weight", [width], InitialWeights.Ones);
        var shift = Parameter("bias", [width], InitialWeights.Zeros);
        return Emit("LayerNormalization", [x, scale, shift], Attributes.Empty.With("axis", -1).With("epsilon", Epsilon));
    }

    /// <summary>One row of a table per index: [N, …] whole numbers in [0, rows) to [N, …, width].</summary>
    public ValueId Embedding(string layer, ValueId indices, long rows, long width, InitialWeights initial)
    {
        using var path = In(layer);
        return Gather(Parameter("weight", [rows, width], initial), indices);
    }

    /// <summary>The sum of the rows of a bag of indices: [N, bag] to [N, width].</summary>
    public ValueId EmbeddingBag(string layer, ValueId indices, long rows, long width, InitialWeights initial)
    {
        using var path = In(layer);
        return ReduceSum(Gather(Parameter("weight", [rows, width], initial), indices), 1);
    }

    /// <summary>Convolution of images [N, channels, height, width] with a square kernel.</summary>
    public ValueId Conv(string layer, ValueId x, long channels, long kernel, long stride = 1, long padding = 0, bool bias = true)
    {
        using var path = In(layer);
        long from = Length(x, 1);
        var initial = InitialWeights.ForInputs(from * kernel * kernel);
        var weight = Parameter("weight", [channels, from, kernel, kernel], initial);
        var attributes = Attributes.Empty
            .With("dilations", Ints(1, 1)).With("group", 1).With("kernel_shape", Ints(kernel, kernel))
            .With("pads", Ints(padding, padding, padding, padding)).With("strides", Ints(stride, stride));
        return Emit("Conv", bias ? [x, weight, Parameter("bias", [channels], initial)] : [x, weight], attributes);
    }

    /// <summary>Normalises groups of channels of each sample. Spelt with InstanceNormalization: opset 17 has no GroupNormalization.</summary>
    public ValueId GroupNorm(string layer, ValueId x, long groups)
    {
        using var path = In(layer);
        long channels = Length(x, 1), height = Length(x, 2), width = Length(x, 3);
        float[] ones = new float[groups];
        Array.Fill(ones, 1);
        var grouped = Reshape(x, groups, -1);
        var one = Constant(TensorData.Floats([groups], ones));
        var zero = Constant(TensorData.Floats([groups], new float[groups]));
        var normal = Emit("InstanceNormalization", [grouped, one, zero], Attributes.Empty.With("epsilon", Epsilon));
        var scale = Unsqueeze(Parameter("weight", [channels], InitialWeights.Ones), 1, 2);
        var shift = Unsqueeze(Parameter("bias", [channels], InitialWeights.Zeros), 1, 2);
        return Add(Mul(Reshape(normal, channels, height, width), scale), shift);
    }

    /// <summary>Multi-head self-attention over [N, sequence, width], with layers q, k, v and o.</summary>
    /// <param name="mask">True where a position (row) may look at another (column); everywhere if there is none.</param>
    public ValueId Attention(string layer, ValueId x, long heads, ValueId? mask = null)
    {
        using var path = In(layer);
        long sequence = Length(x, 1), width = Length(x, 2), size = width / heads;
        var q = Transpose(Reshape(Linear("q", x, width), sequence, heads, size), 0, 2, 1, 3);
        var k = Transpose(Reshape(Linear("k", x, width), sequence, heads, size), 0, 2, 3, 1);
        var v = Transpose(Reshape(Linear("v", x, width), sequence, heads, size), 0, 2, 1, 3);
        var scores = Div(MatMul(q, k), Scalar(MathF.Sqrt(size)));
        if (mask is { } allowed)
            scores = Where(allowed, scores, Scalar(float.NegativeInfinity));
        var mixed = Reshape(Transpose(MatMul(Softmax(scores), v), 0, 2, 1, 3), sequence, width);
        return Linear("o", mixed, width);
    }

    /// <summary>The two linear layers of a transformer layer, fc1 and fc2, with GELU between.</summary>
    public ValueId FeedForward(string layer, ValueId x, long inner)
    {
        using var path = In(layer);
        return Linear("fc2", Gelu(Linear("fc1", x, inner)), Length(x, -1));
    }

    /// <summary>A transformer layer that normalises first: x + attn(ln1(x)), then + mlp(ln2(·)).</summary>
    public ValueId TransformerLayer(string layer, ValueId x, long heads, long inner, ValueId? mask = null)
    {
        using var path = In(layer);
        x = Add(x, Attention("attn", LayerNorm("ln1", x), heads, mask));
        return Add(x, FeedForward("mlp", LayerNorm("ln2", x), inner));
    }

    /// <summary>The mask of a causal model, [positions, positions]: each may look at itself and what is before it.</summary>
    public ValueId CausalMask(long positions)
    {
        byte[] allowed = new byte[positions * positions];
        for (long row = 0; row < positions; row++)
            allowed.AsSpan((int)(row * positions), (int)row + 1).Fill(1);
        return Constant(new TensorData(DType.Bool, [positions, positions], allowed));
    }
}
