namespace OrleansInfer.Models;

/// <summary>Tells the origin of one character after the other of a text that is read from left to right.</summary>
internal struct OriginCursor(UntrustedRanges untrusted)
{
    int _next;

    /// <summary>Whether the character at <paramref name="index"/> came from the request; indexes must not go down between calls.</summary>
    public bool IsUntrusted(int index)
    {
        var ranges = untrusted.Ranges;
        while (_next < ranges.Length && ranges[_next].End <= index)
            _next++;
        return _next < ranges.Length && ranges[_next].Start <= index;
    }
}
