using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Unikernel.Size.Attribution;
using Unikernel.Size.Inputs;
using Unikernel.Size.Model;

namespace Unikernel.Size.Tests;

/// <summary>An image of a few bytes, made by hand: one segment at 2 MB, sections with the map that ld.lld would write.</summary>
internal sealed class TinyImage
{
    public const ulong Base = 0x200000;
    private const int Headers = 64 + 56;

    private readonly List<byte> _content = [.. new byte[Headers]];
    private readonly StringBuilder _map = new("             VMA              LMA     Size Align Out     In      Symbol\n");

    /// <summary>The address of the next byte.</summary>
    public ulong Here => Base + (ulong)_content.Count;

    public TinyImage Section(string name, params (string Object, string Symbol, byte[] Bytes)[] parts)
    {
        ulong start = Here;
        Line(start, (ulong)parts.Sum(p => p.Bytes.Length), 0, name);
        ulong at = start;
        foreach ((string file, string symbol, byte[] bytes) in parts)
        {
            Line(at, (ulong)bytes.Length, 8, $"{file}:({name})");
            if (symbol.Length > 0)
                Line(at, (ulong)bytes.Length, 16, symbol);
            at += (ulong)bytes.Length;
            _content.AddRange(bytes);
        }

        return this;
    }

    /// <summary>Bytes that no section has.</summary>
    public TinyImage Gap(params byte[] bytes)
    {
        _content.AddRange(bytes);
        return this;
    }

    /// <summary>A section without bytes in the file.</summary>
    public TinyImage Zero(string name, ulong address, params (ulong Offset, ulong Size, string Symbol)[] symbols)
    {
        ulong size = symbols.Max(s => s.Offset + s.Size);
        Line(address, size, 0, name);
        Line(address, size, 8, $"App.o:({name})");
        foreach ((ulong offset, _, string symbol) in symbols)
            Line(address + offset, 0, 16, symbol);
        return this;
    }

    private void Line(ulong address, ulong size, int indent, string text) =>
        _map.Append(CultureInfo.InvariantCulture, $"{address,16:x} {address,16:x} {size,8:x} {1,5} ").Append(' ', indent).Append(text).Append('\n');

    public string Map => _map.ToString();

    public byte[] Bytes
    {
        get
        {
            byte[] file = [.. _content];
            "\u007FELF"u8.CopyTo(file);
            file[4] = 2;
            file[5] = 1;
            BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(18), 62);
            BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(32), 64);
            BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(54), 56);
            BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(56), 1);
            Span<byte> segment = file.AsSpan(64);
            BinaryPrimitives.WriteUInt32LittleEndian(segment, 1);
            BinaryPrimitives.WriteUInt64LittleEndian(segment[16..], Base);
            BinaryPrimitives.WriteUInt64LittleEndian(segment[32..], (ulong)file.Length);
            BinaryPrimitives.WriteUInt64LittleEndian(segment[40..], (ulong)file.Length + 4096);
            return file;
        }
    }

    public SizeReport Report(string name = "App.elf") =>
        ImageAttribution.Attribute(name, ElfFile.Parse(name, Bytes), LinkMap.Parse("App.map", new StringReader(Map)), null);

    /// <summary>A usual image: a program's own code, some of .NET's, a runtime.</summary>
    public static TinyImage Usual(int own = 100, int framework = 2000) => new TinyImage()
        .Section("__managedcode", ("App.o", "App_App_Program__Main", new byte[own]), ("App.o", "S_P_CoreLib_System_String__Concat", new byte[framework]))
        .Section(".text", ("lib/libRuntime.WorkstationGC.a(gcwks.cpp.o)", "_ZN3WKS7gc_heap10mark_phaseEi", new byte[3000]), ("sdk/core.a(memory.c.o)", "memcpy", new byte[64]));

    /// <summary>A report whose parts are given by path.</summary>
    public static SizeReport Of(params (string Path, long Bytes)[] parts)
    {
        var tree = new SizeNode("", null);
        foreach ((string path, long bytes) in parts)
            tree.Add(path.Split('|'), new Cell(".text", Category.Code), bytes);
        return new SizeReport { Name = "App.elf", Bytes = tree.Bytes, Tree = tree, Sections = [new SectionSize(".text", 0x200000, tree.Bytes, tree.Bytes)] };
    }
}
