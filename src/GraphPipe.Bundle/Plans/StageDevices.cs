using System.Collections.Immutable;

namespace GraphPipe.Bundle;

/// <summary>The devices of a stage, one for each of its replicas.</summary>
/// <param name="Turn"><see cref="Replica.Turn"/> of the replicas.</param>
public sealed record StageDevices(ImmutableArray<DeviceId> Devices, int Turn = 0);
