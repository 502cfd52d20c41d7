namespace OrleansInfer.Training;

/// <summary>
/// Cuts documents into windows of one length, shuffled anew each epoch. Every window starts with the start of a dialogue, as every
/// chat will; a dialogue that does not fit into the rest of a window fills it up and then starts the next one again, so that no
/// ending is lost. Window n is a function of the seed and n alone: a resumed run sees what an uninterrupted one would.
/// </summary>
internal sealed class TrainingWindows(IReadOnlyList<int[]> documents, int length, int seed)
{
    readonly List<List<int[]>> _epochs = [];

    /// <summary>Window <paramref name="index"/> of an endless row: [length] ids.</summary>
    public int[] this[long index]
    {
        get
        {
            for (var epoch = 0; ; epoch++)
            {
                if (epoch == _epochs.Count)
                    _epochs.Add(Pack(epoch));
                if (index < _epochs[epoch].Count)
                    return _epochs[epoch][(int)index];
                index -= _epochs[epoch].Count;
            }
        }
    }

    List<int[]> Pack(int epoch)
    {
        var order = documents.ToArray();
        new Random(unchecked(seed * 1_000_003 + epoch)).Shuffle(order);
        var windows = new List<int[]>();
        var window = new List<int>(length);
        foreach (var document in order)
        {
            if (window.Count + document.Length > length && window.Count > 0)
                Close(windows, window, document);
            foreach (var chunk in document.Chunk(length))
            {
                if (window.Count == length)
                    Close(windows, window, []);
                window.AddRange(chunk);
            }
        }
        if (window.Count > 0 || windows.Count == 0)
            Close(windows, window, order[0]);
        return windows;
    }

    // Fills the window with the beginning of the next document, around and around should that be too short.
    void Close(List<int[]> windows, List<int> window, int[] filler)
    {
        for (var i = 0; window.Count < length; i++)
            window.Add(filler[i % filler.Length]);
        windows.Add([.. window]);
        window.Clear();
    }
}
