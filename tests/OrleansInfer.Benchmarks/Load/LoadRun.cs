using System.Collections.Concurrent;
using OrleansInfer.Server.Tests;

namespace OrleansInfer.Benchmarks;

/// <summary>
/// Readers that give one conversation after the other its next turn, each at any of the servers; who has had all turns makes room for a
/// new one, so that always as many are open.
/// </summary>
internal sealed class LoadRun(IReadOnlyList<RunningServer> servers, int conversations)
{
    const int NumScripts = 32;

    readonly LoadScript[] _scripts = [.. Enumerable.Range(0, NumScripts).Select(i => new LoadScript(i))];
    readonly ConcurrentQueue<LoadConversation> _idle = new();
    readonly ConcurrentDictionary<string, int> _faults = new();
    int _opened;
    long _turns;

    public long Turns => Volatile.Read(ref _turns);

    public int NumOpened => Volatile.Read(ref _opened);

    public IReadOnlyCollection<KeyValuePair<string, int>> Faults => [.. _faults];

    HttpClient Any => servers[Random.Shared.Next(servers.Count)].Http;

    /// <summary>One of the readers.</summary>
    public async Task Read(CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            try
            {
                if (await Next() is { } conversation) await Take(conversation);
                else await Task.Delay(10, CancellationToken.None); // fewer conversations than readers
            }
            catch (Exception e) when (e is HttpRequestException or IOException or InvalidOperationException or OperationCanceledException)
            {
                Fault(e.Message);
            }
        }
    }

    async Task<LoadConversation?> Next()
    {
        if (Volatile.Read(ref _opened) < conversations && Interlocked.Increment(ref _opened) is var number && number <= conversations)
            return await Open(number);
        return _idle.TryDequeue(out var conversation) ? conversation : null;
    }

    async Task Take(LoadConversation conversation)
    {
        if (await conversation.Ask(Any) is { } fault) Fault(fault);
        Interlocked.Increment(ref _turns);
        if (conversation.IsOver)
        {
            await conversation.Delete(Any);
            conversation = await Open(Random.Shared.Next(NumScripts));
        }
        _idle.Enqueue(conversation);
    }

    // Of different lengths, so that their ages mix.
    Task<LoadConversation> Open(int number) =>
        LoadConversation.Open(_scripts[number % NumScripts], Random.Shared.Next(1, LoadScript.MaxTurns + 1), Any);

    void Fault(string fault) => _faults.AddOrUpdate(fault, 1, (_, count) => count + 1);
}
