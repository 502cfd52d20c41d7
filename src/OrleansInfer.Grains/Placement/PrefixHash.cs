using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace OrleansInfer.Grains;

/// <summary>
/// SHA-256 over a tenant and what is appended, read at each length of <see cref="PromptPrefix.LengthOf"/>. Of each digest 32 bits are kept:
/// two prefixes that share them by chance make one placement a little worse, never an answer.
/// </summary>
sealed class PrefixHash : IDisposable
{
    readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    readonly List<uint> _keys = new(PromptPrefix.MaxKeys);
    readonly int _bytesPerToken;
    long _length;

    public PrefixHash(string tenant, int bytesPerToken)
    {
        _bytesPerToken = bytesPerToken;
        _hash.AppendData(SHA256.HashData(Encoding.UTF8.GetBytes(tenant))); // of one length, so no name continues in the text
    }

    public uint[] Keys => [.. _keys];

    public void Append(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty && _keys.Count < PromptPrefix.MaxKeys)
        {
            var missing = (long)PromptPrefix.LengthOf(_keys.Count) * _bytesPerToken - _length;
            var part = bytes[..(int)Math.Min(missing, bytes.Length)];
            _hash.AppendData(part);
            _length += part.Length;
            if (part.Length == missing) _keys.Add(Current());
            bytes = bytes[part.Length..];
        }
    }

    public void Dispose() => _hash.Dispose();

    uint Current()
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        _hash.GetCurrentHash(digest);
        return BinaryPrimitives.ReadUInt32LittleEndian(digest);
    }
}
