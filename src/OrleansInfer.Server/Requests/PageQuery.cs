using System.Globalization;

namespace OrleansInfer.Server;

/// <summary>Which part of a list of items is asked for: "limit" (1 to 100, default 20), "order" (default "desc"), "after".</summary>
/// <param name="After">Number of the item behind which the page begins; null: at the beginning.</param>
internal readonly record struct PageQuery(long? After, int Limit, bool Descending)
{
    const int DefaultLimit = 20, MaxLimit = 100;

    public static PageQuery Read(IQueryCollection query, ConversationId conversation)
    {
        CheckInclude(query);
        return new(ReadAfter(query, conversation), ReadLimit(query), ReadDescending(query));
    }

    /// <summary>Refuses what no item ever includes.</summary>
    public static void CheckInclude(IQueryCollection query)
    {
        foreach (var name in (ReadOnlySpan<string>)["include", "include[]"])
            foreach (var value in query[name]) Includable.Check(value, "include");
    }

    static int ReadLimit(IQueryCollection query)
    {
        var text = query["limit"].ToString();
        if (text.Length == 0) return DefaultLimit;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit is > 0 and <= MaxLimit ? limit
            : throw new ApiException(ApiError.Invalid($"'limit' must be an integer from 1 to {MaxLimit}.", "limit"));
    }

    static bool ReadDescending(IQueryCollection query) => query["order"].ToString() switch
    {
        "" or "desc" => true,
        "asc" => false,
        _ => throw new ApiException(ApiError.Invalid("'order' must be 'asc' or 'desc'.", "order")),
    };

    static long? ReadAfter(IQueryCollection query, ConversationId conversation)
    {
        var text = query["after"].ToString();
        if (text.Length == 0) return null;
        return ConversationId.TryParseItem(text, out var id, out var number) && id == conversation ? number
            : throw new ApiException(ApiError.Invalid("'after' must be the id of an item of this list.", "after"));
    }
}
