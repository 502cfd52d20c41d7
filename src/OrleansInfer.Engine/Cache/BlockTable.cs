namespace OrleansInfer.Engine;

/// <summary>
/// Which blocks hold a sequence's keys and values: position p stands in block <c>Ids[p / blockSize]</c>. Only grows, until all are given
/// back.
/// </summary>
internal sealed class BlockTable
{
    int[] _ids = [];

    public int Count { get; private set; }

    /// <summary>The first <see cref="Count"/> are valid; the attention kernel reads them in place.</summary>
    public int[] Ids => _ids;

    public void Add(int blockId)
    {
        if (Count == _ids.Length) Array.Resize(ref _ids, Math.Max(8, 2 * Count));
        _ids[Count++] = blockId;
    }

    public void Clear() => Count = 0;
}
