namespace OrleansInfer.Models;

/// <summary>A tensor of integers where it stands in a mapped checkpoint; valid while that is open.</summary>
/// <param name="Where">File and name, for errors.</param>
internal sealed unsafe record IntegerTensor(string Where, nint Data, long Length)
{
    /// <param name="start">First byte.</param>
    public ReadOnlySpan<byte> Bytes(long start, long count)
    {
        if (start < 0 || count < 0 || start > Length - count) throw new ArgumentOutOfRangeException(nameof(start));
        return new ReadOnlySpan<byte>((byte*)Data + start, checked((int)count));
    }

    public uint Word(long index) => BitConverter.ToUInt32(Bytes(index * sizeof(uint), sizeof(uint)));

    public long Long(long index) => BitConverter.ToInt64(Bytes(index * sizeof(long), sizeof(long)));

    /// <summary>All of a tensor of 32-bit integers.</summary>
    public int[] ToInts()
    {
        var ints = new int[Length / sizeof(int)];
        for (var i = 0; i < ints.Length; i++) ints[i] = (int)Word(i);
        return ints;
    }
}
