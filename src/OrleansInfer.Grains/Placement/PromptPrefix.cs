using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using OrleansInfer.Abstractions;

namespace OrleansInfer.Grains;

/// <summary>
/// How a prompt begins, as keys that two sides compute alike: the one that places a conversation, before anything is tokenized and perhaps
/// where no model is, and the one that computes the prompt. That is why they hash text and not KV blocks: messages in their order, at
/// lengths that grow by a third to a half, so that two keys are equal when tenant, tools and text up to their length are.
/// </summary>
public static class PromptPrefix
{
    /// <summary>Reaches 196,608 tokens.</summary>
    internal const int MaxKeys = 24;

    const int BytesPerToken = 4 * sizeof(char); // a token of English or code has about four characters

    /// <summary>The keys of a first turn, shortest prefix first; none where it is short.</summary>
    /// <param name="tenant">Tenants have different keys for the same text.</param>
    public static uint[] KeysOf(string tenant, TurnRequest request) => KeysOf(tenant, [], request);

    /// <param name="history">The messages before the request's.</param>
    internal static uint[] KeysOf(string tenant, IReadOnlyList<ChatMessage> history, TurnRequest request)
    {
        if (request.PromptTokenIds is { } ids)
        {
            using var tokens = new PrefixHash(tenant, sizeof(int));
            tokens.Append(MemoryMarshal.AsBytes<int>(ids.Take(LengthOf(MaxKeys - 1)).ToArray()));
            return tokens.Keys;
        }
        using var text = new PrefixHash(tenant, BytesPerToken);
        Append(text, request.ToolsJson); // templates put tools in front
        Append(text, request.ChatTemplateKwargsJson);
        Append(text, request.Prompt);
        if (request.Instructions is { } instructions) Append(text, new ChatMessage("system", instructions));
        foreach (var message in history) Append(text, message);
        foreach (var message in request.Messages ?? []) Append(text, message);
        return text.Keys;
    }

    /// <summary>The key of what a conversation computed last: its next turn begins with that, whatever the turn asks.</summary>
    /// <param name="conversation">The grain's whole key.</param>
    internal static uint KeyOf(string conversation) =>
        BinaryPrimitives.ReadUInt32LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(conversation)));

    /// <summary>How many tokens the prefix of a key has, about: 64, 96, 128, 192, 256, ...</summary>
    internal static int LengthOf(int key) => (key % 2 == 0 ? 64 : 96) << (key / 2);

    static void Append(PrefixHash hash, ChatMessage message)
    {
        Append(hash, message.Role);
        Append(hash, message.Name);
        Append(hash, message.Content);
        Append(hash, message.ToolCallsJson);
    }

    // The character behind it keeps "a", "bc" apart from "ab", "c".
    static void Append(PrefixHash hash, string? text)
    {
        hash.Append(MemoryMarshal.AsBytes(text.AsSpan()));
        hash.Append([0, 0]);
    }
}
