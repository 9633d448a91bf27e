using Unikernel.Size.Inputs;
using Unikernel.Size.Model;

namespace Unikernel.Size.Attribution;

/// <summary>Gives each byte of an image to exactly one owner: the sum of the tree is the length of the file.</summary>
public sealed class ImageAttribution
{
    private readonly ElfFile _image;
    private readonly LinkMap _map;
    private readonly SectionPieces _cutter;
    private readonly SizeNode _tree = new("", null);
    private readonly PieceIndex _code = new();
    private readonly PieceIndex _hydrated = new();
    private readonly Dictionary<OutputSection, List<Piece>> _pieces = [];

    private ImageAttribution(ElfFile image, LinkMap map, Mstat? mstat)
    {
        _image = image;
        _map = map;
        _cutter = new SectionPieces(map, mstat);
    }

    /// <summary>Attributes an image; <paramref name="mstat"/> is null when ILC's size data are gone.</summary>
    public static SizeReport Attribute(string name, ElfFile image, LinkMap map, Mstat? mstat)
    {
        var attribution = new ImageAttribution(image, map, mstat);
        attribution.CutSections();
        attribution.WalkFile();
        if (attribution._tree.Bytes != image.Length)
            throw new InvalidOperationException($"{attribution._tree.Bytes} bytes were attributed of {image.Length} in '{name}'.");
        return new SizeReport
        {
            Name = name,
            Bytes = image.Length,
            Tree = attribution._tree,
            Sections = attribution.Sections(),
            Memory = attribution.Memory(),
        };
    }

    private void CutSections()
    {
        foreach (OutputSection section in _map.Sections)
        {
            List<Piece> pieces = _cutter.Cut(section);
            _pieces.Add(section, pieces);
            if (SectionPieces.CategoryOf(section.Name) == Category.Code)
                _code.AddRange(pieces);
            else if (section.Name == ".hydrated")
                _hydrated.AddRange(pieces);
        }

        foreach (OutputSection section in _map.Sections)
        {
            ReadOnlySpan<byte> bytes = _image.AtAddress(section.Address, section.Size);
            if (bytes.IsEmpty)
                continue;
            List<Piece> pieces = _pieces[section];
            _pieces[section] = section.Name switch
            {
                ".eh_frame" => CutUnwindTable(section, bytes, pieces),
                ".eh_frame_hdr" => CutUnwindIndex(section, bytes),
                ".unikernel.files" => CutFiles(section, bytes),
                ".unikernel.unwind" => CutManagedUnwindTable(section, bytes, pieces),
                _ => CutDehydratedData(pieces),
            };
        }
    }

    /// <summary>A record belongs to its function; what functions of an object file share, to the object file.</summary>
    private List<Piece> CutUnwindTable(OutputSection section, ReadOnlySpan<byte> bytes, List<Piece> byObject)
    {
        var objects = new PieceIndex();
        objects.AddRange(byObject);
        var pieces = new List<Piece>();
        ulong cursor = section.Address;
        foreach (EhFrame.Entry entry in EhFrame.Read(bytes, section.Address))
        {
            ulong start = section.Address + (ulong)entry.Offset;
            string[] path = (entry.Function is { } function ? _code.At(function)?.Path : null) ?? objects.At(start)?.Path ?? [Groups.Image, "unwind tables", section.Name];
            pieces.Add(new Piece(start, start + (ulong)entry.Length, path, Category.Unwind));
            cursor = start + (ulong)entry.Length;
        }

        AddRest(pieces, section, cursor, "unwind tables", Category.Unwind);
        return pieces;
    }

    private List<Piece> CutUnwindIndex(OutputSection section, ReadOnlySpan<byte> bytes)
    {
        (int header, int entryLength, List<ulong> functions) = EhFrame.ReadIndex(bytes, section.Address);
        var pieces = new List<Piece> { new(section.Address, section.Address + (ulong)header, [Groups.Image, "unwind tables", section.Name], Category.Unwind) };
        ulong cursor = section.Address + (ulong)header;
        foreach (ulong function in functions)
        {
            pieces.Add(new Piece(cursor, cursor + (ulong)entryLength, _code.At(function)?.Path ?? [Groups.Image, "unwind tables", section.Name], Category.Unwind));
            cursor += (ulong)entryLength;
        }

        AddRest(pieces, section, cursor, "unwind tables", Category.Unwind);
        return pieces;
    }

