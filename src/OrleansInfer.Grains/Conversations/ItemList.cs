using OrleansInfer.Abstractions;

namespace OrleansInfer.Grains;

/// <summary>The items of a conversation in the order of their numbers.</summary>
sealed class ItemList
{
    /// <summary>Requests whose repetition is recognised. A caller repeats one within seconds.</summary>
    const int MaxRequests = 64;

    readonly List<ConversationItem> _items = [];
    readonly Queue<(Guid Id, long First, long End)> _requests = [];

    /// <summary>The number of the next item.</summary>
    public long Next { get; private set; }

    /// <summary>Characters of all items that are there.</summary>
    public long Length { get; private set; }

    public void Add(IEnumerable<ChatMessage> messages, int turn)
    {
        foreach (var message in messages)
        {
            _items.Add(new(Next++, message, turn));
            Length += ItemRules.LengthOf(message);
        }
    }

    public void AddByRequest(IEnumerable<ChatMessage> messages, Guid request)
    {
        var first = Next;
        Add(messages, ConversationItem.NoTurn);
        if (_requests.Count == MaxRequests) _requests.Dequeue();
        _requests.Enqueue((request, first, Next));
    }

    /// <summary>What a request has added, as far as it is still there. Null: it is not known.</summary>
    public ConversationItem[]? AddedBy(Guid request)
    {
        foreach (var (id, first, end) in _requests)
            if (id == request) return _items[IndexOf(first)..IndexOf(end)].ToArray();
        return null;
    }

    public bool Has(long number) => IndexOf(number) is var i && i < _items.Count && _items[i].Number == number;

    public void Delete(long number)
    {
        if (!Has(number)) return;
        var i = IndexOf(number);
        Length -= ItemRules.LengthOf(_items[i].Message);
        _items.RemoveAt(i);
    }

    /// <summary>The messages of all items before number <paramref name="end"/>.</summary>
    public ChatMessage[] MessagesBefore(long end)
    {
        var messages = new ChatMessage[IndexOf(end)];
        for (var i = 0; i < messages.Length; i++) messages[i] = _items[i].Message;
        return messages;
    }

    /// <param name="after">The page begins behind the item of this number; null: with the first.</param>
    /// <param name="end">Items from this number on are left out.</param>
    public ItemPage Page(long? after, int limit, bool descending, long end)
    {
        var (low, high) = (0, IndexOf(end));
        if (after is { } seen && descending) high = Math.Min(high, IndexOf(seen));
        else if (after is { } last) low = Math.Min(high, IndexOf(last == long.MaxValue ? last : last + 1));
        var count = Math.Min(limit, high - low);
        var items = _items.GetRange(descending ? high - count : low, count).ToArray();
        if (descending) Array.Reverse(items);
        return new(items, HasMore: count < high - low);
    }

    /// <summary>Index of the first item with this number or a higher one.</summary>
    int IndexOf(long number)
    {
        var (low, high) = (0, _items.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_items[middle].Number < number) low = middle + 1;
            else high = middle;
        }
        return low;
    }
}
