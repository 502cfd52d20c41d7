namespace OrleansInfer.Kernels;

/// <summary>
/// The keys and values of all sequences in pages of <see cref="BlockSize"/> tokens, taken at once.  Keys stand transposed,
/// [layer, block, kvHead, headDim, slot], so that 16 keys are scored lane by lane with no sum across lanes;
/// values stand as they came, [layer, block, kvHead, slot, headDim].  Of Int8, each token's keys of a head are integers times a scale of
/// their own, largest magnitude / 127, and so are its values; the float scales [slot] stand behind the integers of their page.
/// </summary>
public sealed unsafe class KvCache : IDisposable
{
    readonly NativeBuffer keys;
    readonly NativeBuffer values;

    /// <summary>
    /// <paramref name="blockSize"/> and <paramref name="headDim"/> are multiples of 16; <paramref name="type"/> is Float32, BFloat16 or
    /// Int8, whatever the activations are.
    /// </summary>
    public KvCache(int layers, int kvHeads, int headDim, int numBlocks, int blockSize, DataType type)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(layers);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(kvHeads);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(numBlocks);
        if (type == DataType.Int16) throw new ArgumentException("A KV cache is Float32, BFloat16 or Int8.", nameof(type));
        CheckMultiple(headDim, "elements in a head");
        CheckMultiple(blockSize, "tokens in a block");
        ArgumentOutOfRangeException.ThrowIfGreaterThan(headDim, RotaryKernel.MaxHeadDim);
        (Layers, KvHeads, HeadDim) = (layers, kvHeads, headDim);
        (NumBlocks, BlockSize, Type) = (numBlocks, blockSize, type);
        var bytes = checked(BytesPerToken(layers, kvHeads, headDim, type) / 2 * numBlocks * blockSize);
        keys = new NativeBuffer(bytes);
        values = new NativeBuffer(bytes);
        keys.Commit();
        values.Commit();
    }

    /// <summary>Layers of the network.</summary>
    public int Layers { get; }

    /// <summary>Heads of k and of v.</summary>
    public int KvHeads { get; }

    /// <summary>Elements of a head.</summary>
    public int HeadDim { get; }

    /// <summary>Blocks that sequences can hold.</summary>
    public int NumBlocks { get; }

    /// <summary>Tokens in a block.</summary>
    public int BlockSize { get; }

    /// <summary>The type of an element.</summary>
    public DataType Type { get; }

    /// <summary>Bytes of all keys and values.</summary>
    public long Bytes => keys.Bytes + values.Bytes;

    /// <summary>Bytes that one token's keys and values take, their scales included.</summary>
    public static long BytesPerToken(int layers, int kvHeads, int headDim, DataType type) =>
        checked(2L * layers * kvHeads * BytesPerHead(headDim, type));

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        keys.Dispose();
        values.Dispose();
    }

    static void CheckMultiple(int count, string what)
    {
        if (count > 0 && count % VectorMath.Lanes == 0) return;
        throw new ArgumentException($"{count} {what}: a multiple of {VectorMath.Lanes} is needed.");
    }

    static long BytesPerHead(int headDim, DataType type) => (long)headDim * type.Size + (type.IsInteger ? sizeof(float) : 0);

    /// <summary>Bytes of one head's keys, or values, in one block.</summary>
    internal nint HeadBytes => (nint)(BlockSize * BytesPerHead(HeadDim, Type));

    /// <summary>The layer's keys; a block is KvHeads * HeadBytes, a head in it HeadBytes.</summary>
    internal byte* Keys(int layer) => keys.Data + (long)layer * NumBlocks * KvHeads * HeadBytes;

    internal byte* Values(int layer) => values.Data + (long)layer * NumBlocks * KvHeads * HeadBytes;
}
