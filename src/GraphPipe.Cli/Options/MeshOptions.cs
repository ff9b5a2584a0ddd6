using System.CommandLine;
using GraphPipe.Bundle;
using GraphPipe.Planning;

namespace GraphPipe.Cli;

/// <summary><c>--devices</c>: real devices, modelled ones, or a topology file.</summary>
internal sealed class MeshOptions
{
    public MeshOptions(Command command) => command.Add(Devices);

    public Option<string?> Devices { get; } = OptionKinds.Text("--devices", "DEVICES", "cpu:4 (four CPU devices), 8xv100@4 (eight modelled V100s, four to a node; for planning), or a topology file. Default cpu:1.");

    /// <summary>The devices as planners see them.</summary>
    /// <param name="otherwise">The devices if the option is not given.</param>
    public Topology Read(Call call, string otherwise = "cpu:1")
    {
        string text = call.Get(Devices) ?? otherwise;
        var bag = new DiagnosticBag();
        var topology = File.Exists(text) ? Topology.ReadJson(InputText.Read(text, Codes.DevicesUnreadable), text, bag) : Topology.Parse(text, bag);
        bag.ThrowIfErrors();
        if (topology!.Devices.FirstOrDefault(d => d.Kind.StartsWith("cuda", StringComparison.Ordinal)) is { } cuda)
            throw new DiagnosticException(Diagnostic.Error(Codes.DevicesMissing, $"nothing can run on {cuda.Name} yet: there is no CUDA runtime", advice: "--devices cpu:4 runs here; --devices 4xh100 plans for modelled GPUs"));
        return topology;
    }

    /// <summary>The devices a run can use.</summary>
    /// <exception cref="DiagnosticException">GP8001: the devices are modelled ones.</exception>
    public static DeviceMesh MeshOf(Topology topology)
    {
        var devices = topology.Devices;
        if (devices.All(d => d.Kind == "cpu"))
            return DeviceMesh.Cpu(devices.Length);
        if (devices.All(d => d.Name.Contains(':', StringComparison.Ordinal)))
            return new DeviceMesh([.. devices.Select(d => DeviceName.Parse(d.Name))]);
        throw Usage.Error($"nothing can run on modelled devices such as {devices[0].Kind}", "name real ones, --devices cpu:4; modelled devices are for 'plan' and 'simulate'");
    }
}
