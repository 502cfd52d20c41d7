using System.Buffers.Binary;
using System.Text;

namespace OrleansInfer.Models;

/// <summary>Walks the fields of a protobuf message, checking every length against the bytes there are.</summary>
internal ref struct ProtobufReader(ReadOnlySpan<byte> message)
{
    ReadOnlySpan<byte> _rest = message;

    /// <summary>The number of the current field.</summary>
    public int Field { get; private set; }

    /// <summary>The value of the current field if it is a number; a float is in its bits.</summary>
    public ulong Number { get; private set; }

    /// <summary>The value of the current field if it is a string, bytes or a message.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    public readonly float Single => BitConverter.UInt32BitsToSingle((uint)Number);

    public readonly string Text => new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(Bytes);

    /// <summary>Moves to the next field; false at the end.</summary>
    public bool Read()
    {
        if (_rest.IsEmpty)
            return false;
        var key = Varint();
        Field = (int)Math.Min(key >> 3, int.MaxValue);
        Number = 0;
        Bytes = default;
        switch (key & 7)
        {
            case 0: Number = Varint(); break;
            case 1: Number = BinaryPrimitives.ReadUInt64LittleEndian(Take(8)); break;
            case 2: Bytes = Take(Varint()); break;
            case 5: Number = BinaryPrimitives.ReadUInt32LittleEndian(Take(4)); break;
            default: throw new InvalidDataException("it is not a SentencePiece model: a protobuf field has an unknown kind");
        }
        return Field > 0 ? true : throw new InvalidDataException("it is not a SentencePiece model: a protobuf field has no number");
    }

    ulong Varint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = Take(1)[0];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
                return value;
        }
        throw new InvalidDataException("it is not a SentencePiece model: a protobuf number does not end");
    }

    ReadOnlySpan<byte> Take(ulong count)
    {
        if (count > (ulong)_rest.Length)
            throw new InvalidDataException("it is not a whole SentencePiece model: a protobuf field reaches past the end");
        var taken = _rest[..(int)count];
        _rest = _rest[(int)count..];
        return taken;
    }
}
