using System.Diagnostics;

namespace OrleansInfer.Kernels.Tests;

public sealed unsafe class TeamTests
{
    const long LargeWork = long.MaxValue;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Each_item_is_done_once_and_no_worker_twice_at_a_time(int threads)
    {
        using var team = new Team(threads);
        var random = new Random(1);
        for (var loop = 0; loop < 2000; loop++)
        {
            var items = random.Next(0, 40);
            if (loop % 500 == 499) Pause();
            using var counts = new NativeBuffer(64 * sizeof(int));
            var job = new Job { Done = (int*)counts.Data };

            team.Run(&Item, &job, items, LargeWork);

            Assert.Equal([.. Enumerable.Repeat(1, items)], new Span<int>(job.Done, items).ToArray());
            Assert.Equal(0, job.Collisions);
        }
    }

    [Fact]
    public void Small_work_stays_on_the_calling_thread()
    {
        using var team = new Team(4);
        using var counts = new NativeBuffer(64 * sizeof(int));
        var job = new Job { Done = (int*)counts.Data, Thread = Environment.CurrentManagedThreadId };
        for (var loop = 0; loop < 100; loop++) team.Run(&Item, &job, 40, work: 1000);

        Assert.Equal(0, job.Strangers);
    }

    /// <summary>Long enough that the threads go to sleep.</summary>
    static void Pause()
    {
        for (var clock = Stopwatch.StartNew(); clock.Elapsed.TotalMilliseconds < 1;) Thread.SpinWait(100);
    }

    static void Item(void* context, int item, int worker)
    {
        var job = (Job*)context;
        if (Interlocked.Increment(ref job->Busy[worker]) != 1) Interlocked.Increment(ref job->Collisions);
        if (job->Thread != 0 && job->Thread != Environment.CurrentManagedThreadId) Interlocked.Increment(ref job->Strangers);
        Interlocked.Increment(ref job->Done[item]);
        Thread.SpinWait(10);
        Interlocked.Decrement(ref job->Busy[worker]);
    }

    struct Job
    {
        public int* Done;
        public fixed int Busy[8];
        public int Collisions;
        public int Thread;
        public int Strangers;
    }
}
