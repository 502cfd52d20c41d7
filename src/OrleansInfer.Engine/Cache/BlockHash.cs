using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace OrleansInfer.Engine;

/// <summary>
/// Names the contents of a full block: SHA-256 over the hash of the block before it and its token ids. The chain starts at a hash of the
/// tenant's salt, so equal hashes mean equal salt and equal tokens from the start of the prompt; a weaker hash would let a tenant forge a
/// collision.
/// </summary>
internal readonly record struct BlockHash(ulong A, ulong B, ulong C, ulong D)
{
    /// <summary>Where the chain of a salt starts.</summary>
    public static BlockHash Root(string salt)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(salt), digest);
        return Read(digest);
    }

    /// <summary>The hash of the block that holds <paramref name="tokenIds"/> behind this one.</summary>
    public BlockHash Next(ReadOnlySpan<int> tokenIds)
    {
        var length = SHA256.HashSizeInBytes + sizeof(int) * tokenIds.Length;
        Span<byte> input = length <= 1024 ? stackalloc byte[length] : new byte[length];
        Write(input);
        for (var i = 0; i < tokenIds.Length; i++)
            BinaryPrimitives.WriteInt32LittleEndian(input[(SHA256.HashSizeInBytes + sizeof(int) * i)..], tokenIds[i]);
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(input, digest);
        return Read(digest);
    }

    // A SHA-256 digest is uniform: any 32 bits of it spread a dictionary as well as all of them.
    public override int GetHashCode() => (int)A;

    void Write(Span<byte> to) => MemoryMarshal.Write(to, in this);

    static BlockHash Read(ReadOnlySpan<byte> from) => MemoryMarshal.Read<BlockHash>(from);
}
