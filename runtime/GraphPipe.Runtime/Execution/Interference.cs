using GraphPipe.Bundle;

namespace GraphPipe.Runtime;

/// <summary>
/// Disturbs a run on purpose: how tests show that numbers don't depend on time, and that what stands still, dies or gets lost is found. Called on
/// the devices' threads and those of their copies; what it does not override is left alone.
/// </summary>
internal abstract class Interference
{
    /// <summary>Before an action; may keep it waiting.</summary>
    /// <returns>False: the device's thread ends here, without a word.</returns>
    public virtual bool Before(DeviceId device, PlanAction action) => true;

    /// <summary>After an action, and a part of its time.</summary>
    /// <param name="ticks">What it took, waiting for neighbours excepted, in <see cref="System.Diagnostics.Stopwatch"/> ticks.</param>
    public virtual void After(DeviceId device, PlanAction action, long ticks)
    {
    }

    /// <summary>A message is copied and about to be handed over; may keep it waiting.</summary>
    /// <returns>False: it gets lost. So must all later ones of the channel: a channel stays in order, or is broken.</returns>
    public virtual bool Delivers(PlanAction send) => true;

    /// <summary>A copy to the host or back is done and about to be reported, on the thread of its queue; may keep it waiting.</summary>
    /// <returns>False: nobody learns that it is done.</returns>
    public virtual bool Copied(DeviceId device, PlanAction copy) => true;

    /// <summary>A message has arrived and is about to be copied out; may keep it waiting.</summary>
    public virtual void Receiving(PlanAction receive)
    {
    }
}
