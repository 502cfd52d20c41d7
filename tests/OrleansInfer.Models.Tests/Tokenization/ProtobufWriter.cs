using System.Text;

namespace OrleansInfer.Models.Tests;

/// <summary>Writes the few kinds of protobuf fields that a SentencePiece model is made of.</summary>
internal sealed class ProtobufWriter
{
    readonly MemoryStream _bytes = new();

    public ProtobufWriter Number(int field, ulong value) => Varint((ulong)field << 3).Varint(value);

    public ProtobufWriter Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

    public ProtobufWriter Bytes(int field, byte[] value)
    {
        Varint(((ulong)field << 3) | 2).Varint((ulong)value.Length);
        _bytes.Write(value);
        return this;
    }

    public ProtobufWriter Single(int field, float value)
    {
        Varint(((ulong)field << 3) | 5);
        _bytes.Write(BitConverter.GetBytes(value));
        return this;
    }

    ProtobufWriter Varint(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            _bytes.WriteByte((byte)(value | 0x80));
        _bytes.WriteByte((byte)value);
        return this;
    }

    public byte[] ToArray() => _bytes.ToArray();
}
