using System.CommandLine;
using GraphPipe.Bundle;
using GraphPipe.Planning;

namespace GraphPipe.Cli;

/// <summary><c>--devices</c>: real devices, modelled ones, or a topology file.</summary>
internal sealed class MeshOptions
{
    private readonly Option<string?> _cudaDriver;

    public MeshOptions(Command command)
    {
        command.Add(Devices);
        _cudaDriver = CudaInput.OptionOf(command);
    }

    public Option<string?> Devices { get; } = OptionKinds.Text("--devices", "DEVICES", "cpu:4 (four CPU devices), cuda:0,1, cuda:all, cuda:0x4 (four virtual devices on GPU 0), 8xv100@4 (eight modelled V100s, four to a node; for planning), or a topology file. Default cpu:1.");

    /// <summary>The devices as planners see them.</summary>
    /// <param name="otherwise">The devices if the option is not given; null for one CPU device.</param>
    public Topology Read(Call call, Func<string>? otherwise = null)
    {
        string text = CudaInput.Expand(call.Get(Devices) ?? otherwise?.Invoke() ?? "cpu:1", call.Get(_cudaDriver));
        var bag = new DiagnosticBag();
        bool isFile = File.Exists(text);
        var topology = isFile ? Topology.ReadJson(InputText.Read(text, Codes.TopologyMalformed), text, bag) : Topology.Parse(text, bag);
        bag.ThrowIfErrors();
        var known = CudaInput.Require(topology!, call.Get(_cudaDriver));

        // A file has been written on purpose.
        return isFile ? topology! : known;
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
