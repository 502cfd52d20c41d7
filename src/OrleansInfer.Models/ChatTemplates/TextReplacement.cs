namespace OrleansInfer.Models;

/// <summary>`str.replace`: an empty pattern matches before every character and at the end.</summary>
internal static class TextReplacement
{
    /// <param name="limit">How many replacements at most; any number if negative.</param>
    public static StringValue Apply(StringValue value, StringValue old, StringValue with, long limit, RenderState state)
    {
        state.ChargeSearch(value.Text.Length, old.Text.Length);
        var builder = new TextBuilder(state);
        int copied = 0;
        for (long done = 0; done != limit; done++)
        {
            int at = Next(value.Text, old.Text, copied, first: done == 0);
            if (at < 0)
                break;
            builder.Append(value, copied, at).Append(with);
            copied = at + old.Text.Length;
        }
        return builder.Append(value, copied, value.Text.Length).ToValue(value.IsMarkup);
    }

    static int Next(string text, string old, int from, bool first)
    {
        if (old.Length > 0)
            return text.IndexOf(old, from, StringComparison.Ordinal);
        if (first)
            return 0;
        return from < text.Length ? from + CodePoints.Width(text, from) : -1;
    }
}
