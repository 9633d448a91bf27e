using System.Runtime.CompilerServices;
using System.Text;
using Unikernel.Binding;

namespace Unikernel.LibraryOS;

/// <summary>
/// The hash codes of types' full names, by which reflection looks a type of the metadata up in the image: a thousand times when an application with
/// dependency injection starts. They are those of dotnet/runtime's TypeHashingAlgorithms.cs.
/// </summary>
internal static unsafe class TypeHashReplacements
{
    /// <summary>The only field of a handle: its kind in the upper 7 bits, below it where its record is.</summary>
    internal struct Handle
    {
        public int Value;
    }

    /// <summary>The fields of MetadataReader, in their order.</summary>
    internal sealed class Metadata(object header, NativeFormatReplacements.Reader records)
    {
        public readonly object Header = header;
        public readonly NativeFormatReplacements.Reader Records = records;
    }

    /// <summary>The hash code of what was read so far.</summary>
    private struct Hash
    {
        private uint _even, _odd, _length;

        public static Hash Start => new() { _even = 0x6da3b944 };

        public void Append(ReadOnlySpan<byte> ascii)
        {
            uint even = _even, odd = _odd, length = _length;
            foreach (byte character in ascii)
            {
                if ((length++ & 1) == 0)
                    even = (even + (even << 5 | even >> 27)) ^ character;
                else
                    odd = (odd + (odd << 5 | odd >> 27)) ^ character;
            }

            (_even, _odd, _length) = (even, odd, length);
        }

        public void Append(string text)
        {
            foreach (char character in text)
            {
                if ((_length++ & 1) == 0)
                    _even = (_even + (_even << 5 | _even >> 27)) ^ character;
                else
                    _odd = (_odd + (_odd << 5 | _odd >> 27)) ^ character;
            }
        }

        public readonly int Code => (int)((_even + (_even << 8 | _even >> 24)) ^ (_odd + (_odd << 8 | _odd >> 24)));
    }

    /// <summary>The hash code of a namespace and the dot behind it.</summary>
    private sealed class Known(object metadata, int handle, Hash hash)
    {
        public readonly object Metadata = metadata;
        public readonly int Handle = handle;
        public readonly Hash Hash = hash;
    }

    private const int OffsetMask = 0x1ff_ffff, NamespaceKind = 0x2f, NestedMask = 6;

    // Those asked for last, of a few hundred that a program has. Entries never change, so that they are read without a lock.
    private const int Places = 256;
    private static Known?[]? s_namespaces;

    [Replaces("System.Private.TypeLoader", "Internal.Metadata.NativeFormat.MetadataTypeHashingAlgorithms", "ComputeHashCode", Fingerprint = "2923a8dceb1e56fa",
        Why = "for the names it reads all of the type's record and of its namespaces', with the numbers of all their members")]
    public static int HashOfType(Handle type, object metadata)
    {
        NativeFormatReplacements.Reader records = Unsafe.As<Metadata>(metadata).Records;
        uint at = NativeFormatReplacements.Decode(records, (uint)type.Value & OffsetMask, out uint flags);
        at = NativeFormatReplacements.Skip(records, at); // the base type
        at = NativeFormatReplacements.Decode(records, at, out uint space);
        at = NativeFormatReplacements.Decode(records, at, out uint name);
        bool isNested = (flags & NestedMask) != 0;
        Hash hash = isNested ? Hash.Start : HashOfNamespace(metadata, records, space);
        Append(ref hash, records, name);
        if (!isNested)
            return hash.Code;
        at = NativeFormatReplacements.Skip(records, at); // the size
        at = NativeFormatReplacements.Skip(records, at); // how it is packed
        NativeFormatReplacements.Decode(records, at, out uint enclosing);
        uint outer = (uint)HashOfType(new Handle { Value = (int)enclosing }, metadata);
        return (int)(outer + (outer << 11 | outer >> 21)) ^ hash.Code;
    }

    private static Hash HashOfNamespace(object metadata, NativeFormatReplacements.Reader records, uint space)
    {
        Known?[] namespaces = s_namespaces ??= new Known?[Places];
        ref Known? place = ref namespaces[(space ^ space >> 8) & (Places - 1)];
        if (place is { } known && known.Handle == (int)space && ReferenceEquals(known.Metadata, metadata))
            return known.Hash;
        uint at = NativeFormatReplacements.Decode(records, space & OffsetMask, out uint parent);
        Hash hash = Hash.Start;
        if ((parent & 0x7f) == NamespaceKind) // in a record the kind is the lower bits
        {
            NativeFormatReplacements.Decode(records, at, out uint name);
            hash = HashOfNamespace(metadata, records, parent >> 7);
            Append(ref hash, records, name);
            hash.Append("."u8);
        }

        place = new Known(metadata, (int)space, hash);
        return hash;
    }

    private static void Append(ref Hash hash, NativeFormatReplacements.Reader records, uint text)
    {
        if ((text & OffsetMask) == 0)
            return;
        uint at = NativeFormatReplacements.Decode(records, text & OffsetMask, out uint length);
        if (length > records.Size - at)
            throw new BadImageFormatException();
        ReadOnlySpan<byte> bytes = new(records.Start + at, (int)length);
        if (Ascii.IsValid(bytes))
            hash.Append(bytes);
        else
            hash.Append(Encoding.UTF8.GetString(bytes));
    }
}
