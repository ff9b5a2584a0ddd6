using GraphPipe.MockCuda.Execution;
using GraphPipe.MockCuda.Ptx.Parse;
using GraphPipe.MockCuda.Reports;

namespace GraphPipe.Tests.Cuda.Interpreter;

/// <summary>Divergence, loops, calls, barriers, warp-level instructions, atomics: programs whose answers are known in closed form.</summary>
public class ControlTests
{
    private static ulong[] Run(string body, uint threads, int count, string before = "")
    {
        var machine = new PtxMachine();
        ulong output = machine.Buffer(new ulong[count]);
        machine.Run(PtxMachine.Kernel(1, body + "\nadd.u64 %rd8, %rd0, %rd9; st.global.u64 [%rd8], %rd7;", before), threads, output);
        Assert.Empty(machine.Log.All);
        return machine.Read<ulong>(output, count);
    }

    private static ulong[] Each(int count, Func<int, int> f) => [.. Enumerable.Range(0, count).Select(t => (ulong)(long)f(t))];

    [Fact]
    public void Branches_both_ways_and_meets_again() => Assert.Equal(Each(70, t => (t % 2 == 0 ? 10 : 20) + t), Run("""
        and.b32 %r1, %r0, 1;
        setp.eq.s32 %p1, %r1, 0;
        @%p1 bra EVEN;
        mov.u32 %r2, 20;
        bra JOIN;
        EVEN: mov.u32 %r2, 10;
        JOIN: add.s32 %r2, %r2, %r0;
        cvt.u64.u32 %rd7, %r2;
        """, 70, 70));

    [Fact]
    public void Nested_loops_with_trip_counts_of_their_own() =>
        // Σ_{i<t} i for each thread t, times 3.
        Assert.Equal(Each(33, t => 3 * t * (t - 1) / 2), Run("""
            mov.u32 %r1, 0; mov.u32 %r5, 0;
            OUTER: setp.ge.s32 %p1, %r1, 3;
            @%p1 bra DONE;
            mov.u32 %r2, 0;
            INNER: setp.ge.s32 %p2, %r2, %r0;
            @%p2 bra NEXT;
            add.s32 %r5, %r5, %r2;
            add.s32 %r2, %r2, 1;
            bra INNER;
            NEXT: add.s32 %r1, %r1, 1;
            bra OUTER;
            DONE: cvt.u64.u32 %rd7, %r5;
            """, 33, 33));

    [Fact]
    public void Lanes_that_part_meet_again()
    {
        // activemask after the join is full only if the lanes have merged.
        Assert.All(Run("""
            setp.lt.u32 %p1, %r0, 5;
            @%p1 bra A;
            mov.u32 %r1, 1;
            bra B;
            A: mov.u32 %r1, 2;
            B: activemask.b32 %r3;
            cvt.u64.u32 %rd7, %r3;
            """, 32, 32), x => Assert.Equal(0xFFFFFFFFUL, x));
    }

    [Fact]
    public void A_lock_between_lanes_of_a_warp_is_handed_on()
    {
        // Each lane takes a spin lock in turn: it must not starve the lane that holds it.
        var machine = new PtxMachine();
        ulong locked = machine.Buffer(0u, 0u);
        machine.Run(PtxMachine.Kernel(1, """
            TRY: atom.global.cas.b32 %r1, [%rd0], 0, 1;
            setp.ne.u32 %p1, %r1, 0;
            @%p1 bra TRY;
            ld.volatile.global.u32 %r2, [%rd0+4];
            add.u32 %r2, %r2, 1;
            st.volatile.global.u32 [%rd0+4], %r2;
            atom.global.exch.b32 %r3, [%rd0], 0;
            """), 32, locked);
        Assert.Empty(machine.Log.All);
        Assert.Equal(32u, machine.Read<uint>(locked, 2)[1]);
    }

    [Fact]
    public void Indexed_branch() => Assert.Equal(Each(6, t => t % 3 == 0 ? 5 : t % 3 == 1 ? 6 : 7), Run("""
        rem.u32 %r1, %r0, 3;
        T: .branchtargets L0, L1, L2;
        brx.idx %r1, T;
        L0: mov.u64 %rd7, 5; bra E;
        L1: mov.u64 %rd7, 6; bra E;
        L2: mov.u64 %rd7, 7;
        E: mov.u32 %r2, 0;
        """, 6, 6));

