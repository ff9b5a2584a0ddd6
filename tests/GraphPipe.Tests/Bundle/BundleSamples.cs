using System.Collections.Immutable;
using CsCheck;
using GraphPipe.Bundle;
using Xunit;

namespace GraphPipe.Tests.Bundle;

/// <summary>Generators and small ready-made values of the bundle's types.</summary>
internal static class BundleSamples
{
    public static readonly ImmutableArray<DType> SafetensorsTypes =
    [
        DType.F32, DType.F64, DType.F16, DType.BF16, DType.I8, DType.I16, DType.I32, DType.I64, DType.U8, DType.U16, DType.U32, DType.U64, DType.Bool,
    ];

    public static readonly Gen<string> Name = Gen.OneOf(
        Gen.String[Gen.Char["abz/._:-09"], 1, 12],
        Gen.String[Gen.Char["a \"\\#\n\t\u0085\u2028é语[],(){}"], 0, 8],
        Gen.OneOf("on", "mb", "#0", "//x", "layer.0/weight", "😀"));

    public static Gen<TensorData> Tensor(IEnumerable<DType> types) =>
        from type in Gen.OneOf(types.ToArray())
        from shape in Gen.Long[0, 4].Array[0, 4]
        from bytes in Gen.Byte.Array[(int)type.Size(TensorData.CountOf([.. shape])).Value]
        select new TensorData(type, [.. shape], bytes);

    public static Gen<TensorSet> Tensors(IEnumerable<DType> types) =>
        from tensors in Gen.Select(Name, Tensor(types)).Array[0, 6]
        select new TensorSet(tensors.DistinctBy(t => t.Item1).Select(t => KeyValuePair.Create(t.Item1, t.Item2)));

    public static readonly Gen<(DType Type, Shape Shape, BatchLayout? Batch)> Layout =
        from type in Gen.OneOf(DType.F32, DType.I64, DType.Bool)
        from dims in Gen.Long[0, 9].Array[0, 3]
        from axis in Gen.Int[-1, dims.Length]
        from outer in Gen.Long[1, 3]
        from inner in Gen.Long[1, 3]
        let shape = dims.Select(d => (Dim)d).ToList()
        select axis < 0
            ? (type, Shape.Create([.. shape]), (BatchLayout?)null)
            : (type, Shape.Create([.. shape[..axis], Dim.Batch * (outer * inner), .. shape[axis..]]), new BatchLayout(axis, outer, inner));

    public static readonly Gen<ExecutionPlan> Plan =
        from miniBatch in Gen.Long[1, 1000]
        from schedule in Name
        from mesh in Gen.OneOf(
            Gen.Int[1, 4].Select(DeviceMesh.Cpu),
            Gen.Select(Name.Where(n => n.Length > 0), Gen.Int[0, 3], (kind, n) => new DeviceName(kind, n)).Array[1, 4].Select(d => new DeviceMesh([.. d])))
        from stages in Gen.Select(Name, Gen.Int[0, mesh.Count - 1], Gen.Long[1, 64], Gen.Long[0, 64]).Array[1, 5]
        from channels in Gen.Select(Name, Gen.Enum<ChannelKind>(), Layout, Gen.Int[0, stages.Length - 1], Gen.Int[0, stages.Length - 1], Gen.Int[0, 9]).Array[0, 5]
        let planned = stages.Select((s, i) => new PlannedStage(new StageId(i), s.Item1, new DeviceId(s.Item2), s.Item3, s.Item4) { Resident = s.Item4 % 2 == 0 ? s.Item3 : null }).ToImmutableArray()
        let declared = channels.Select((c, i) => new ChannelDecl(
            new ChannelId(i), c.Item1, c.Item2, c.Item3.Type, c.Item3.Shape, c.Item3.Batch, new StageId(c.Item4), new StageId(c.Item5), c.Item6)).ToImmutableArray()
        from devices in Gen.Shuffle(Enumerable.Range(0, mesh.Count).ToArray())
        from lists in Actions(miniBatch, planned, declared).Array[mesh.Count]
        select new ExecutionPlan(
            miniBatch,
            schedule,
            mesh,
            planned,
            declared,
            [
                .. devices.Select((d, i) => new DeviceActions(new DeviceId(d), [.. lists[i].Where(a => DeviceOf(a, planned, declared) == d)])),
            ]);

