using OrleansInfer.Abstractions;

namespace OrleansInfer.Grains;

/// <summary>What a conversation may hold. Its journal only grows, so items count although they were deleted.</summary>
static class ItemRules
{
    public const int MaxItems = 10_000;

    /// <summary>Characters of an item, calls of functions included.</summary>
    const int MaxItemLength = 4 << 20;

    /// <summary>Characters of all items together: a page of them is one message between silos.</summary>
    const long MaxLength = 16 << 20;

    const int MaxPageSize = 1_000, MaxPairs = 16, MaxKeyLength = 64, MaxValueLength = 512;

    static readonly TimeSpan MaxRetention = TimeSpan.FromDays(3_650);

    /// <param name="present">The items that they are to follow.</param>
    public static void CheckItems(IReadOnlyList<ChatMessage> items, ItemList present)
    {
        CheckRoom(items.Count, present, "items");
        foreach (var item in items) CheckItem(item);
        if (present.Length + items.Sum(LengthOf) > MaxLength)
            throw Refusal.Invalid($"The items of a conversation may have at most {MaxLength} characters in all.", "items");
    }

    /// <summary>Characters.</summary>
    public static long LengthOf(ChatMessage item)
    {
        var length = 0L;
        foreach (var text in TextsOf(item)) length += text?.Length ?? 0;
        return length;
    }

    /// <summary>Whether so many items may follow.</summary>
    public static void CheckRoom(int items, ItemList present, string param)
    {
        if (present.Next + items > MaxItems)
            throw Refusal.Invalid(
                $"A conversation takes at most {MaxItems} items in all its life; it has had {present.Next}. Take a new one.", param);
    }

    public static void CheckMetadata(IReadOnlyDictionary<string, string> metadata)
    {
        if (metadata.Count > MaxPairs) throw Refusal.Invalid($"Metadata may have at most {MaxPairs} pairs.", "metadata");
        foreach (var (key, value) in metadata)
        {
            if (key.Length is 0 or > MaxKeyLength)
                throw Refusal.Invalid($"A key of the metadata must have 1 to {MaxKeyLength} characters.", "metadata");
            if (value.Length > MaxValueLength)
                throw Refusal.Invalid($"A value of the metadata may have at most {MaxValueLength} characters.", "metadata");
            CheckText(key, "metadata");
            CheckText(value, "metadata");
        }
    }

    public static void CheckRetention(TimeSpan? retention)
    {
        if (retention is { } kept && (kept < TimeSpan.Zero || kept > MaxRetention))
            throw Refusal.Invalid($"The retention must be from 0 to {MaxRetention.TotalDays} days.", "retention");
    }

    public static void CheckPage(int limit)
    {
        if (limit is < 1 or > MaxPageSize) throw Refusal.Invalid($"The limit must be from 1 to {MaxPageSize}.", "limit");
    }

    static void CheckItem(ChatMessage item)
    {
        if (string.IsNullOrEmpty(item.Role)) throw Refusal.Invalid("An item has no role.", "items");
        if (item.ToolCallsJson is { } calls) PromptBuilder.CheckToolCalls(calls);
        if (LengthOf(item) > MaxItemLength) throw Refusal.Invalid($"An item may have at most {MaxItemLength} characters.", "items");
        foreach (var text in TextsOf(item)) CheckText(text, "items");
    }

    static string?[] TextsOf(ChatMessage item) => [item.Role, item.Content, item.ToolCallsJson, item.ToolCallId, item.Name];

    // The journal keeps text as UTF-8, which cannot hold half a surrogate pair: a replay would show another text.
    static void CheckText(string? text, string param)
    {
        for (var i = 0; i < text?.Length; i++)
        {
            if (!char.IsSurrogate(text[i])) continue;
            if (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[i + 1]))
                throw Refusal.Invalid($"The {param} hold half of a surrogate pair.", param);
            i++;
        }
    }
}
