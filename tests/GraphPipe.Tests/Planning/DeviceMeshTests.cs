using GraphPipe.Bundle;
using Xunit;

namespace GraphPipe.Tests.Planning;

public class DeviceMeshTests
{
    [Theory]
    [InlineData("cpu", "[cpu:0]")]
    [InlineData("cpu:2", "[cpu:0, cpu:1]")]
    [InlineData("cuda:3,1", "[cuda:3, cuda:1]")]
    [InlineData("cuda:01", "[cuda:1]")]
    [InlineData("cuda:2x2", "[cuda2x:0, cuda2x:1]")]
    [InlineData("cuda:02x1", "[cuda2x:0]")]
    public void Devices_as_they_are_spelt(string text, string devices) => Assert.Equal(devices, DeviceMesh.Parse(text).ToString());

    [Theory]
    [InlineData("cuda:")]
    [InlineData("cuda:0,0")]
    [InlineData("cuda:0,00")]
    [InlineData("cuda:ax4")]
    [InlineData("cuda:0,1x2")]
    [InlineData("cuda:0x0")]
    [InlineData("cuda:-1")]
    [InlineData("cpu:0")]
    [InlineData("tpu:1")]
    public void What_names_no_devices_is_GP3001(string text) => Assert.Equal("GP3001", Assert.Throws<DiagnosticException>(() => DeviceMesh.Parse(text)).Diagnostics[0].Code);
}
