using System.Numerics;

namespace OrleansInfer.Models;

/// <summary>Python's rules for indexes and slices: negative ones count from the end, slices are clamped.</summary>
internal static class PythonIndex
{
    /// <summary>The position an index means in a sequence of <paramref name="length"/> items; false where it is outside.</summary>
    public static bool TryResolve(BigInteger index, int length, out int position)
    {
        if (index.Sign < 0)
            index += length;
        bool inside = index.Sign >= 0 && index < length;
        position = inside ? (int)index : -1;
        return inside;
    }

    /// <summary>The positions that `[start:stop:step]` selects; null bounds are left out.</summary>
    public static (int Start, int Step, int Count) Slice(int length, BigInteger? start, BigInteger? stop, BigInteger? step)
    {
        var by = step ?? BigInteger.One;
        if (by.IsZero)
            throw new TemplateException("slice step cannot be zero");
        bool forward = by.Sign > 0;
        int first = Bound(start, forward ? 0 : length - 1), last = Bound(stop, forward ? length : -1);
        int stride = (int)BigInteger.Clamp(by, -length - 1, length + 1);
        int span = forward ? last - first : first - last;
        return (first, stride, span <= 0 ? 0 : (span - 1) / Math.Abs(stride) + 1);

        int Bound(BigInteger? bound, int missing)
        {
            if (bound is not { } value)
                return missing;
            if (value.Sign < 0)
                value += length;
            return forward ? (int)BigInteger.Clamp(value, 0, length) : (int)BigInteger.Clamp(value, -1, length - 1);
        }
    }
}
