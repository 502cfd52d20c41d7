using System.Diagnostics;

namespace OrleansInfer.Kernels;

/// <summary>
/// Threads that take items of a parallel loop beside its caller.  They watch for the next loop for a short while and then sleep.  The
/// caller takes items too, and at the end waits only for threads that have begun one: on a busy machine a thread that does not get to run
/// in time costs nothing.
/// </summary>
internal sealed unsafe class WorkerThreads : IDisposable
{
    const int Open = 1 << 30;
    const long WatchMicroseconds = 10; // about what stands between two loops of a layer; longer takes a core from the sockets
    const int LineInts = 32; // two cache lines, for the processor fetches them in pairs

    readonly Worker[] workers;
    readonly int[] next; // [workers + 1, LineInts]: the first item of each thread's share that nobody has taken
    delegate*<void*, int, int, void> body;
    void* context;
    int items;
    int loop; // the number of the loop at hand
    int state; // Open while threads may join the loop, and how many are in it
    volatile bool stopping;

    public WorkerThreads(int count)
    {
        workers = new Worker[count];
        next = new int[(count + 2) * LineInts];
        for (var i = 0; i < count; i++)
        {
            var worker = workers[i] = new Worker(i + 1);
            new Thread(() => Watch(worker)) { IsBackground = true, Name = $"kernels {worker.Number}" }.Start();
        }
    }

    public void Run(delegate*<void*, int, int, void> body, void* context, int items)
    {
        this.body = body;
        this.context = context;
        this.items = items;
        for (var share = 0; share <= workers.Length; share++) Next(share) = First(share);
        loop++;
        Interlocked.Exchange(ref state, Open);
        for (var i = 0; i < Math.Min(workers.Length, items - 1); i++) workers[i].Wake();
        Work(0);
        Interlocked.And(ref state, ~Open);
        for (var wait = default(SpinWait); Volatile.Read(ref state) != 0;) wait.SpinOnce(sleep1Threshold: -1);
    }

    public void Dispose()
    {
        stopping = true;
        foreach (var worker in workers) worker.Wake();
    }

    void Watch(Worker worker)
    {
        var seen = 0;
        var watched = Stopwatch.GetTimestamp();
        while (!stopping)
        {
            if (Join(ref seen))
            {
                Work(worker.Number);
                Interlocked.Decrement(ref state);
                watched = Stopwatch.GetTimestamp();
            }
            else if (Stopwatch.GetElapsedTime(watched).TotalMicroseconds < WatchMicroseconds)
            {
                Thread.SpinWait(16);
            }
            else
            {
                worker.Sleep(this, seen);
                watched = Stopwatch.GetTimestamp();
            }
        }
    }

    bool Waiting(int seen) => stopping || ((Volatile.Read(ref state) & Open) != 0 && Volatile.Read(ref loop) != seen);

    bool Join(ref int seen)
    {
        var now = Volatile.Read(ref state);
        if ((now & Open) == 0 || Volatile.Read(ref loop) == seen) return false;
        if (Interlocked.CompareExchange(ref state, now + 1, now) != now) return false;
        seen = loop; // no other loop begins while a thread is in this one
        return true;
    }

    /// <summary>The items of the thread's own share in order, so that it reads on in memory; then what is left of the others'.</summary>
    void Work(int worker)
    {
        var share = worker;
        do
        {
            var end = First(share + 1);
            for (int item; (item = Interlocked.Increment(ref Next(share)) - 1) < end;) body(context, item, worker);
            share = share == workers.Length ? 0 : share + 1;
        }
        while (share != worker);
    }

    int First(int share) => (int)((long)items * share / (workers.Length + 1));

    ref int Next(int share) => ref next[(share + 1) * LineInts];

    /// <summary>Whether a thread sleeps, and what wakes it: the waker who takes <see cref="asleep"/> back gives one permit.</summary>
    sealed class Worker(int number)
    {
        readonly SemaphoreSlim permits = new(0);
        int asleep;

        public int Number => number;

        public void Wake()
        {
            if (Volatile.Read(ref asleep) != 0 && Interlocked.Exchange(ref asleep, 0) != 0) permits.Release();
        }

        public void Sleep(WorkerThreads threads, int seen)
        {
            Interlocked.Exchange(ref asleep, 1);
            if (threads.Waiting(seen) && Interlocked.Exchange(ref asleep, 0) != 0) return;
            permits.Wait();
        }
    }
}
