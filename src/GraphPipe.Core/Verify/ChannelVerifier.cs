using GraphPipe.Bundle;

namespace GraphPipe.Core;

/// <summary>Level comm: every channel has one send in its first stage and one receive in its second, of its own type, and stages form no cycle.</summary>
internal static class ChannelVerifier
{
    public static void Verify(Module module, DiagnosticBag bag)
    {
        var sends = new int[module.Channels.Length];
        var receives = new int[module.Channels.Length];
        foreach (var stage in module.Stages)
        {
            foreach (var op in stage.Functions.SelectMany(f => f.Body.Ops))
            {
                if (op.Name.Domain != "pipe")
                    continue;
                long number = op.Attributes.Int("channel", -1);
                if (number < 0 || number >= module.Channels.Length)
                {
                    Verifier.Fail(bag, $"{op.Name} on stage '{stage.Name}' names no channel", op);
                    continue;
                }

                var channel = module.Channels[(int)number];
                bool isSend = op.Name.Type == "Send";
                (isSend ? sends : receives)[number]++;
                if ((isSend ? channel.From : channel.To) != stage.Id)
                    Verifier.Fail(bag, $"{op.Name} of channel '{channel.Name}' stands on stage '{stage.Name}'", op);
                var value = isSend || op.Results.IsEmpty ? op.Operands[0] : op.Results[0]; // A received parameter is written in place.
                if (module[value].Tensor is not { } type || type.Type != channel.Type || type.Shape != channel.Shape)
                    Verifier.Fail(bag, $"channel '{channel.Name}' and the value '{module[value].Name}' have different types", op);
            }
        }

        for (int i = 0; i < sends.Length; i++)
        {
            if (sends[i] != 1 || receives[i] != 1)
                Verifier.Fail(bag, $"channel '{module.Channels[i].Name}' has {sends[i]} sends and {receives[i]} receives");
        }

        foreach (var channel in module.Channels)
        {
            if (channel.Kind == ChannelKind.Activation && channel.From.Value >= channel.To.Value)
                Verifier.Fail(bag, $"channel '{channel.Name}' runs against the order of the stages");
        }
    }
}
