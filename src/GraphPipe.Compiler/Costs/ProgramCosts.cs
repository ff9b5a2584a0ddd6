using GraphPipe.Bundle;
using GraphPipe.Core;
using GraphPipe.Planning;

namespace GraphPipe.Compiler;

/// <summary>Prices stage programs by a profile, call by call: what will run, with the plan's sums, recomputation and exchange of gradients.</summary>
public static class ProgramCosts
{
    /// <summary>What the simulator needs to predict a bundle's step.</summary>
    /// <param name="programs">One for each of the plan's stages.</param>
    public static SimulationCosts Of(ExecutionPlan plan, IEnumerable<StageProgram> programs, ProfiledCosts costs)
    {
        var ordered = programs.OrderBy(p => p.Id).ToList();
        var link = HostLink(costs.Profile);
        return new SimulationCosts([.. ordered.Select(p => Times(p, plan[p.Id].MicroBatch, costs))])
        {
            HostCopies = [.. MemoryPlan.Compute(plan, ordered).Stages.Select(s => link.Time(s.Host.SlotSize))],
        }.With(costs.Profile.Overheads);
    }

    /// <summary>How many calls have their times from where.</summary>
    /// <inheritdoc cref="Of"/>
    public static ProfileCoverage Coverage(ExecutionPlan plan, IEnumerable<StageProgram> programs, ProfiledCosts costs) => ProfileCoverage.Of(
        from program in programs
        from function in program.Functions
        from call in CallsOf(program, function.Kind)
        select costs.SourceOf(call, plan[program.Id].MicroBatch));

    // The host of a CPU device is the memory that it has: a copy is as fast as one of a message, which was measured. Else as the device's model says.
    private static Link HostLink(Profile profile) =>
        profile.Devices.Kind == DeviceModel.Cpu.Kind && profile.Overheads.Copy is { } copy ? copy : DeviceModel.HostLinkOf(profile.Devices.Kind);

    /// <summary>The phase of calls of which nothing closer is known.</summary>
    internal static Phase PhaseOf(FunctionKind function) => function switch
    {
        FunctionKind.Forward or FunctionKind.Loss => Phase.Forward,
        FunctionKind.Backward or FunctionKind.BackwardInput => Phase.BackwardInput,
        FunctionKind.BackwardWeight => Phase.BackwardWeight,
        _ => Phase.Update,
    };

    private static IEnumerable<CostedOp> CallsOf(StageProgram program, FunctionKind function) =>
        program.Function(function) is { } found ? found.Calls.Select(c => OpCosting.Of(c, program, PhaseOf(function))) : [];

    private static StageTimes Times(StageProgram program, long samples, ProfiledCosts costs)
    {
        Microseconds Sum(params FunctionKind[] functions) => new(functions.SelectMany(f => CallsOf(program, f)).Sum(op => costs.Table(op, samples).At(samples).Value));
        var weight = Sum(FunctionKind.BackwardWeight);
        return new StageTimes(Sum(FunctionKind.Forward, FunctionKind.Loss), Sum(FunctionKind.Backward, FunctionKind.BackwardInput) + weight, weight, Sum(FunctionKind.Update));
    }
}
