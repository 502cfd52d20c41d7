using System.Globalization;

namespace OrleansInfer.Models;

/// <summary>Hugging Face's `strftime_now(format)`: the local time of the render's clock in the notation of C's strftime.</summary>
internal static class StrfTime
{
    public static StringValue Now(StringValue format, RenderState state)
    {
        var now = state.TimeProvider.GetLocalNow().DateTime;
        var builder = new TextBuilder(state);
        for (int i = 0; i < format.Text.Length; i++)
        {
            char c = format.Text[i];
            if (c != '%' || i + 1 == format.Text.Length)
            {
                builder.Append(c);
                continue;
            }
            bool plain = format.Text[i + 1] == '-' && i + 2 < format.Text.Length; // %-d: without the leading zero
            i += plain ? 2 : 1;
            string field = Field(now, format.Text[i]) ?? "%" + format.Text[i];
            builder.Append(plain && field.Length > 1 ? field.TrimStart('0', ' ').PadLeft(1, '0') : field);
        }
        return format.Untrusted.IsEmpty ? builder.ToValue() : builder.ToValue().Distrusted();
    }

    static string? Field(DateTime now, char directive) => directive switch
    {
        'a' => Text(now, "ddd"),
        'A' => Text(now, "dddd"),
        'b' or 'h' => Text(now, "MMM"),
        'B' => Text(now, "MMMM"),
        'c' => $"{Text(now, "ddd MMM")} {now.Day,2} {Text(now, "HH:mm:ss yyyy")}",
        'C' => (now.Year / 100).ToString("00", CultureInfo.InvariantCulture),
        'd' => Text(now, "dd"),
        'D' or 'x' => Text(now, "MM'/'dd'/'yy"),
        'e' => now.Day.ToString(CultureInfo.InvariantCulture).PadLeft(2),
        'f' => Text(now, "ffffff"),
        'F' => Text(now, "yyyy-MM-dd"),
        'G' => ISOWeek.GetYear(now).ToString(CultureInfo.InvariantCulture),
        'H' => Text(now, "HH"),
        'I' => Text(now, "hh"),
        'j' => now.DayOfYear.ToString("000", CultureInfo.InvariantCulture),
        'm' => Text(now, "MM"),
        'M' => Text(now, "mm"),
        'n' => "\n",
        'p' => Text(now, "tt"),
        'R' => Text(now, "HH:mm"),
        'S' => Text(now, "ss"),
        't' => "\t",
        'T' or 'X' => Text(now, "HH:mm:ss"),
        'u' => (now.DayOfWeek == DayOfWeek.Sunday ? 7 : (int)now.DayOfWeek).ToString(CultureInfo.InvariantCulture),
        'U' => Week(now, (int)now.DayOfWeek),
        'V' => ISOWeek.GetWeekOfYear(now).ToString("00", CultureInfo.InvariantCulture),
        'w' => ((int)now.DayOfWeek).ToString(CultureInfo.InvariantCulture),
        'W' => Week(now, ((int)now.DayOfWeek + 6) % 7),
        'y' => Text(now, "yy"),
        'Y' => Text(now, "yyyy"),
        'z' or 'Z' => "", // the local time has no zone in Python either
        '%' => "%",
        _ => null,
    };

    static string Text(DateTime time, string format) => time.ToString(format, CultureInfo.InvariantCulture);

    // Weeks counted from the first Sunday (or Monday) of the year.
    static string Week(DateTime time, int dayOfWeek) => ((time.DayOfYear + 6 - dayOfWeek) / 7).ToString("00", CultureInfo.InvariantCulture);
}
