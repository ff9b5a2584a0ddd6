using GraphPipe.Bundle;
using GraphPipe.Compiler;
using GraphPipe.Planning;

namespace GraphPipe;

/// <summary>What a profile says of a bundle's step, before anything runs.</summary>
/// <param name="Step">Time of a step with a whole mini-batch.</param>
/// <param name="Calls">How many of the bundle's kernel calls have their times from where.</param>
public sealed record PlannedStep(Microseconds Step, ProfileCoverage Calls)
{
    /// <param name="bundle">With the programs of all stages.</param>
    /// <param name="dispatch">How devices take their actions.</param>
    public static PlannedStep Of(StageBundle bundle, Profile profile, Dispatch dispatch = Dispatch.Planned)
    {
        var costs = new ProfiledCosts(profile);
        var programs = bundle.Stages.Select(s => s.Program).ToList();
        return new PlannedStep(Simulator.Run(bundle.Plan, ProgramCosts.Of(bundle.Plan, programs, costs), dispatch).Makespan, ProgramCosts.Coverage(bundle.Plan, programs, costs));
    }
}
