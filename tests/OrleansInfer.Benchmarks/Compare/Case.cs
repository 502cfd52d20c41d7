using System.Globalization;

namespace OrleansInfer.Benchmarks;

/// <summary>What is measured: so many sequences together, each with a prompt of so many tokens.</summary>
internal sealed record Case(int Sequences, int PromptTokens)
{
    /// <summary>As in 16, with prompts of the usual length, or 16x2000.</summary>
    /// <exception cref="ContestException">It is neither.</exception>
    public static Case Parse(string text, int usualPromptTokens)
    {
        var parts = text.Split('x');
        if (parts.Length == 1 && Number(parts[0]) is { } some) return new Case(some, usualPromptTokens);
        if (parts.Length == 2 && Number(parts[0]) is { } sequences && Number(parts[1]) is { } tokens) return new Case(sequences, tokens);
        throw new ContestException($"'{text}' is no case; --cases takes counts of sequences, as in 1,8 or, with longer prompts, 16x2000.");
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Sequences} x {PromptTokens:N0}");

    static int? Number(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number : null;
}
