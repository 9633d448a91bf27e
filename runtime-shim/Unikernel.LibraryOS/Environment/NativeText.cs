using System.Runtime.InteropServices;

namespace Unikernel.LibraryOS;

/// <summary>Text for callers that free it with free(), as the marshaller of a returned string does.</summary>
internal static unsafe class NativeText
{
    /// <summary>The concatenation of two texts, terminated, in memory of malloc.</summary>
    public static byte* Allocate(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second = default)
    {
        byte* text = (byte*)NativeMemory.Alloc((nuint)(first.Length + second.Length + 1));
        first.CopyTo(new Span<byte>(text, first.Length));
        second.CopyTo(new Span<byte>(text + first.Length, second.Length));
        text[first.Length + second.Length] = 0;
        return text;
    }

    /// <summary>Copies a text and its terminator if they fit.</summary>
    public static bool TryCopy(ReadOnlySpan<byte> text, Span<byte> target)
    {
        if (text.Length >= target.Length)
            return false;
        text.CopyTo(target);
        target[text.Length] = 0;
        return true;
    }
}
