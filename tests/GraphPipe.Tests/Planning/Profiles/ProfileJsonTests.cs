using GraphPipe.Bundle;
using GraphPipe.Planning;
using Xunit;

namespace GraphPipe.Tests.Planning.Profiles;

public class ProfileJsonTests
{
    private const string Text = """
        {
          "format": "graphpipe-profile", "version": 1, "time_unit": "us", "date": "2026-01-31T12:00:00Z",
          "machine": { "processor": "Z80", "cores": 2, "system": "CP/M", "runtime": ".NET 10", "simd": "none" },
          "device": { "kind": "cpu", "count": 2, "threads": 1 },
          "overheads": { "action": 1.5, "step": 20, "wake": 40, "stretch": 1.25, "copy": { "bytes_per_us": 8000, "latency_us": 0.25 } },
          "ops": [
            { "key": "Concat(f32[N,2], f32[N,3]){axis=1} -> f32[N,5]", "operator": "Concat", "nodes": ["/a", "/b"],
              "flops_per_sample": 0, "bytes_per_sample": 40, "fixed_bytes": 0,
              "forward": { "1": { "median": 0.5, "spread": 0.1, "runs": 12 }, "2": { "median": 0.75, "spread": 0, "runs": 8 } },
              "backward_input": { "2": { "median": 1.25, "spread": 0.5, "runs": 3 } } }
          ]
        }
        """;

    [Fact]
    public void A_document_is_read_to_the_letter()
    {
        var profile = Read(Text);
        Assert.Equal(Profiles.Machine, profile.Machine);
        Assert.Equal(new ProfiledDevices("cpu", 2, 1), profile.Devices);
        Assert.Equal(new DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.Zero), profile.Date);
        Assert.Equal(new ProfiledOverheads(new(1.5), new(20), new Link(8000, new(0.25)), new(40)) { Stretch = 1.25 }, profile.Overheads);
        var op = Assert.Single(profile.Ops);
        Assert.Equal("Concat", op.Key.Operator);
        Assert.Equal(["/a", "/b"], op.Nodes);
        Assert.Equal(new Work(0, 40, 0, 1), op.Work);
        Assert.Equal([OpPhase.Forward, OpPhase.BackwardInput], op.Times.Keys);
        Assert.Equal(new MeasuredTime(new(0.5), new(0.1), 12), op.Times[OpPhase.Forward][1]);
        Assert.Equal(new MeasuredTime(new(1.25), new(0.5), 3), op.Times[OpPhase.BackwardInput][2]);
    }

    [Fact]
    public void What_is_written_reads_back()
    {
        Assert.Equal(Read(Text), Read(ProfileJson.Write(Read(Text))));
        var alone = Profiles.Of(Profiles.Op("Adam(f32[3]){nesterov=1, mode=\"a\\\"b\"} -> ", new(0, 0, 1.25, 1), OpPhase.Update, (1, 1e-3))) with { Overheads = new(default, default, null, default) };
        Assert.Equal(alone, Read(ProfileJson.Write(alone)));
    }

    [Theory]
    [InlineData("{", "[", "no JSON")]
    [InlineData("\"version\": 1,", "\"version\": 2,", "version 2")]
    [InlineData("graphpipe-profile", "graphpipe-plan", "format 'graphpipe-plan'")]
    [InlineData("\"us\"", "\"ms\"", "time unit 'ms'")]
    [InlineData("2026-01-31T12:00:00Z", "yesterday", "'date'")]
    [InlineData("\"cores\": 2", "\"cores\": \"two\"", "'machine' has 'cores'")]
    [InlineData("\"device\"", "\"vice\"", "no object 'device'")]
    [InlineData("\"median\": 0.75", "\"median\": -1", "op 'Concat(f32[N,2], f32[N,3]){axis=1} -> f32[N,5]', 'forward', size '2' has 'median' -1")]
    [InlineData("\"median\": 0.75,", "", "size '2' has no number 'median'")]
    [InlineData("\"runs\": 3", "\"runs\": 0", "'backward_input', size '2' has 'runs' 0")]
    [InlineData("\"2\": { \"median\": 0.75", "\"0\": { \"median\": 0.75", "size '0' is no micro-batch size")]
    [InlineData("\"2\": { \"median\": 0.75", "\"1\": { \"median\": 0.75", "no JSON")]
    [InlineData("\"key\": \"Concat", "\"cue\": \"Concat", "op 0 has no text 'key'")]
    [InlineData("\"key\": \"Concat(", "\"key\": \"(", "names no operator")]
    [InlineData("\"nodes\": [\"/a\", \"/b\"],", "", "has no list 'nodes'")]
    [InlineData("\"bytes_per_us\": 8000", "\"bytes_per_us\": 0", "'copy' has 'bytes_per_us' 0")]
    [InlineData("\"count\": 2", "\"count\": 0", "'device' has 'count' 0")]
    [InlineData("\"median\": 0.75", "\"median\": 1e308", "size '2' has 'median' 1e308")]
    [InlineData("\"2\": { \"median\": 0.75", "\"99999999999999\": { \"median\": 0.75", "size '99999999999999' is no micro-batch size")]
    public void Faults_have_their_place(string part, string instead, string told)
    {
        var bag = new DiagnosticBag();
        int at = Text.IndexOf(part, StringComparison.Ordinal);
        Assert.Null(ProfileJson.Read(Text[..at] + instead + Text[(at + part.Length)..], "p.json", bag));
        Assert.All(bag.All, d => Assert.Equal(Codes.ProfileMalformed, d.Code));
        Assert.Contains(bag.All, d => d.Location == "p.json" && d.Message.Contains(told, StringComparison.Ordinal));
    }

    [Fact]
    public void All_faults_are_told_at_once()
    {
        var bag = new DiagnosticBag();
        Assert.Null(ProfileJson.Read(Text.Replace("\"spread\": 0.1", "\"spread\": []", StringComparison.Ordinal).Replace("\"wake\"", "\"sleep\"", StringComparison.Ordinal), "p.json", bag));
        Assert.Equal(2, bag.All.Count);
    }

    [Fact]
    public void A_file_with_faults_everywhere_is_not_told_fault_by_fault()
    {
        string op = Text[(Text.IndexOf("{ \"key\"", StringComparison.Ordinal))..(Text.LastIndexOf(']'))].TrimEnd();
        string many = Text.Replace(op, string.Join(",\n", Enumerable.Range(0, 40).Select(i => op.Replace("axis=1", $"axis={i}", StringComparison.Ordinal).Replace("0.75", "-1", StringComparison.Ordinal))), StringComparison.Ordinal);
        var bag = new DiagnosticBag();
        Assert.Null(ProfileJson.Read(many, "p.json", bag));
        Assert.Equal(21, bag.All.Count);
        Assert.Contains("20 more faults", bag.All[^1].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_profile_of_nothing_is_refused()
    {
        var bag = new DiagnosticBag();
        Assert.Null(ProfileJson.Read(Text[..Text.IndexOf("{ \"key\"", StringComparison.Ordinal)] + "] }", "p.json", bag));
        Assert.Contains("has no ops", Assert.Single(bag.All).Message, StringComparison.Ordinal);
    }

    private static Profile Read(string text)
    {
        var bag = new DiagnosticBag();
        var profile = ProfileJson.Read(text, "p.json", bag);
        Assert.Equal("", string.Join('\n', bag.All));
        return profile!;
    }
}
