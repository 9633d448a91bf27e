using System.Buffers.Binary;
using System.Numerics;

namespace DnsServer;

/// <summary>Domain names in wire format (RFC 1035 section 3.1): length-prefixed labels, ended by the root label, in lower case.</summary>
internal static class DnsName
{
    public const int MaxLength = 255;

    /// <summary>The part of a name after its first label: its parent.</summary>
    public static ReadOnlySpan<byte> Parent(ReadOnlySpan<byte> name) => name[(name[0] + 1)..];

    public static bool IsRoot(ReadOnlySpan<byte> name) => name[0] == 0;

    /// <summary>Is <paramref name="name"/> at or below <paramref name="zone"/>?</summary>
    public static bool IsWithin(ReadOnlySpan<byte> name, ReadOnlySpan<byte> zone)
    {
        while (name.Length > zone.Length)
        {
            name = Parent(name);
        }

        return name.SequenceEqual(zone);
    }

    public static byte ToLower(byte value) => (uint)(value - 'A') <= 'Z' - 'A' ? (byte)(value | 0x20) : value;

    /// <summary>
    /// Lower case for a whole name in wire format, eight bytes at a time: the lengths of labels are below 'A' and stay.
    /// </summary>
    public static void ToLower(ReadOnlySpan<byte> name, Span<byte> lower)
    {
        const ulong Tops = 0x8080_8080_8080_8080, Ones = 0x0101_0101_0101_0101;
        int at = 0;
        for (; at + 8 <= name.Length; at += 8)
        {
            ulong bytes = BinaryPrimitives.ReadUInt64LittleEndian(name[at..]);
            ulong low = bytes & ~Tops;

            // The top bit of each byte: at least 'A', and not above 'Z', and ASCII.
            ulong upper = (low + (Ones * (0x80 - 'A'))) & ~(low + (Ones * (0x7f - 'Z'))) & ~bytes & Tops;
            BinaryPrimitives.WriteUInt64LittleEndian(lower[at..], bytes | (upper >> 2));
        }

        for (; at < name.Length; at++)
        {
            lower[at] = ToLower(name[at]);
        }
    }

    /// <summary>No secret is in it: a zone is fixed when the image is made, so no outsider chooses the keys.</summary>
    public static uint Hash(ReadOnlySpan<byte> name)
    {
        const ulong Multiplier = 0x9e37_79b9_7f4a_7c15;
        ulong hash = (ulong)name.Length;
        while (name.Length >= 8)
        {
            hash = BitOperations.RotateLeft((hash ^ BinaryPrimitives.ReadUInt64LittleEndian(name)) * Multiplier, 29);
            name = name[8..];
        }

        foreach (byte value in name)
        {
            hash = (hash ^ value) * Multiplier;
        }

        return (uint)(hash >> 32);
    }

    /// <summary>Reads a name as a zone file writes it: labels by dots, <c>\X</c> and <c>\DDD</c> escapes, relative to <paramref name="origin"/>.</summary>
    /// <returns>False where a label or the name is too long, or an escape is broken.</returns>
    public static bool TryParse(ReadOnlySpan<byte> text, ReadOnlySpan<byte> origin, out byte[] name)
    {
        name = [];
        if (text.SequenceEqual("@"u8))
        {
            name = origin.ToArray();
            return true;
        }

        Span<byte> buffer = stackalloc byte[MaxLength + 64];
        int labelStart = 0;
        int length = 1;
        bool absolute = false;
        if (text.SequenceEqual("."u8))
        {
            name = [0];
            return true;
        }

        for (int i = 0; i < text.Length; i++)
        {
            byte value = text[i];
            if (value == '.')
            {
                int label = length - labelStart - 1;
                if (label is 0 or > 63)
                {
                    return false;
                }

                buffer[labelStart] = (byte)label;
                labelStart = length++;
                absolute = i == text.Length - 1;
                continue;
            }

            if (value == '\\')
            {
                if (i + 3 < text.Length && IsDigit(text[i + 1]) && IsDigit(text[i + 2]) && IsDigit(text[i + 3]))
                {
                    int code = ((text[i + 1] - '0') * 100) + ((text[i + 2] - '0') * 10) + text[i + 3] - '0';
                    if (code > 255)
                    {
                        return false;
                    }

                    value = (byte)code;
                    i += 3;
                }
                else if (i + 1 < text.Length)
                {
                    value = text[++i];
                }
                else
                {
                    return false;
                }
            }

            if (length >= MaxLength)
            {
                return false;
            }

            buffer[length++] = ToLower(value);
        }

        if (absolute)
        {
            buffer[labelStart] = 0;
            name = buffer[..length].ToArray();
            return length <= MaxLength;
        }

        int last = length - labelStart - 1;
        if (last is 0 or > 63 || length + origin.Length > MaxLength)
        {
            return false;
        }

        buffer[labelStart] = (byte)last;
        name = new byte[length + origin.Length];
        buffer[..length].CopyTo(name);
        origin.CopyTo(name.AsSpan(length));
        return true;
    }

    private static bool IsDigit(byte value) => (uint)(value - '0') <= 9;
}