    private static Gen<PlanAction[]> Actions(long miniBatch, ImmutableArray<PlannedStage> stages, ImmutableArray<ChannelDecl> channels)
    {
        var compute =
            from kind in Gen.OneOf(ActionKind.Forward, ActionKind.Backward, ActionKind.BackwardInput, ActionKind.BackwardWeight, ActionKind.Offload, ActionKind.Reload)
            from stage in Gen.Int[0, stages.Length - 1]
            from mb in Gen.Int[0, 9]
            from start in Gen.Long[0, miniBatch - 1]
            from end in Gen.Long[start + 1, miniBatch]
            select PlanAction.Compute(kind, new StageId(stage), new MicroBatch(mb), new SampleRange(start, end));
        var step = Gen.Int[0, stages.Length - 1].Select(s => PlanAction.Step(new StageId(s)));
        if (channels.IsEmpty)
            return Gen.OneOf(compute, step).Array[0, 20];
        var move =
            from kind in Gen.OneOf(ActionKind.Send, ActionKind.Recv)
            from channel in Gen.Int[0, channels.Length - 1]
            from like in compute
            select channels[channel].IsPerStep
                ? new PlanAction(kind, channel, PlanAction.NoMicroBatch, default)
                : new PlanAction(kind, channel, like.MicroBatch, like.Range);
        return Gen.OneOf(compute, step, move).Array[0, 20];
    }

    private static int DeviceOf(PlanAction action, ImmutableArray<PlannedStage> stages, ImmutableArray<ChannelDecl> channels) => stages[action.Kind switch
    {
        ActionKind.Send => channels[action.Target].From.Value,
        ActionKind.Recv => channels[action.Target].To.Value,
        _ => action.Target,
    }].Device.Value;

    public static readonly Gen<AttributeValue> Attribute = Gen.OneOf(
        Gen.Long.Select(v => (AttributeValue)new AttributeValue.Int(v)),
        Gen.UInt.Select(v => (AttributeValue)new AttributeValue.Float(BitConverter.UInt32BitsToSingle(v))),
        Gen.OneOf(0f, -0f, float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.Epsilon, float.MaxValue, 0.1f)
            .Select(v => (AttributeValue)new AttributeValue.Float(v)),
        Name.Select(v => (AttributeValue)new AttributeValue.Text(v)),
        Gen.Long.Array[0, 4].Select(v => (AttributeValue)new AttributeValue.Ints([.. v])),
        Gen.Float.Array[0, 4].Select(v => (AttributeValue)new AttributeValue.Floats([.. v])),
        Name.Array[0, 4].Select(v => (AttributeValue)new AttributeValue.Texts([.. v])));

    public static readonly Gen<StageProgram> Program =
        from id in Gen.Int[0, 9]
        from name in Name
        from buffers in Gen.Select(Name, Layout, Gen.Enum<BufferLife>(), Gen.Bool).Array[1, 6]
        let declared = buffers.SelectMany(b => Declare(b.Item1, b.Item2, b.Item3, b.Item4)).ToImmutableArray()
        let numbered = declared.Select((b, i) => b.AliasOf.IsNone ? b : b with { AliasOf = new BufferId(i - 1) }).Append(Persistent).ToImmutableArray()
        let anyBuffer = Gen.Int[0, numbered.Length - 1].Select(i => new BufferId(i))
        let anyOperand = Gen.Int[-1, numbered.Length - 1].Select(i => new BufferId(i))
        let persistent = new BufferId(numbered.Length - 1)
        from kinds in Gen.Shuffle(Enum.GetValues<FunctionKind>())
        from calls in Call(anyOperand).Array[0, 4].Array[kinds.Length]
        from names in Name.Array[0, 4]
        from role in Gen.Enum<ParameterRole>()
        from accumulator in anyOperand
        from states in Name.Array[0, 2]
        from feed in Gen.Enum<FeedKind>()
        from some in anyBuffer
        from loss in anyOperand
        from isSend in Gen.Bool
        let unique = names.Distinct().ToList()
        select new StageProgram(
            new StageId(id),
            name,
            numbered,
            [.. kinds.Select((k, i) => new StageFunction(k, [.. calls[i]]))],
            [.. unique.Select(n => new ParameterDecl(n, persistent, role, new StageId(id), accumulator, [.. states.Distinct().Select(s => new StateDecl(s, persistent))]))],
            [.. unique.Select(n => new FeedDecl(feed, n, some))],
            [.. unique.Select(n => new OutputDecl(n, some))],
            [.. unique.Select((_, i) => new PortDecl(new ChannelId(i), some, isSend))],
            loss);

    private static BufferDecl Persistent { get; } = new("w", DType.F32, Shape.Of(2, 3), BufferLife.Persistent, null, BufferId.None);

    private static IEnumerable<BufferDecl> Declare(string name, (DType Type, Shape Shape, BatchLayout? Batch) layout, BufferLife life, bool alias)
    {
        var own = new BufferDecl(name, layout.Type, layout.Shape, life, layout.Batch, BufferId.None);
        yield return own;
        if (alias)
            yield return own with { Shape = Shape.Create([.. layout.Shape.Dims, Dim.One]), AliasOf = new BufferId(0) };
    }

