using GraphPipe.Bundle;

namespace GraphPipe.Runtime;

/// <summary>A piece of what a micro-batch saves, on the device and on the host.</summary>
internal readonly record struct SavedBlock(nint Device, nint Host, Bytes Size)
{
    /// <summary>Copies the blocks in the direction of OFFLOAD or RELOAD.</summary>
    public static void Move(PlanAction action, IDevice device, SavedBlock[] blocks)
    {
        foreach (var block in blocks)
        {
            if (action.Kind == ActionKind.Offload)
                device.Offload(block.Device, block.Host, block.Size);
            else
                device.Reload(block.Host, block.Device, block.Size);
        }
    }

    /// <summary>Says what that reads and writes.</summary>
    public static void Touch(PlanAction action, Footprint footprint, SavedBlock[] blocks)
    {
        foreach (var block in blocks)
        {
            bool leaves = action.Kind == ActionKind.Offload;
            footprint.Read(leaves ? block.Device : block.Host, block.Size.Value);
            footprint.Write(leaves ? block.Host : block.Device, block.Size.Value);
        }
    }
}