    [Fact]
    public void Calls_recurse_with_a_frame_per_lane() =>
        // fib(t) for t below 10, by the textbook's two calls.
        Assert.Equal([0, 1, 1, 2, 3, 5, 8, 13, 21, 34], Run("""
            { .param .b32 a; .param .b32 r;
            st.param.b32 [a], %r0;
            call (r), fib, (a);
            ld.param.b32 %r1, [r]; }
            cvt.u64.u32 %rd7, %r1;
            """, 10, 10, """
            .func (.param .b32 result) fib(.param .b32 n)
            {
                .reg .b32 %r<9>; .reg .pred %p<2>;
                ld.param.b32 %r1, [n];
                setp.lt.u32 %p1, %r1, 2;
                @%p1 bra SMALL;
                sub.u32 %r2, %r1, 1;
                { .param .b32 a; .param .b32 r; st.param.b32 [a], %r2; call (r), fib, (a); ld.param.b32 %r3, [r]; }
                sub.u32 %r2, %r1, 2;
                { .param .b32 a; .param .b32 r; st.param.b32 [a], %r2; call (r), fib, (a); ld.param.b32 %r4, [r]; }
                add.u32 %r1, %r3, %r4;
                SMALL: st.param.b32 [result], %r1;
                ret;
            }
            """));

    [Fact]
    public void Shared_memory_and_barriers_reverse_a_block() => Assert.Equal(Each(96, t => 95 - t), Run("""
        .shared .align 8 .b8 tile[768];
        mov.u64 %rd3, tile;
        add.u64 %rd4, %rd3, %rd9;
        cvt.u64.u32 %rd5, %r0;
        st.shared.u64 [%rd4], %rd5;
        bar.sync 0;
        sub.u64 %rd6, 760, %rd9;
        add.u64 %rd6, %rd6, %rd3;
        ld.shared.u64 %rd7, [%rd6];
        """, 96, 96));

    [Theory]
    [InlineData("bar.red.popc.u32 %r1, 0, %p1;", 20)]
    [InlineData("bar.red.and.pred %p2, 0, %p1; selp.u32 %r1, 1, 0, %p2;", 0)]
    [InlineData("bar.red.or.pred %p2, 0, %p1; selp.u32 %r1, 1, 0, %p2;", 1)]
    public void Barrier_reductions(string body, int expected) =>
        Assert.Equal(Each(64, _ => expected), Run("setp.lt.u32 %p1, %r0, 20;" + body + "cvt.u64.u32 %rd7, %r1;", 64, 64));

    [Fact]
    public void Named_barrier_between_producer_and_consumer_warps() => Assert.Equal(Each(64, t => t < 32 ? 0 : 7), Run("""
        .shared .align 4 .b8 cell[4];
        mov.u64 %rd7, 0;
        setp.ge.u32 %p1, %r0, 32;
        @%p1 bra CONSUME;
        setp.eq.u32 %p2, %r0, 0;
        @%p2 st.shared.u32 [cell], 7;
        bar.arrive 1, 64;
        bra END;
        CONSUME: bar.sync 1, 64;
        ld.shared.u32 %r1, [cell];
        cvt.u64.u32 %rd7, %r1;
        END: mov.u32 %r2, 0;
        """, 64, 64));

    [Theory]
    [InlineData("shfl.sync.down.b32 %r1, %r0, 4, 31, 0xffffffff;")]
    [InlineData("shfl.sync.up.b32 %r1, %r0, 4, 0, 0xffffffff;")]
    [InlineData("shfl.sync.bfly.b32 %r1, %r0, 5, 31, 0xffffffff;")]
    [InlineData("shfl.sync.idx.b32 %r1, %r0, 9, 31, 0xffffffff;")]
    [InlineData("shfl.sync.idx.b32 %r1, %r0, 1, 0x1c1f, 0xffffffff;")]
    public void Shuffles(string shuffle)
    {
        Func<int, int> expected = shuffle.Split('.')[2] switch
        {
            "down" => t => t + 4 < 32 ? t + 4 : t,
            "up" => t => t >= 4 ? t - 4 : t,
            "bfly" => t => t ^ 5,
            _ when shuffle.Contains("0x1c1f") => t => (t & ~3) | 1,
            _ => _ => 9,
        };
        Assert.Equal(Each(32, expected), Run(shuffle + "cvt.u64.u32 %rd7, %r1;", 32, 32));
    }

