using System.Reflection;
using Orleans.Runtime;
using OrleansInfer.Abstractions;

namespace OrleansInfer.Server.Tests;

/// <summary>A conversation in memory that does what it is asked, and loses the first reply of each method: its silo died.</summary>
public class LossyGrain : DispatchProxy
{
    readonly HashSet<string> _lost = [];
    readonly Dictionary<Guid, List<ConversationItem>> _requests = [];
    readonly List<ConversationItem> _items = [];
    ConversationInfo? _info;

    /// <summary>A factory of which every grain is this one.</summary>
    public static IGrainFactory Factory()
    {
        var grain = Create<IConversationGrain, LossyGrain>();
        var factory = Create<IGrainFactory, OneGrain>();
        ((OneGrain)(object)factory).Grain = grain;
        return factory;
    }

    protected override object? Invoke(MethodInfo? method, object?[]? args)
    {
        var name = method!.Name;
        return name switch
        {
            nameof(IConversationGrain.Create) => Reply(name, () => Make((NewConversation)args![0]!)),
            nameof(IConversationGrain.GetInfo) => Reply(name, () => _info ?? throw Refused(InferenceError.ConversationNotFound)),
            nameof(IConversationGrain.AddItems) => Reply(name, () => Add((IReadOnlyList<ChatMessage>)args![0]!, (Guid)args[1]!)),
            nameof(IConversationGrain.DeleteItem) => Reply(name, () => Delete((long)args![0]!)),
            nameof(IConversationGrain.GetItems) => Reply(name, () => new ItemPage(
                [.. _items.Where(item => item.Number > ((long?)args![0] ?? -1)).Take((int)args![1]!)], HasMore: false)),
            _ => throw new NotSupportedException(name),
        };
    }

    Task<T> Reply<T>(string method, Func<T> act)
    {
        try
        {
            var result = act();
            return _lost.Add(method) ? Task.FromException<T>(new SiloUnavailableException("gone")) : Task.FromResult(result);
        }
        catch (InferenceException e)
        {
            return Task.FromException<T>(e);
        }
    }

    ConversationInfo Make(NewConversation conversation)
    {
        if (_info is not null) throw Refused(InferenceError.ConversationExists);
        foreach (var message in conversation.Items) _items.Add(new(_items.Count, message, ConversationItem.NoTurn));
        return _info = new()
        {
            Created = DateTimeOffset.UnixEpoch, Named = conversation.Named, Metadata = conversation.Metadata, Turns = 0,
        };
    }

    IReadOnlyList<ConversationItem> Add(IReadOnlyList<ChatMessage> messages, Guid request)
    {
        if (_requests.TryGetValue(request, out var known)) return known;
        List<ConversationItem> added = [.. messages.Select((message, i) => new ConversationItem(_items.Count + i, message, -1))];
        _items.AddRange(added);
        return _requests[request] = added;
    }

    bool Delete(long number) =>
        _items.RemoveAll(item => item.Number == number) > 0 ? true : throw Refused(InferenceError.ConversationNotFound);

    static InferenceException Refused(InferenceError error) => new(error, error.ToString());

    public class OneGrain : DispatchProxy
    {
        public object? Grain { get; set; }

        protected override object? Invoke(MethodInfo? method, object?[]? args) => Grain;
    }
}