    private List<Piece> CutManagedUnwindTable(OutputSection section, ReadOnlySpan<byte> bytes, List<Piece> whole)
    {
        OutputSection? code = _map.Sections.Find(s => s.Name == "__managedcode");
        List<UnwindTable.Entry>? entries = code is null ? null : UnwindTable.Read(bytes);
        if (entries is null)
            return whole;
        string[] shared = [Groups.Image, "unwind tables", section.Name];
        return
        [
            .. entries.Select(e => new Piece(section.Address + (ulong)e.Offset, section.Address + (ulong)(e.Offset + e.Length),
                e.Function is { } function && _code.At(code!.Address + function)?.Path is { } path ? path : shared, Category.Unwind)),
        ];
    }

    private static List<Piece> CutFiles(OutputSection section, ReadOnlySpan<byte> bytes)
    {
        var pieces = new List<Piece>();
        ulong cursor = section.Address;
        foreach (CpioArchive.Entry entry in CpioArchive.Read(bytes))
        {
            pieces.Add(new Piece(cursor, cursor + (ulong)entry.Length, [Groups.Files, .. entry.Name.Split('/')], Category.Files));
            cursor += (ulong)entry.Length;
        }

        if (section.Address + section.Size > cursor)
            pieces.Add(new Piece(cursor, section.Address + section.Size, [Groups.Files, "(archive)"], Category.Files));
        return pieces;
    }

    /// <summary>Commands that write a method table (or string, or dictionary) belong to what they write.</summary>
    private List<Piece> CutDehydratedData(List<Piece> pieces)
    {
        int at = pieces.FindIndex(p => p.Path[^1].EndsWith("__dehydrated_data", StringComparison.Ordinal));
        if (at < 0)
            return pieces;
        Piece stream = pieces[at];
        OutputSection? hydrated = _map.Sections.Find(s => s.Name == ".hydrated");
        List<DehydratedData.Command>? commands = hydrated is null ? null
            : DehydratedData.Decode(_image.AtAddress(stream.Start, (ulong)stream.Length), stream.Start, HydratedEnd(hydrated));
        if (commands is null)
            return pieces;

        var cut = new List<Piece>(pieces[..at]) { stream with { End = stream.Start + (ulong)DehydratedData.Header, Category = Category.Types } };
        ulong cursor = stream.Start + (ulong)DehydratedData.Header;
        foreach (DehydratedData.Command command in commands)
        {
            Piece? written = _hydrated.At(command.Target);
            cut.Add(new Piece(cursor, cursor + (ulong)command.Length, written?.Path ?? stream.Path, written?.Category ?? Category.Types));
            cursor += (ulong)command.Length;
        }

        cut.Add(new Piece(cursor, stream.End, [.. stream.Path[..^1], "(addresses for method tables, strings and dictionaries)"], Category.Types));
        cut.AddRange(pieces[(at + 1)..]);
        return cut;
    }

    /// <summary>Where the last object ends: the section may be longer, by alignment.</summary>
    private static ulong HydratedEnd(OutputSection section) =>
        section.Inputs.Count > 0 ? section.Inputs.Max(i => i.Address + i.Size) : section.Address + section.Size;

    private static void AddRest(List<Piece> pieces, OutputSection section, ulong cursor, string name, Category category)
    {
        ulong end = section.Address + section.Size;
        if (end > cursor)
            pieces.Add(new Piece(cursor, end, [Groups.Image, name, section.Name], category));
    }

    /// <summary>From the first byte of the file to the last: segments, in them sections, and what lies between.</summary>
    private void WalkFile()
    {
        ulong cursor = 0;
        foreach (Segment segment in _image.Segments.Where(s => s.IsLoad && s.FileSize > 0).OrderBy(s => s.Offset))
        {
            if (segment.Offset > cursor)
                AddUnmapped(cursor, segment.Offset);
            ulong skipped = cursor > segment.Offset ? Math.Min(cursor - segment.Offset, segment.FileSize) : 0;
            WalkSegment(segment, skipped);
            cursor = Math.Max(cursor, segment.Offset + segment.FileSize);
        }

        if (cursor < (ulong)_image.Bytes.Length)
            AddUnmapped(cursor, (ulong)_image.Bytes.Length);
        if (_image.LoaderLength > 0)
            AddPacking();
    }

    /// <summary>
    /// Parts have the bytes that they have unpacked: what one takes packed depends on its neighbours, and would change when they do. So what packing
    /// saves is a part of its own, and negative.
    /// </summary>
    private void AddPacking()
    {
        _tree.Add([Groups.Image, "loader of the packed image"], new Cell("(packing)", Category.Headers), _image.LoaderLength);
        _tree.Add([Groups.Image, "saved by packing"], new Cell("(packing)", Category.Packing), _image.Length - _image.LoaderLength - _image.Bytes.Length);
    }

