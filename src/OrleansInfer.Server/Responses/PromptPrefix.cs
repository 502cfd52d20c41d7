using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using OrleansInfer.Abstractions;

namespace OrleansInfer.Server;

/// <summary>
/// How a prompt begins, as a number: requests with the same system prompt go where its keys and values are cached already.
/// </summary>
internal static class PromptPrefix
{
    /// <summary>Some blocks' worth; what follows is rarely shared.</summary>
    const int Length = 512;

    public static ulong HashOf(TurnRequest request) => request switch
    {
        { Messages: [{ Content: { } text }, ..] } => Hash(MemoryMarshal.AsBytes(Start(text))),
        { Prompt: { } text } => Hash(MemoryMarshal.AsBytes(Start(text))),
        { PromptTokenIds: { } ids } => Hash(MemoryMarshal.AsBytes<int>(ids.Take(Length / 4).ToArray())),
        _ => 0,
    };

    static ReadOnlySpan<char> Start(string text) => text.AsSpan(0, Math.Min(text.Length, Length));

    static ulong Hash(ReadOnlySpan<byte> bytes)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes, digest);
        return BinaryPrimitives.ReadUInt64LittleEndian(digest);
    }
}