    [Theory]
    [InlineData("vote.sync.ballot.b32 %r1, %p1, 0xffffffff;", 0x1F)]
    [InlineData("vote.sync.any.pred %p2, %p1, 0xffffffff; selp.u32 %r1, 1, 0, %p2;", 1)]
    [InlineData("vote.sync.all.pred %p2, %p1, 0xffffffff; selp.u32 %r1, 1, 0, %p2;", 0)]
    [InlineData("vote.sync.uni.pred %p2, %p1, 0xffffffff; selp.u32 %r1, 1, 0, %p2;", 0)]
    [InlineData("redux.sync.add.u32 %r1, %r0, 0xffffffff;", 496)]
    [InlineData("redux.sync.max.s32 %r1, %r0, 0xffffffff;", 31)]
    [InlineData("match.all.sync.b32 %r1|%p2, 7, 0xffffffff; popc.b32 %r1, %r1;", 32)]
    [InlineData("and.b32 %r2, %r0, 1; match.any.sync.b32 %r1, %r2, 0xffffffff; popc.b32 %r1, %r1;", 16)]
    public void Votes_and_warp_reductions(string body, int expected) =>
        Assert.Equal(Each(32, _ => expected), Run("setp.lt.u32 %p1, %r0, 5;" + body + "cvt.u64.u32 %rd7, %r1;", 32, 32));

    [Fact]
    public void A_warp_synchronous_instruction_waits_for_lanes_that_come_later() =>
        // Half the lanes take the long way; the ballot of all must still see all.
        Assert.All(Run("""
            setp.lt.u32 %p1, %r0, 16;
            @!%p1 bra VOTE;
            mov.u32 %r1, 0;
            LOOP: add.u32 %r1, %r1, 1;
            setp.lt.u32 %p2, %r1, 100;
            @%p2 bra LOOP;
            VOTE: vote.sync.ballot.b32 %r3, 1, 0xffffffff;
            cvt.u64.u32 %rd7, %r3;
            """, 32, 32), x => Assert.Equal(0xFFFFFFFFUL, x));

    [Theory]
    [InlineData("red.global.add.u32 [%rd0], 2;", 10u, 10u + 128)]
    [InlineData("red.global.max.s32 [%rd0], %r0;", 10u, 63u)]
    [InlineData("red.global.min.u32 [%rd0], %r0;", 10u, 0u)]
    [InlineData("red.global.or.b32 [%rd0], %r0;", 0u, 63u)]
    [InlineData("red.global.and.b32 [%rd0], 0xf0;", 0xFFu, 0xF0u)]
    [InlineData("red.global.xor.b32 [%rd0], 1;", 10u, 10u)]
    [InlineData("red.global.inc.u32 [%rd0], 4;", 0u, 64u % 5)]
    [InlineData("red.global.dec.u32 [%rd0], 4;", 0u, 1u)]
    [InlineData("atom.global.exch.b32 %r1, [%rd0], 5;", 10u, 5u)]
    [InlineData("atom.add.global.u32 %r1, [%rd0], 1;", 1u, 65u)]
    [InlineData("red.relaxed.gpu.global.add.f32 [%rd0], 0f3F800000;", 0u, 0x42800000u)]
    public void Atomics(string body, uint before, uint expected)
    {
        var machine = new PtxMachine();
        ulong cell = machine.Buffer(before);
        machine.Run(PtxMachine.Kernel(1, body), 64, cell);
        Assert.Empty(machine.Log.All);
        Assert.Equal(expected, machine.Read<uint>(cell, 1)[0]);
    }

