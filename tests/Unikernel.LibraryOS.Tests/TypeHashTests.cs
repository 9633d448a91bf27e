using System.Runtime.InteropServices;
using System.Text;
using Xunit;

namespace Unikernel.LibraryOS.Tests;

/// <summary>Hash codes of types in metadata, against the algorithm as dotnet/runtime's TypeHashingAlgorithms.cs and its users have it: over the whole name, in UTF-16.</summary>
public sealed unsafe class TypeHashTests
{
    private const byte ScopeKind = 0x34, NamespaceKind = 0x2f;

    private readonly List<byte> _data = [0xff];

    [Fact]
    public void Types_of_all_namespaces()
    {
        int root = Namespace(0, ScopeKind, ""), system = Namespace(root, NamespaceKind, "System"), text = Namespace(system, NamespaceKind, "Text"), other = Namespace(root, NamespaceKind, "Ü");
        int global = Type(root, "Program"), rune = Type(text, "Rune"), array = Type(system, "Array"), name = Type(other, "日本");
        int nested = Type(root, "Enumerator", 2, array), inner = Type(root, "Inner`1", 3, nested);
        With(metadata =>
        {
            for (int round = 0; round < 2; round++) // once what a namespace has is known, too
            {
                Assert.Equal(Hash("Program"), Ask(metadata, global));
                Assert.Equal(Hash("System.Text.Rune"), Ask(metadata, rune));
                Assert.Equal(Hash("System.Array"), Ask(metadata, array));
                Assert.Equal(Hash("Ü.日本"), Ask(metadata, name));
                Assert.Equal(Nested(Hash("System.Array"), Hash("Enumerator")), Ask(metadata, nested));
                Assert.Equal(Nested(Nested(Hash("System.Array"), Hash("Enumerator")), Hash("Inner`1")), Ask(metadata, inner));
            }
        });
    }

    /// <summary>More than are remembered, and the same places in another assembly's metadata.</summary>
    [Fact]
    public void Namespaces_that_take_each_others_places()
    {
        foreach (char letter in "NM")
        {
            _data.RemoveRange(1, _data.Count - 1);
            int root = Namespace(0, ScopeKind, "");
            List<(int Type, string Name)> types = [.. Enumerable.Range(0, 2000).Select(i => (Type(Namespace(root, NamespaceKind, $"{letter}{i}"), $"T{i}"), $"{letter}{i}.T{i}"))];
            With(metadata => Assert.All(types, type => Assert.Equal(Hash(type.Name), Ask(metadata, type.Type))));
        }
    }

    [Fact]
    public void A_name_that_ends_behind_the_data()
    {
        int root = Namespace(0, ScopeKind, ""), type = Type(root, "Long");
        int at = _data.FindIndex(b => b == (byte)'L') - 1;
        _data[at] = Encode(1000)[0];
        _data.Insert(at + 1, Encode(1000)[1]);
        With(metadata => Assert.Throws<BadImageFormatException>(() => Ask(metadata, type + 1)));
    }

    private static int Ask(object metadata, int type) => TypeHashReplacements.HashOfType(new TypeHashReplacements.Handle { Value = type | (0x3a << 25) }, metadata);

    private static int Hash(string name)
    {
        int even = 0x6da3b944, odd = 0;
        for (int i = 0; i < name.Length; i += 2)
        {
            even = (even + (int)uint.RotateLeft((uint)even, 5)) ^ name[i];
            if (i + 1 < name.Length)
                odd = (odd + (int)uint.RotateLeft((uint)odd, 5)) ^ name[i + 1];
        }

        return (even + (int)uint.RotateLeft((uint)even, 8)) ^ (odd + (int)uint.RotateLeft((uint)odd, 8));
    }

    private static int Nested(int enclosing, int name) => (enclosing + (int)uint.RotateLeft((uint)enclosing, 11)) ^ name;

    private int Namespace(int parent, byte kind, string name)
    {
        int text = Text(name), at = _data.Count;
        Write(((uint)parent << 7) | kind, (uint)text, 3, 0x1000, 7, 0x1000, 0, 0); // the numbers of three types
        return at;
    }

    private int Type(int space, string name, uint flags = 1, int enclosing = 0)
    {
        int text = Text(name), at = _data.Count;
        Write(flags, 0x1234_5, (uint)space, (uint)text, 100_000, 8, (uint)enclosing, 0, 0);
        return at;
    }

    private int Text(string text)
    {
        int at = _data.Count;
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Write((uint)bytes.Length);
        _data.AddRange(bytes);
        return at;
    }

    private void Write(params uint[] values)
    {
        foreach (uint value in values)
            _data.AddRange(Encode(value));
    }

    private static byte[] Encode(uint value) => value switch
    {
        < 1 << 7 => [(byte)(value << 1)],
        < 1 << 14 => [(byte)((value << 2) | 1), (byte)(value >> 6)],
        < 1 << 21 => [(byte)((value << 3) | 3), (byte)(value >> 5), (byte)(value >> 13)],
        _ => [(byte)((value << 4) | 7), (byte)(value >> 4), (byte)(value >> 12), (byte)(value >> 20)],
    };

    private void With(Action<object> use)
    {
        byte[] data = [.. _data, 0, 0, 0, 0];
        GCHandle pinned = GCHandle.Alloc(data, GCHandleType.Pinned);
        try
        {
            use(new TypeHashReplacements.Metadata(this, new NativeFormatReplacements.Reader((byte*)pinned.AddrOfPinnedObject(), (uint)data.Length)));
        }
        finally
        {
            pinned.Free();
        }
    }
}
