using System.Text.RegularExpressions;
using GraphPipe.Bundle;
using GraphPipe.Planning;
using Xunit;

namespace GraphPipe.Tests.Planning;

/// <summary>What the command line takes for devices.</summary>
public partial class DeviceTextTests
{
    [Theory]
    [InlineData("gpu:0")]
    [InlineData("cuda:")]
    [InlineData("cuda:0;1")]
    [InlineData("cpu:0")]
    public void What_names_no_devices_is_GP3001_with_every_form_that_does(string text)
    {
        var diagnostics = new DiagnosticBag();
        Assert.Null(Topology.Parse(text, diagnostics));
        var diagnostic = Assert.Single(diagnostics.All);
        Assert.Equal("GP3001", diagnostic.Code);
        string[] forms = [.. Form().Matches(diagnostic.Advice).Select(m => m.Value)];
        Assert.Equal(["cpu:4", "cuda:0,1", "cuda:0x4", "cuda:all", "8xv100@4"], forms);

        // The command line asks the driver what cuda:all is.
        Assert.Equal([4, 2, 4, 8], forms.Where(f => f != "cuda:all").Select(f => Topology.Parse(f, diagnostics)!.Devices.Length));
    }

    [GeneratedRegex(@"\b(?:cpu|cuda):[\w,]*\w|\b\dx\w+@\d")]
    private static partial Regex Form();
}
