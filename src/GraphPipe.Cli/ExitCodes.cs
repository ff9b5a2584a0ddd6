using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Cli;

/// <summary>What the process ends with, and the one table that says which diagnostic means what.</summary>
public static class ExitCodes
{
    public const int Done = 0;

    /// <summary>The answer is "no": a verification failed, a plan is infeasible or was refused by the proof.</summary>
    public const int No = 1;

    public const int Usage = 2;

    /// <summary>Model, bundle or data can't be read or written.</summary>
    public const int BadInput = 3;

    /// <summary>The model can't be compiled.</summary>
    public const int NotCompilable = 4;

    public const int RunFailed = 5;

    /// <summary>A bug of ours.</summary>
    public const int Internal = 10;

    public const int Interrupted = 130;

    // Exact codes come before their thousands.
    private static readonly ImmutableArray<(string Prefix, int ExitCode)> Table =
    [
        (Codes.FrozenUnknown, Usage),
        (Codes.OutputUnknown, Usage),
        (Codes.DevicesUnreadable, Usage),
        (Codes.PlanInfeasible, No),
        (Codes.MicroBatchUneven, Usage),
        (Codes.PartitionerUnknown, Usage),
        (Codes.ScheduleUnknown, Usage),
        (Codes.CutUnknown, Usage),
        (Codes.PlanMalformed, BadInput),
        (Codes.PlanDeadlock, No),
        (Codes.PlanOverMemory, No),
        (Codes.StageNotConvex, No),
        (Codes.StageCountImpossible, No),
        (Codes.CostGraphMalformed, BadInput),
        (Codes.ScheduleUnsuitable, No),
        (Codes.ScheduleInvalid, BadInput),
        (Codes.TraceMalformed, BadInput),
        (Codes.TopologyMalformed, BadInput),
        (Codes.ProfileMalformed, BadInput),
        (Codes.ProfilesDiffer, BadInput),
        (Codes.ProfileUnsuitable, Usage),
        (Codes.ScheduleTableFaulty, BadInput),
        (Codes.ScheduleProgramFaulty, BadInput),
        (Codes.PlanOverHostMemory, No),
        (Codes.Interrupted, Interrupted),
        (Codes.CheckpointMalformed, BadInput),
        ("GP1", BadInput),
        ("GP2", NotCompilable),
        ("GP3", No),
        ("GP4", NotCompilable),
        ("GP5", BadInput),
        ("GP6", RunFailed),
        ("GP7", BadInput),
        ("GP8", Usage),
        ("GP9", Internal),
    ];

    /// <summary>The exit code for a diagnostic code.</summary>
    public static int Of(string code) => Table.First(t => code.StartsWith(t.Prefix, StringComparison.Ordinal)).ExitCode;

    /// <summary>The exit code for a list: that of its first error; <see cref="Done"/> without errors.</summary>
    public static int Of(IEnumerable<Diagnostic> diagnostics) => diagnostics.FirstOrDefault(d => d.Severity == Severity.Error) is { } error ? Of(error.Code) : Done;
}