    private void WalkSegment(Segment segment, ulong skipped)
    {
        ulong cursor = segment.Address + skipped, end = segment.Address + segment.FileSize;
        foreach (OutputSection section in _map.Sections.Where(s => InFile(s, segment)).OrderBy(s => s.Address))
        {
            if (section.Address > cursor)
                AddUnmapped(segment.Offset + (cursor - segment.Address), segment.Offset + (section.Address - segment.Address));
            foreach (Piece piece in _pieces[section])
            {
                ulong start = Math.Max(piece.Start, cursor), stop = Math.Min(piece.End, end);
                if (stop <= start)
                    continue;
                _tree.Add(piece.Path, new Cell(section.Name, piece.Category), (long)(stop - start));
                cursor = stop;
            }
        }

        if (cursor < end)
            AddUnmapped(segment.Offset + (cursor - segment.Address), segment.Offset + segment.FileSize);
    }

    private static bool InFile(OutputSection section, Segment segment) =>
        section.Name != ".tbss" // has addresses and no bytes: the next section lies at the same addresses
        && section.Size > 0 && section.Address < segment.Address + segment.FileSize && section.Address + section.Size > segment.Address;

    /// <summary>A range of the file that no section covers.</summary>
    private void AddUnmapped(ulong start, ulong end)
    {
        start = Take(start, end, 0, ElfFile.ElfHeaderLength, "ELF header", Category.Headers);
        start = Take(start, end, _image.ProgramHeaders.Offset, _image.ProgramHeaders.Length, "program headers", Category.Headers);
        foreach (ElfSection section in _image.Sections.Where(s => s.Type != ElfSection.NoBits && s.Size > 0 && (s.Flags & ElfSection.Allocated) == 0).OrderBy(s => s.Offset))
            start = Take(start, end, section.Offset, section.Size, "not loaded " + section.Name, Category.Metadata);
        start = Take(start, end, _image.SectionHeaders.Offset, _image.SectionHeaders.Length, "section headers", Category.Headers);
        AddRange(start, end);
    }

    /// <summary>Adds what a named range of the file has of a range, and what stands before it; returns where it ends.</summary>
    private ulong Take(ulong start, ulong end, ulong offset, ulong length, string name, Category category)
    {
        ulong from = Math.Max(start, offset), to = Math.Min(end, offset + length);
        if (length == 0 || to <= from)
            return start;
        AddRange(start, from);
        _tree.Add([Groups.Image, name], new Cell("(headers)", category), (long)(to - from));
        return to;
    }

    /// <summary>Zeros between sections and segments are alignment; anything else there is unexplained.</summary>
    private void AddRange(ulong start, ulong end)
    {
        if (end <= start)
            return;
        bool zeros = !_image.Bytes[(int)start..(int)end].ContainsAnyExcept((byte)0);
        string name = zeros ? "padding" : "unattributed";
        _tree.Add([Groups.Image, name, "(between sections)"], new Cell("(between sections)", zeros ? Category.Padding : Category.Unattributed), (long)(end - start));
    }

    private List<SectionSize> Sections() =>
    [
        .. _map.Sections.Where(s => s.Size > 0).OrderBy(s => s.Address).Select(s => new SectionSize(s.Name, s.Address,
            s.Name == ".tbss" ? 0 : _image.Segments.Where(g => g.IsLoad).Sum(g => (long)Overlap(s, g)), (long)s.Size)),
    ];

    private static ulong Overlap(OutputSection section, Segment segment)
    {
        ulong start = Math.Max(section.Address, segment.Address), end = Math.Min(section.Address + section.Size, segment.Address + segment.FileSize);
        return end > start ? end - start : 0;
    }

    /// <summary>What the file says of memory: a loader copies segments and clears the rest of them.</summary>
    private List<MemoryUse> Memory()
    {
        long file = _image.Segments.Where(s => s.IsLoad).Sum(s => (long)s.FileSize);
        long memory = _image.Segments.Where(s => s.IsLoad).Sum(s => (long)s.MemorySize);
        long hydrated = (long)_map.Sections.Where(s => s.Name == ".hydrated").Sum(s => (decimal)s.Size);
        return
        [
            new MemoryUse("image-file", file, false),
            new MemoryUse("image-hydrated", hydrated, false),
            new MemoryUse("image-zero-filled", memory - file - hydrated, false),
        ];
    }
}
