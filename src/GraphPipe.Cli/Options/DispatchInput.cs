using System.CommandLine;
using GraphPipe.Bundle;

namespace GraphPipe.Cli;

/// <summary>The option <c>--dispatch</c>.</summary>
internal static class DispatchInput
{
    private const string Planned = "planned", Ready = "ready";

    public static Option<string?> Option() => OptionKinds.Choice(
        "--dispatch", "Whether a device keeps to the plan's order or takes messages as soon as they are ready, whatever else waits; the numbers are the same. Default planned.", Planned, Ready);

    public static Dispatch Read(Call call, Option<string?> option) => call.Get(option) == Ready ? Dispatch.Ready : Dispatch.Planned;
}
