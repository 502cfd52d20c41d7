using System.CommandLine.Parsing;
using System.Globalization;

namespace OrleansInfer.Server;

/// <summary>A time as people write it: 90s, 10m, 1h, 2d, or hh:mm:ss.</summary>
internal static class Duration
{
    public static TimeSpan Parse(ArgumentResult argument)
    {
        var text = argument.Tokens[0].Value;
        var unit = text.Length == 0 ? TimeSpan.Zero : text[^1] switch
        {
            's' => TimeSpan.FromSeconds(1),
            'm' => TimeSpan.FromMinutes(1),
            'h' => TimeSpan.FromHours(1),
            'd' => TimeSpan.FromDays(1),
            _ => TimeSpan.Zero,
        };
        if (unit > TimeSpan.Zero && int.TryParse(text.AsSpan(..^1), NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            && count < 100_000)
            return count * unit;
        if (text.Contains(':') && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var time) && time >= TimeSpan.Zero) return time;
        argument.AddError($"'{text}' is no time; write it like 90s, 10m or 1h.");
        return default;
    }
}
