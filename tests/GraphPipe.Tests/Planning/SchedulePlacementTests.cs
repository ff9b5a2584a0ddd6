using GraphPipe.Bundle;
using GraphPipe.Planning;
using Xunit;

namespace GraphPipe.Tests.Planning;

public class SchedulePlacementTests
{
    /// <summary>Drawn by hand from the definitions in the papers: torch's loop, the V of arXiv 2405.15362, Hanayo's waves, Chimera's two directions.</summary>
    [Theory]
    [InlineData(PlacementKind.OneStage, 3, 4, "0 1 2")]
    [InlineData(PlacementKind.Loop, 8, 4, "0 1 2 3 0 1 2 3")]
    [InlineData(PlacementKind.V, 8, 4, "0 1 2 3 3 2 1 0")]
    [InlineData(PlacementKind.Wave, 8, 2, "0 1 1 0 0 1 1 0")]
    [InlineData(PlacementKind.Bidirectional, 4, 4, "0 1 2 3 | 3 2 1 0")]
    public void Stages_live_where_the_papers_draw_them(PlacementKind kind, int stages, int devices, string expected)
    {
        var placement = SchedulePlacement.Of(kind, stages, devices, out _)!;
        string[] copies = [.. Enumerable.Range(0, placement.Copies).Select(c => string.Join(' ', Enumerable.Range(0, stages).Select(s => placement[new(s), c].Value)))];
        Assert.Equal(expected, string.Join(" | ", copies));
        for (int d = 0; d < devices; d++)
            Assert.All(placement.On(new(d)), p => Assert.Equal(d, placement[p.Stage, p.Copy].Value));
        Assert.Equal(stages * placement.Copies, Enumerable.Range(0, devices).Sum(d => placement.On(new(d)).Length));
    }

    [Theory]
    [InlineData(PlacementKind.OneStage, 5, 4)]
    [InlineData(PlacementKind.Loop, 6, 4)]
    [InlineData(PlacementKind.V, 4, 4)]
    [InlineData(PlacementKind.Wave, 4, 4)]
    [InlineData(PlacementKind.Bidirectional, 3, 3)]
    [InlineData(PlacementKind.Bidirectional, 8, 4)]
    public void What_does_not_fit_is_told(PlacementKind kind, int stages, int devices)
    {
        Assert.Null(SchedulePlacement.Of(kind, stages, devices, out string need));
        Assert.NotEmpty(need);
    }

    [Fact]
    public void A_schedule_tells_what_it_needs()
    {
        var diagnostics = new DiagnosticBag();
        Assert.Null(ScheduleTable.Find("1f1b", diagnostics)!.Place(5, 4, diagnostics));
        Assert.Equal([Codes.ScheduleUnsuitable], diagnostics.All.Select(d => d.Code));
    }
}
