using System.Collections.Concurrent;

namespace OrleansInfer.Client.Tests;

/// <summary>The conversations of a test cluster, shared by the silo and the test.</summary>
internal sealed class FakeConversations
{
    readonly ConcurrentDictionary<string, FakeConversation> _all = [];

    public FakeConversation this[string key] => _all.GetOrAdd(key, key => new(key));

    public IEnumerable<FakeConversation> All => _all.Values;

    /// <summary>What conversations that nobody named answer.</summary>
    public (string[] Texts, Abstractions.FinishReason Reason)? Answer { get; set; }
}
