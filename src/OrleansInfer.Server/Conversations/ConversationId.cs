using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using OrleansInfer.Abstractions;

namespace OrleansInfer.Server;

/// <summary>
/// The 32 hexadecimal digits that name a conversation. All ids around it hold them, "conv_{digits}" and "msg_{digits}{number of the item}":
/// whoever has one of them finds the conversation, on any silo.
/// </summary>
internal readonly record struct ConversationId
{
    const string Prefix = "conv_";

    const int NumDigits = 32, NumItemDigits = 8;

    static readonly SearchValues<char> Digits = SearchValues.Create("0123456789abcdef");

    readonly string _digits;

    ConversationId(string digits) => _digits = digits;

    public static ConversationId New() => Of(Guid.NewGuid());

    /// <summary>Of the conversation that a request makes, or has made when it is repeated.</summary>
    public static ConversationId Of(Guid request) => new(request.ToString("N"));

    /// <summary>The key of its grain.</summary>
    public string KeyOf(string tenant) => new ConversationKey(tenant, ToString()).ToString();

    public override string ToString() => Prefix + _digits;

    /// <summary>The id of an item: "msg_", "fc_" (a call of a function) or "fco_" (its output), then the digits and its number.</summary>
    public string ItemId(ItemKind kind, long number) => Numbered(PrefixOf(kind), number);

    /// <summary>The id of the nth of something that the conversation holds.</summary>
    public string Numbered(string prefix, long number) => string.Create(CultureInfo.InvariantCulture, $"{prefix}{_digits}{number:x8}");

    public static bool TryParse(string? text, out ConversationId id) => TryParse(text, Prefix, 0, out id, out _);

    public static bool TryParseItem(string? text, out ConversationId id, out long number)
    {
        foreach (var kind in Enum.GetValues<ItemKind>())
            if (TryParseNumbered(text, PrefixOf(kind), out id, out number)) return true;
        (id, number) = (default, 0);
        return false;
    }

    public static bool TryParseNumbered(string? text, string prefix, out ConversationId id, out long number) =>
        TryParse(text, prefix, NumItemDigits, out id, out number);

    static string PrefixOf(ItemKind kind) => kind switch
    {
        ItemKind.FunctionCall => "fc_",
        ItemKind.FunctionCallOutput => "fco_",
        _ => "msg_",
    };

    static bool TryParse(string? text, string prefix, int extra, out ConversationId id, out long number)
    {
        (id, number) = (default, 0);
        if (text is null || text.Length != prefix.Length + NumDigits + extra) return false;
        if (!text.StartsWith(prefix, StringComparison.Ordinal) || text.AsSpan(prefix.Length).ContainsAnyExcept(Digits)) return false;
        id = new(text.Substring(prefix.Length, NumDigits));
        if (extra > 0) number = long.Parse(text.AsSpan(prefix.Length + NumDigits), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        return true;
    }
}
