using System.Globalization;
using System.Security.Cryptography;

namespace OrleansInfer.Server;

/// <summary>
/// The id of a response names the conversation and the turn: whoever has it finds the turn on any silo. It is
/// "resp_{32 hex digits of the conversation}{8 of the turn}".
/// </summary>
/// <param name="Conversation">The 32 hex digits.</param>
internal readonly record struct ResponseId(string Conversation, int Turn)
{
    const string Prefix = "resp_", ConversationPrefix = "conv_", ItemPrefix = "msg_";

    const int ConversationLength = 32, NumberLength = 8;

    /// <summary>The first turn of a conversation that nobody has.</summary>
    public static ResponseId New() => new(RandomNumberGenerator.GetHexString(ConversationLength, lowercase: true), 0);

    /// <returns>Null when the text is no response's id.</returns>
    public static ResponseId? TryParse(string text)
    {
        if (text.Length != Prefix.Length + ConversationLength + NumberLength || !text.StartsWith(Prefix, StringComparison.Ordinal)
            || text.AsSpan(Prefix.Length).ContainsAnyExcept(Digits)) return null;
        var turn = text.AsSpan(Prefix.Length + ConversationLength);
        return int.TryParse(turn, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var number) && number >= 0
            ? new(text.Substring(Prefix.Length, ConversationLength), number) : null;
    }

    /// <returns>Null when the text is no conversation's id.</returns>
    public static string? TryParseConversation(string text) =>
        text.Length == ConversationPrefix.Length + ConversationLength && text.StartsWith(ConversationPrefix, StringComparison.Ordinal)
            && !text.AsSpan(ConversationPrefix.Length).ContainsAnyExcept(Digits) ? text[ConversationPrefix.Length..] : null;

    public static string ConversationId(string digits) => ConversationPrefix + digits;

    /// <summary>Of a conversation's grain.</summary>
    public static string KeyOf(string tenant, string digits) => $"{tenant}/{ConversationPrefix}{digits}";

    /// <summary>The id of an item of the conversation.</summary>
    public string ItemId(long number) => $"{ItemPrefix}{Conversation}{number:x8}";

    public override string ToString() => $"{Prefix}{Conversation}{Turn:x8}";

    static readonly System.Buffers.SearchValues<char> Digits = System.Buffers.SearchValues.Create("0123456789abcdef");
}