    [Fact]
    public void Vectors_and_constants_and_globals()
    {
        var machine = new PtxMachine();
        ulong output = machine.Buffer(new uint[4]);
        machine.Run(PtxMachine.Kernel(1, """
            ld.const.v2.u32 {%r1, %r2}, [table+4];
            ld.global.u32 %r3, [word];
            mov.u32 %r4, 9;
            st.global.v4.u32 [%rd0], {%r1, %r2, %r3, %r4};
            """, ".const .align 8 .u32 table[4] = {7, 8, 9, 10};\n.global .u32 word = 5;").Replace("table+4", "table+8"), 1, output);
        Assert.Empty(machine.Log.All);
        Assert.Equal([9u, 10, 5, 9], machine.Read<uint>(output, 4));
    }

    [Fact]
    public void Dynamic_shared_memory_lies_behind_the_static_part()
    {
        var machine = new PtxMachine();
        ulong output = machine.Buffer(new uint[2]);
        machine.Run(PtxMachine.Kernel(1, """
            .shared .align 4 .b8 fixed[4];
            st.shared.u32 [fixed], 1;
            st.shared.u32 [dynamic], 2;
            ld.shared.u32 %r1, [fixed];
            ld.shared.u32 %r2, [dynamic];
            st.global.v2.u32 [%rd0], {%r1, %r2};
            """, ".extern .shared .align 16 .b8 dynamic[];"), new Extent(1, 1, 1), new Extent(1, 1, 1), 64, output);
        Assert.Empty(machine.Log.All);
        Assert.Equal([1u, 2], machine.Read<uint>(output, 2));
    }

    [Fact]
    public void Local_memory_and_generic_addresses() => Assert.Equal(Each(40, t => t + 1), Run("""
        .local .align 8 .b8 depot[16];
        mov.u64 %rd3, depot;
        cvta.local.u64 %rd4, %rd3;
        cvt.u64.u32 %rd5, %r0;
        add.u64 %rd5, %rd5, 1;
        st.u64 [%rd4+8], %rd5;
        ld.local.u64 %rd7, [depot+8];
        """, 40, 40));

    [Fact]
    public void Printf()
    {
        var machine = new PtxMachine();
        machine.Run(PtxMachine.Kernel(0, """
            .local .align 8 .b8 args[16];
            mov.u64 %rd1, args; cvta.local.u64 %rd2, %rd1;
            st.local.u32 [args], 42;
            st.local.f64 [args+8], 0d3FF8000000000000;
            mov.u64 %rd3, text; cvta.global.u64 %rd3, %rd3;
            { .param .b64 f; .param .b64 a; .param .b32 r;
            st.param.b64 [f], %rd3; st.param.b64 [a], %rd2;
            call (r), vprintf, (f, a); }
            """, """
            .extern .func (.param .b32 r) vprintf(.param .b64 f, .param .b64 a);
            .global .align 1 .b8 text[8] = {37, 100, 32, 37, 102, 10, 0};
            """), 1);
        Assert.Empty(machine.Log.All);
        Assert.Equal("42 1.500000\n", machine.Printed.ToString());
    }

    [Theory]
    [InlineData("wmma.load.a.sync.aligned.row.m16n16k16.global.f16 {%r1}, [%rd0];", "wmma.load")]
    [InlineData("add.rz.f32 %f1, %f1, %f1;", "add.rz.f32")]
    [InlineData("mul.u32 %r1, %r1, %r1;", "mul.u32")]
    [InlineData("cvt.s32.f32 %r1, %f1;", "cvt.s32.f32")]
    [InlineData("ld.global.frob.u32 %r1, [%rd0];", ".frob")]
    [InlineData("add.u32 %r1, %r99, 1;", "%r99")]
    [InlineData("bra NOWHERE;", "NOWHERE")]
    public void What_is_not_modelled_is_refused_by_name(string instruction, string named)
    {
        var e = Assert.Throws<PtxException>(() => new PtxMachine().Run(PtxMachine.Kernel(1, instruction), 1, 0));
        Assert.Contains(named, e.Message);
        Assert.True(e.Line > 0);
    }

    [Fact]
    public void A_kernel_that_does_not_end_is_stopped()
    {
        var machine = new PtxMachine { InstructionLimit = 10_000 };
        machine.Run(PtxMachine.Kernel(0, "L: bra L;"), 32);
        Assert.Equal(ReportKind.Timeout, Assert.Single(machine.Log.All).Kind);
    }
}
