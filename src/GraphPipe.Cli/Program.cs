using System.Runtime.InteropServices;
using GraphPipe.Cli;

// The first Ctrl-C ends the work cleanly, at the next step or pass; the second ends the process.
using var interrupt = new CancellationTokenSource();
int signals = 0;
void Interrupt(PosixSignalContext signal)
{
    if (Interlocked.Increment(ref signals) > 1)
        return;
    signal.Cancel = true;
    interrupt.Cancel();
}

using var sigint = PosixSignalRegistration.Create(PosixSignal.SIGINT, Interrupt);
using var sigterm = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Interrupt);
return CommandLine.Run(args, Surroundings.OfConsole(interrupt.Token));