    private static Gen<KernelCall> Call(Gen<BufferId> operand) =>
        from kernel in Gen.OneOf("MatMul", "grad.Relu", "com.x::Foo")
        from inputs in operand.Array[0, 3]
        from outputs in operand.Array[0, 3]
        from attributes in Gen.Select(Name, Attribute).Array[0, 4]
        from workspace in Gen.OneOf(Dim.Zero, Dim.Of(64), Dim.Batch * 12 + 3)
        from nodes in Name.Array[0, 2]
        from isElementwise in Gen.Bool
        from isReduction in Gen.Bool
        select new KernelCall(
            kernel,
            [.. inputs],
            [.. outputs],
            attributes.Aggregate(Attributes.Empty, (all, a) => all.With(a.Item1, a.Item2)),
            workspace,
            [.. nodes])
        {
            IsElementwise = isElementwise,
            IsReduction = isReduction,
        };

    /// <summary>Two devices, two stages, one channel; weights of a tensor each.</summary>
    public static StageBundle TwoStages()
    {
        var mesh = DeviceMesh.Cpu(2);
        var shape = Shape.Create([Dim.Batch, 4]);
        var first = new StageId(0);
        var second = new StageId(1);
        var h = new ChannelId(0);
        var range = new SampleRange(0, 2);
        var mb = new MicroBatch(0);
        var plan = new ExecutionPlan(
            2,
            "1f1b",
            mesh,
            [new PlannedStage(first, "tower/0", new DeviceId(0), 2, 2), new PlannedStage(second, "head", new DeviceId(1), 2, 2)],
            [new ChannelDecl(h, "h0", ChannelKind.Activation, DType.F32, shape, BatchLayout.Leading, first, second, 1)],
            [
                new DeviceActions(new DeviceId(0), [PlanAction.Compute(ActionKind.Forward, first, mb, range), PlanAction.Send(h, mb, range)]),
                new DeviceActions(new DeviceId(1), [PlanAction.Recv(h, mb, range), PlanAction.Compute(ActionKind.Forward, second, mb, range)]),
            ]);
        var manifest = new Manifest(
            "0.1.0",
            "mmt",
            new string('a', 64),
            BundlePurpose.Train,
            "batch",
            2,
            new OptimizerSettings("adamw", 1e-3, 0, false, 0.01, 0.9, 0.999, 1e-8),
            new LossSettings(LossKind.CrossEntropy, "y", "target", -100, LossNormaliser.NotIgnored, 1),
            [new ModelTensor("x", DType.F32, shape, BatchLayout.Leading)],
            [new ModelTensor("y", DType.F32, shape, BatchLayout.Leading)],
            new ModelTensor("target", DType.I64, Shape.Create([Dim.Batch]), BatchLayout.Leading),
            mesh,
            [
                new ManifestParameter("w0", ParameterRole.Trained, first, DType.F32, Shape.Of(4, 4)),
                new ManifestParameter("w1", ParameterRole.Trained, second, DType.F32, Shape.Of(4, 4)),
            ],
            [],
            null);
        return new StageBundle(manifest, plan, [Stage(first, "tower/0", "w0", true), Stage(second, "head", "w1", false)], "skeleton"u8.ToArray());
    }

    private static BundledStage Stage(StageId id, string name, string weight, bool sends)
    {
        var shape = Shape.Create([Dim.Batch, 4]);
        var program = new StageProgram(
            id,
            name,
            [
                new BufferDecl("in", DType.F32, shape, BufferLife.Activation, BatchLayout.Leading, BufferId.None),
                new BufferDecl("out", DType.F32, shape, BufferLife.ForwardEdge, BatchLayout.Leading, BufferId.None),
                new BufferDecl(weight, DType.F32, Shape.Of(4, 4), BufferLife.Persistent, null, BufferId.None),
            ],
            [new StageFunction(FunctionKind.Forward, [new KernelCall("MatMul", [new(0), new(2)], [new(1)], Attributes.Empty, Dim.Zero, ["/MatMul"])])],
            [new ParameterDecl(weight, new(2), ParameterRole.Trained, id, BufferId.None, [])],
            sends ? [new FeedDecl(FeedKind.Input, "x", new(0))] : [],
            sends ? [] : [new OutputDecl("y", new(1))],
            [new PortDecl(new ChannelId(0), new(sends ? 1 : 0), sends)],
            BufferId.None);
        float[] values = [.. Enumerable.Range(0, 16).Select(i => i + (0.5f * id.Value))];
        return new BundledStage(
            program, $"stage @{name}\n", "onnx"u8.ToArray(), new TensorSet([KeyValuePair.Create(weight, TensorData.Floats([4, 4], values))]));
    }

    public static void SameTensors(IReadOnlyDictionary<string, TensorData> expected, IReadOnlyDictionary<string, TensorData> actual)
    {
        Assert.Equal(expected.Keys.Order(StringComparer.Ordinal), actual.Keys.Order(StringComparer.Ordinal));
        foreach (var (name, tensor) in expected)
            Assert.True(tensor.SameAs(actual[name]) && tensor.Bytes.Span.SequenceEqual(actual[name].Bytes.Span), name);
    }
}
