namespace GraphPipe.Bundle;

/// <summary>
/// Every diagnostic code, with a sentence on when it is given. GP1xxx import, GP2xxx differentiation, GP3xxx planning, GP4xxx passes and
/// verifier, GP5xxx bundle, GP6xxx runtime, GP7xxx data, GP9xxx internal. Numbers are never reused.
/// </summary>
public static class Codes
{
    // Import.
    public const string ModelNotFound = "GP1001";
    public const string ModelEmpty = "GP1002";
    public const string ModelUnreadable = "GP1003";
    public const string OpsetUnsupported = "GP1004";
    public const string GraphCycle = "GP1005";
    public const string DanglingInput = "GP1006";
    public const string DuplicateName = "GP1007";
    public const string ExternalDataMissing = "GP1008";
    public const string ExternalDataEscapes = "GP1009";
    public const string TensorMalformed = "GP1010";
    public const string FunctionMalformed = "GP1011";
    public const string AttributeMalformed = "GP1012";
    public const string ExportImpossible = "GP1013";
    public const string TypeMismatch = "GP1014";

    // Differentiation and losses.
    public const string OperatorUnknown = "GP2101";
    public const string OperatorUnsupported = "GP2102";
    public const string GradientMissing = "GP2103";
    public const string NothingTrainable = "GP2104";
    public const string LossUnsuitable = "GP2105";
    public const string FrozenUnknown = "GP2106";
    public const string OutputUnknown = "GP2107";

    // Planning.
    public const string DevicesUnreadable = "GP3001";
    public const string PlanInfeasible = "GP3002";
    public const string MicroBatchUneven = "GP3003";
    public const string PartitionerUnknown = "GP3004";
    public const string ScheduleUnknown = "GP3005";
    public const string CutUnknown = "GP3006";
    public const string PlanMalformed = "GP3007";
    public const string PlanDeadlock = "GP3008";
    public const string PlanOverMemory = "GP3009";
    public const string StageNotConvex = "GP3010";
    public const string StageCountImpossible = "GP3011";
    public const string CostGraphMalformed = "GP3012";
    public const string ScheduleUnsuitable = "GP3013";
    public const string NothingOverlaps = "GP3014";
    public const string ScheduleInvalid = "GP3015";
    public const string TraceMalformed = "GP3016";
    public const string TopologyMalformed = "GP3017";
    public const string ProfileMalformed = "GP3020";
    public const string ProfilesDiffer = "GP3021";
    public const string ProfileUnsuitable = "GP3022";
    public const string ProfileCovers = "GP3023";
    public const string PlanNotExportable = "GP3030";
    public const string SumOrderDiffers = "GP3031";
    public const string ScheduleTableFaulty = "GP3032";
    public const string ScheduleProgramFaulty = "GP3033";
    public const string SharedAsynchronously = "GP3034";
    public const string PlanOverHostMemory = "GP3035";

    // Passes and verifier.
    public const string IrSyntax = "GP4001";
    public const string IrInvalid = "GP4002";
    public const string ShapeConflict = "GP4003";
    public const string ShapeUnknown = "GP4004";
    public const string SamplesMixed = "GP4005";
    public const string BatchBurntIn = "GP4006";
    public const string BatchAxisUnknown = "GP4007";
    public const string DimensionUnbound = "GP4008";
    public const string DecompositionMissing = "GP4009";

    // Bundle.
    public const string BundleNotFound = "GP5001";
    public const string BundleUnreadable = "GP5002";
    public const string BundleHash = "GP5003";
    public const string BundleVersion = "GP5004";
    public const string BundlePathEscapes = "GP5005";
    public const string BundleContent = "GP5006";
    public const string WriteFailed = "GP5007";

    // Runtime.
    public const string KernelMissing = "GP6001";
    public const string LossNotFinite = "GP6002";
    public const string DeviceLost = "GP6003";
    public const string Stalled = "GP6004";
    public const string Interrupted = "GP6005";
    public const string KernelFailed = "GP6006";
    public const string CheckpointMalformed = "GP6007";
    public const string DevicesMissing = "GP6008";
    public const string KernelFallback = "GP6009";
    public const string DeviceSlow = "GP6010";
    public const string CudaDriverUnusable = "GP6011";
    public const string DeviceMemoryFull = "GP6012";
    public const string ProductsOnOwnKernel = "GP6013";

    // Data.
    public const string DataNotFound = "GP7001";
    public const string DataUnreadable = "GP7002";
    public const string DataMissing = "GP7003";
    public const string DataType = "GP7004";
    public const string DataShape = "GP7005";
    public const string DataEmpty = "GP7006";
    public const string DataValue = "GP7007";
    public const string DataShort = "GP7008";

    // Usage and our own bugs.
    public const string Usage = "GP8001";
    public const string Internal = "GP9001";
}
