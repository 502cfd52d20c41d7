using System.Numerics;

namespace OrleansInfer.Models;

/// <summary>`find`, `index` and `count` of strings: positions are code points, `start` and `end` work as in a slice.</summary>
internal static class StringSearch
{
    /// <summary>The position of the first or last match, -1 where there is none.</summary>
    public static int Find(StringValue text, BuiltinArguments call, bool last)
    {
        var part = call.String(0).Text;
        if (!TryWindow(text, call, out int start, out int end))
            return -1;
        var window = text.Text.AsSpan(start, end - start);
        int at = last ? window.LastIndexOf(part, StringComparison.Ordinal) : window.IndexOf(part, StringComparison.Ordinal);
        return at < 0 ? -1 : CodePoints.IndexOf(text.Text, start + at);
    }

    public static int Index(StringValue text, BuiltinArguments call, bool last)
    {
        int index = Find(text, call, last);
        return index >= 0 ? index : throw new TemplateException("substring not found");
    }

    public static int Count(StringValue text, BuiltinArguments call)
    {
        var part = call.String(0).Text;
        if (!TryWindow(text, call, out int start, out int end))
            return 0;
        var window = text.Text.AsSpan(start, end - start);
        return part.Length == 0 ? CodePoints.Count(window.ToString()) + 1 : window.Count(part);
    }

    /// <summary>UTF-16 bounds of the part that is searched; false where start lies behind end, where not even "" is found.</summary>
    public static bool TryWindow(StringValue text, BuiltinArguments call, out int start, out int end)
    {
        call.State.ChargeSearch(text.Text.Length, (call.Required(0) as StringValue)?.Text.Length ?? 0);
        int length = text.Length;
        int first = Bound(call, 1, 0, length), last = Bound(call, 2, length, length);
        bool valid = first <= last && first <= length;
        (start, end) = valid ? (text.Offset(first, call.State), text.Offset(last, call.State)) : (0, 0);
        return valid;
    }

    static int Bound(BuiltinArguments call, int index, int missing, int length)
    {
        var bound = call[index] is null or NoneValue ? missing : call.Integer(index, 0);
        if (bound.Sign < 0)
            bound = BigInteger.Max(bound + length, 0);
        return (int)BigInteger.Min(bound, index == 2 ? length : length + 1);
    }
}
