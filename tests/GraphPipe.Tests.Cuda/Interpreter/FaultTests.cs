using GraphPipe.MockCuda.Reports;
using MockReport = GraphPipe.MockCuda.Reports.Report;

namespace GraphPipe.Tests.Cuda.Interpreter;

/// <summary>Each mistake that the mock is to find, made on purpose, beside the same program done right.</summary>
public class FaultTests
{
    private static IReadOnlyList<MockReport> Run(string body, uint threads, bool allowExited = false, params ulong[] arguments)
    {
        var machine = new PtxMachine { AllowExited = allowExited };
        machine.Run(PtxMachine.Kernel(arguments.Length, body), threads, arguments);
        return machine.Log.All;
    }

    private static IReadOnlyList<MockReport> NotEmpty(IReadOnlyList<MockReport> reports)
    {
        Assert.NotEmpty(reports);
        return reports;
    }

    private static MockReport One(ReportKind kind, IReadOnlyList<MockReport> reports)
    {
        var report = Assert.Single(reports);
        Assert.Equal(kind, report.Kind);
        return report;
    }

    [Fact]
    public void Out_of_bounds_names_thread_and_line()
    {
        var machine = new PtxMachine();
        ulong buffer = machine.Buffer(new ulong[39]);
        machine.Run(PtxMachine.Kernel(1, "add.u64 %rd8, %rd0, %rd9;\nst.global.u64 [%rd8], %rd9;"), 40, buffer);
        var report = One(ReportKind.OutOfBounds, machine.Log.All);
        Assert.Equal(39, report.Place!.Value.Thread);
        Assert.Equal("st.global.u64", report.Place.Value.Form);
        Assert.Contains("offset 312 of 312 bytes", report.Message);
    }

    [Fact]
    public void Use_after_free()
    {
        var machine = new PtxMachine();
        ulong buffer = machine.Buffer(1u);
        machine.Free(buffer);
        machine.Buffer(1u);
        machine.Run(PtxMachine.Kernel(1, "ld.global.u32 %r1, [%rd0];"), 1, buffer);
        One(ReportKind.UseAfterFree, machine.Log.All);
    }

    [Fact]
    public void Uninitialised_global_memory()
    {
        var machine = new PtxMachine();
        ulong buffer = machine.Unwritten(8);
        machine.Run(PtxMachine.Kernel(1, "st.global.u32 [%rd0], 1; ld.global.u32 %r1, [%rd0];"), 1, buffer);
        Assert.Empty(machine.Log.All);
        machine.Run(PtxMachine.Kernel(1, "ld.global.u32 %r1, [%rd0+4];"), 1, buffer);
        One(ReportKind.UninitialisedRead, machine.Log.All);
    }

    [Fact]
    public void Uninitialised_shared_memory() =>
        One(ReportKind.UninitialisedRead, Run(".shared .align 4 .b8 s[4]; ld.shared.u32 %r1, [s];", 1));

    [Fact]
    public void Uninitialised_local_memory() =>
        One(ReportKind.UninitialisedRead, Run(".local .align 4 .b8 s[4]; ld.local.u32 %r1, [s];", 1));

    [Fact]
    public void Misaligned()
    {
        var machine = new PtxMachine();
        machine.Run(PtxMachine.Kernel(1, "ld.global.u32 %r1, [%rd0+2];"), 1, machine.Buffer(1ul));
        One(ReportKind.Misaligned, machine.Log.All);
    }

    [Fact]
    public void Shared_memory_out_of_bounds() =>
        One(ReportKind.OutOfBounds, Run(".shared .align 4 .b8 s[16]; st.shared.u32 [s+16], 1;", 1));

    [Theory]
    [InlineData("bar.sync 0;", false)]
    [InlineData("", true)]
    public void Shared_race_of_two_warps(string between, bool races)
    {
        var reports = Run($"""
            .shared .align 8 .b8 s[512];
            mov.u64 %rd3, s;
            add.u64 %rd4, %rd3, %rd9;
            st.shared.u64 [%rd4], %rd9;
            {between}
            xor.b64 %rd5, %rd9, 256;
            add.u64 %rd5, %rd5, %rd3;
            setp.ge.u32 %p1, %r0, 32;
            @%p1 ld.shared.u64 %rd6, [%rd5];
            """, 64);
        Assert.Equal(races, reports.Any(r => r.Kind == ReportKind.SharedRace));
        Assert.True(races || reports.Count == 0);
    }

    [Theory]
    [InlineData("bar.warp.sync 0xffffffff;", false)]
    [InlineData("", true)]
    public void Shared_race_of_two_lanes(string between, bool races)
    {
        var reports = Run($"""
            .shared .align 8 .b8 s[256];
            mov.u64 %rd3, s;
            add.u64 %rd4, %rd3, %rd9;
            st.shared.u64 [%rd4], %rd9;
            {between}
            xor.b64 %rd5, %rd9, 8;
            add.u64 %rd5, %rd5, %rd3;
            ld.shared.u64 %rd6, [%rd5];
            """, 32);
        Assert.Equal(races, reports.Any(r => r.Kind == ReportKind.SharedRace));
    }

    [Fact]
    public void A_write_after_another_threads_read_races_too() => Assert.All(NotEmpty(Run("""
        .shared .align 4 .b8 s[4];
        setp.eq.u32 %p1, %r0, 0;
        @%p1 st.shared.u32 [s], 1;
        bar.sync 0;
        ld.shared.u32 %r1, [s];
        setp.eq.u32 %p2, %r0, 40;
        @%p2 st.shared.u32 [s], 2;
        """, 64)), r => Assert.Equal(ReportKind.SharedRace, r.Kind));

    [Fact]
    public void Atomics_on_shared_memory_do_not_race() => Assert.Empty(Run("""
        .shared .align 4 .b8 s[4];
        setp.eq.u32 %p1, %r0, 0;
        @%p1 st.shared.u32 [s], 0;
        bar.sync 0;
        red.shared.add.u32 [s], 1;
        bar.sync 0;
        ld.shared.u32 %r1, [s];
        """, 96));

    [Fact]
    public void A_barrier_that_half_the_block_never_reaches() => One(ReportKind.BarrierDivergence, Run("""
        setp.lt.u32 %p1, %r0, 32;
        @%p1 bra L;
        exit;
        L: bar.sync 0;
        """, 64));

    [Fact]
    public void The_same_is_allowed_where_that_is_asked_for() => Assert.Empty(Run("""
        setp.lt.u32 %p1, %r0, 32;
        @%p1 bra L;
        exit;
        L: bar.sync 0;
        """, 64, allowExited: true));

    [Fact]
    public void Two_barriers_that_wait_for_each_other() => One(ReportKind.BarrierDivergence, Run("""
        setp.lt.u32 %p1, %r0, 32;
        @%p1 bra L;
        bar.sync 1;
        exit;
        L: bar.sync 2;
        """, 64, allowExited: true));

    [Fact]
    public void A_shuffle_whose_lanes_never_all_come() => One(ReportKind.WarpDivergence, Run("""
        setp.lt.u32 %p1, %r0, 16;
        @%p1 bra L;
        shfl.sync.idx.b32 %r1, %r0, 0, 31, 0xffffffff;
        exit;
        L: shfl.sync.idx.b32 %r2, %r0, 0, 31, 0xffffffff;
        """, 32));

    [Fact]
    public void A_trap() => One(ReportKind.Assertion, Run("trap;", 1));
}
