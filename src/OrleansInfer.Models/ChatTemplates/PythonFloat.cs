using System.Globalization;
using System.Numerics;

namespace OrleansInfer.Models;

/// <summary>Python's spellings of floating point numbers.</summary>
internal static class PythonFloat
{
    /// <summary>The shortest text that reads back as the same number; exponents below -4 and from 16 on, as `repr` does.</summary>
    public static string Repr(double value)
    {
        if (!double.IsFinite(value))
            return NotFinite(value);
        var (digits, exponent, negative) = ShortestDigits(value);
        string sign = negative ? "-" : "";
        if (exponent is < -4 or >= 16)
            return $"{sign}{digits[0]}{(digits.Length > 1 ? "." + digits[1..] : "")}e{Exponent(exponent)}";
        if (exponent < 0)
            return $"{sign}0.{new string('0', -exponent - 1)}{digits}";
        if (exponent + 1 >= digits.Length)
            return $"{sign}{digits}{new string('0', exponent + 1 - digits.Length)}.0";
        return $"{sign}{digits[..(exponent + 1)]}.{digits[(exponent + 1)..]}";
    }

    public static string NotFinite(double value) => double.IsNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";

    /// <summary>`precision` decimals of the exact binary value, ties to even: .NET's own "F" rounds ties away from zero.</summary>
    public static string Fixed(double value, int precision)
    {
        var (mantissa, exponent) = Parts(Math.Abs(value));
        var numerator = mantissa * BigInteger.Pow(10, precision);
        BigInteger rounded;
        if (exponent >= 0)
        {
            rounded = numerator << exponent;
        }
        else
        {
            rounded = numerator >> -exponent;
            var remainder = (numerator - (rounded << -exponent)) << 1;
            int half = remainder.CompareTo(BigInteger.One << -exponent);
            if (half > 0 || (half == 0 && !rounded.IsEven))
                rounded++;
        }
        string digits = rounded.ToString(CultureInfo.InvariantCulture).PadLeft(precision + 1, '0');
        string sign = double.IsNegative(value) ? "-" : "";
        return precision == 0 ? sign + digits : $"{sign}{digits[..^precision]}.{digits[^precision..]}";
    }

    /// <summary>One digit, `precision` decimals and an exponent of at least two digits: 1.50e+03.</summary>
    public static string Scientific(double value, int precision)
    {
        string text = value.ToString("E" + precision, CultureInfo.InvariantCulture);
        int e = text.IndexOf('E', StringComparison.Ordinal);
        return text[..e] + "e" + Exponent(int.Parse(text[(e + 1)..], CultureInfo.InvariantCulture));
    }

    /// <summary>`precision` significant digits, in whichever of the two notations C's "%g" would choose.</summary>
    /// <param name="alwaysPoint">Writes 2.0 for 2, as Python does where no notation is asked for.</param>
    public static string General(double value, int precision, bool keepZeros, bool alwaysPoint = false)
    {
        precision = Math.Max(precision, 1);
        string scientific = Scientific(value, precision - 1);
        int e = scientific.IndexOf('e', StringComparison.Ordinal);
        int exponent = int.Parse(scientific[(e + 1)..], CultureInfo.InvariantCulture);
        if (exponent < -4 || exponent >= precision - (alwaysPoint ? 1 : 0))
            return Trim(scientific[..e]) + scientific[e..];
        string plain = Trim(Fixed(value, precision - 1 - exponent));
        return alwaysPoint && !plain.Contains('.', StringComparison.Ordinal) ? plain + ".0" : plain;

        string Trim(string digits) =>
            keepZeros || !digits.Contains('.', StringComparison.Ordinal) ? digits : digits.TrimEnd('0').TrimEnd('.');
    }

    static string Exponent(int exponent) => (exponent < 0 ? "-" : "+") + Math.Abs(exponent).ToString("00", CultureInfo.InvariantCulture);

    // "R" gives the shortest digits, but in a notation of its own: take digits and exponent apart.
    static (string Digits, int Exponent, bool Negative) ShortestDigits(double value)
    {
        if (value == 0)
            return ("0", 0, double.IsNegative(value));
        string shortest = Math.Abs(value).ToString("R", CultureInfo.InvariantCulture);
        int e = shortest.IndexOf('E', StringComparison.Ordinal);
        string mantissa = e < 0 ? shortest : shortest[..e];
        int point = mantissa.IndexOf('.', StringComparison.Ordinal);
        string digits = mantissa.Replace(".", "", StringComparison.Ordinal);
        int leading = digits.Length - digits.TrimStart('0').Length;
        int exponent = (point < 0 ? mantissa.Length : point) - 1 - leading;
        if (e >= 0)
            exponent += int.Parse(shortest[(e + 1)..], CultureInfo.InvariantCulture);
        return (digits[leading..].TrimEnd('0'), exponent, value < 0);
    }

    static (BigInteger Mantissa, int Exponent) Parts(double value)
    {
        long bits = BitConverter.DoubleToInt64Bits(value);
        int exponent = (int)(bits >> 52) & 0x7FF;
        long fraction = bits & 0xFFFFFFFFFFFFFL;
        return exponent == 0 ? (fraction, -1074) : (fraction | 1L << 52, exponent - 1075);
    }
}
