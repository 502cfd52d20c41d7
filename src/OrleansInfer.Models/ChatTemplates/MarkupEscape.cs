namespace OrleansInfer.Models;

/// <summary>HTML escaping as markupsafe does it. What is marked as safe stays as it is.</summary>
internal static class MarkupEscape
{
    public static StringValue Apply(StringValue value, RenderState state) => value.IsMarkup ? value : Force(value, state);

    /// <summary>Escapes also what is marked as safe.</summary>
    public static StringValue Force(StringValue value, RenderState state)
    {
        var builder = new TextBuilder(state);
        var origins = new OriginCursor(value.Untrusted);
        int copied = 0;
        for (int i = 0; i < value.Text.Length; i++)
        {
            if (Escape(value.Text[i]) is not { } escape)
                continue;
            builder.Append(value, copied, i).Append(escape, origins.IsUntrusted(i));
            copied = i + 1;
        }
        return builder.Append(value, copied, value.Text.Length).ToValue(isMarkup: true);
    }

    static string? Escape(char c) => c switch
    {
        '&' => "&amp;",
        '<' => "&lt;",
        '>' => "&gt;",
        '\'' => "&#39;",
        '"' => "&#34;",
        _ => null,
    };
}
