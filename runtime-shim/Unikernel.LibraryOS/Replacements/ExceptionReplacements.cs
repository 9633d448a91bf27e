using System.Collections.ObjectModel;
using System.ComponentModel;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Unikernel.Binding;

namespace Unikernel.LibraryOS;

/// <summary>
/// The texts of exceptions that carry a number. The code for a crash asks every exception for its text, and interpolation of a type's name links the
/// formatting of everything that has one: enumerations, dates, floating-point numbers.
/// </summary>
internal static class ExceptionReplacements
{
    private const int E_FAIL = unchecked((int)0x80004005);

    [Replaces("System.Private.CoreLib", "System.Runtime.InteropServices.ExternalException", "ToString", Fingerprint = "02a044c393351be3",
        Why = "it interpolates the name of the type")]
    public static string TextOf(ExternalException exception)
    {
        string text = string.Concat(exception.GetType().ToString(), " (0x", Hexadecimal(exception.HResult), ")");
        if (!string.IsNullOrEmpty(exception.Message))
            text = string.Concat(text, ": ", exception.Message);
        if (exception.InnerException is { } inner)
            text = string.Concat(text, "\n ---> ", inner.ToString());
        return exception.StackTrace is { } stack ? string.Concat(text, "\n", stack) : text;
    }

    [Replaces("System.Private.CoreLib", "System.ComponentModel.Win32Exception", "ToString", Fingerprint = "759b95ccb03a8aaf",
        Why = "it interpolates numbers")]
    public static string TextOf(Win32Exception exception)
    {
        int code = exception.NativeErrorCode;
        if (code == 0 || code == exception.HResult)
            return TextOf((ExternalException)exception);
        string number = code < 0 ? string.Concat("0x", Hexadecimal(code)) : code.ToString(CultureInfo.InvariantCulture);
        string text = exception.HResult == E_FAIL ? string.Concat(exception.GetType().ToString(), " (", number, ")")
            : string.Concat(string.Concat(exception.GetType().ToString(), " (", Hexadecimal(exception.HResult), ", "), number, ")");
        if (!string.IsNullOrEmpty(exception.Message))
            text = string.Concat(text, ": ", exception.Message);
        if (exception.InnerException is { } inner)
            text = string.Concat(text, " ---> ", inner.ToString());
        return exception.StackTrace is { } stack ? string.Concat(text, "\n", stack) : text;
    }

    [Replaces("System.Private.CoreLib", "System.AggregateException", "ToString", Fingerprint = "26dc93aedd543d28",
        Why = "it formats the number of each inner exception by a format string")]
    public static string TextOf(AggregateException exception)
    {
        string text = BasicTextOf(exception);
        ReadOnlyCollection<Exception> inner = exception.InnerExceptions;
        for (int i = 0; i < inner.Count; i++)
        {
            if (inner[i] != exception.InnerException)
                text = string.Concat(string.Concat(text, "\n ---> ", Numbered(InnerException(null), i)), inner[i].ToString(), "<---\n");
        }

        return text;
    }

    // As Exception.ToString does it, which AggregateException calls and overrides.
    private static string BasicTextOf(Exception exception)
    {
        string text = exception.GetType().ToString();
        if (!string.IsNullOrEmpty(exception.Message))
            text = string.Concat(text, ": ", exception.Message);
        if (exception.InnerException is { } inner)
            text = string.Concat(string.Concat(text, "\n ---> ", inner.ToString()), "\n   ", EndOfInnerException(null));
        return exception.StackTrace is { } stack ? string.Concat(text, "\n", stack) : text;
    }

    // "(Inner Exception #{0}) "; the name of the resource where resources are left out.
    private static string Numbered(string format, int number)
    {
        const string Place = "{0}";
        int at = format.IndexOf(Place, StringComparison.Ordinal);
        return at < 0 ? format : string.Concat(format.AsSpan(0, at), number.ToString(CultureInfo.InvariantCulture), format.AsSpan(at + Place.Length));
    }

    private const string Resources = "System.SR, System.Private.CoreLib";

    [UnsafeAccessor(UnsafeAccessorKind.StaticMethod, Name = "get_AggregateException_InnerException")]
    private static extern string InnerException([UnsafeAccessorType(Resources)] object? type);

    [UnsafeAccessor(UnsafeAccessorKind.StaticMethod, Name = "get_Exception_EndOfInnerExceptionStack")]
    private static extern string EndOfInnerException([UnsafeAccessorType(Resources)] object? type);

    [Replaces("System.Private.CoreLib", "System.Globalization.CultureNotFoundException", "get_FormattedInvalidCultureId", Fingerprint = "d216e8b473ec9e82",
        Why = "it formats a number by a format string")]
    public static string? CultureOf(CultureNotFoundException exception) =>
        exception.InvalidCultureId is not { } id ? exception.InvalidCultureName
            : string.Concat(id.ToString(CultureInfo.InvariantCulture), " (0x", Hexadecimal(id, "0123456789abcdef").TrimStart('0').PadLeft(4, '0'), ")");

    private static string Hexadecimal(int value, string alphabet = "0123456789ABCDEF")
    {
        Span<char> digits = stackalloc char[8];
        for (int i = digits.Length - 1; i >= 0; i--, value >>= 4)
            digits[i] = alphabet[value & 15];
        return new string(digits);
    }
}
