namespace OrleansInfer.Server;

/// <summary>Where something is kept, as an option names it.</summary>
/// <param name="Kind">"sqlite", "postgres" or "redis".</param>
/// <param name="Where">The file or the connection. It may hold a password: <see cref="ServerStore"/> says what of it can be shown.</param>
internal sealed record StoreAddress(string Kind, string Where)
{
    public const string Sqlite = "sqlite", Postgres = "postgres", Redis = "redis";

    /// <exception cref="StartFault">It is none, or none of these kinds.</exception>
    public static StoreAddress Parse(string text, string option, params ReadOnlySpan<string> kinds)
    {
        var colon = text.IndexOf(':');
        var kind = colon < 0 ? "" : text[..colon] is "postgresql" ? Postgres : text[..colon];
        if (kinds.Contains(kind) && colon + 1 < text.Length) return new(kind, text[(colon + 1)..]);
        // What is refused may hold a password.
        var forms = string.Join(", ", kinds.ToArray().Select(known => $"{known}:{(known == Sqlite ? "PATH" : "CONNECTION")}"));
        throw new StartFault($"{option} must be one of {forms}, as in {option} sqlite:cluster.db or "
            + $"{option} postgres://user:password@host/database.");
    }
}
