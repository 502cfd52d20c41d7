namespace OrleansInfer.Models;

/// <summary>Per id its token and its bytes, in one block of memory.</summary>
internal sealed class TokenTable
{
    /// <summary>A real vocabulary has a few megabytes; a decoder that blows tokens up must not take all memory.</summary>
    const int MaxBytes = 1 << 28;

    readonly string?[] _tokens;
    readonly byte[] _bytes;
    readonly int[] _starts;

    /// <param name="tokens">Per id the token, or null where the id is not used.</param>
    /// <param name="decode">The bytes of the token of an id.</param>
    public TokenTable(string?[] tokens, Func<int, byte[]> decode)
    {
        _tokens = tokens;
        _starts = new int[tokens.Length + 1];
        var bytes = new MemoryStream(tokens.Length * 8);
        for (var id = 0; id < tokens.Length; id++)
        {
            if (tokens[id] is not null)
                bytes.Write(decode(id));
            if (bytes.Length > MaxBytes)
                throw new InvalidDataException($"the decoded tokens have more than {MaxBytes} bytes");
            _starts[id + 1] = (int)bytes.Length;
        }
        _bytes = bytes.ToArray();
    }

    public int Count => _tokens.Length;

    public string? TokenOf(int id) => (uint)id < (uint)_tokens.Length ? _tokens[id] : null;

    public ReadOnlySpan<byte> BytesOf(int id) =>
        (uint)id < (uint)_tokens.Length ? _bytes.AsSpan(_starts[id].._starts[id + 1]) : default;
}
