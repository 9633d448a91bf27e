using System.Security.Cryptography;
using Mono.Cecil.Cil;

namespace Unikernel.Linker.Reporting;

/// <summary>
/// <c>#pragma warning disable</c> of C# and <c>#Disable Warning</c> of Visual Basic: they are not in the IL, so they are read from the source file that
/// the debug information names, if it is there and has the checksum of the file that was compiled.
/// </summary>
internal sealed class SourcePragmas
{
    private readonly Dictionary<string, WarningRegions> _files = new(StringComparer.Ordinal);

    /// <summary>Whether the source switches a warning off at a place.</summary>
    public bool IsDisabled(SourceLocation location, string id)
    {
        if (location.Document is not { } document)
            return false;
        if (!_files.TryGetValue(location.File, out WarningRegions? regions))
            _files.Add(location.File, regions = Read(location.File, document));
        return regions.IsDisabled(location.Line, id);
    }

    private static WarningRegions Read(string file, Document document)
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            return WarningRegions.None; // the sources of a package
        }

        bool compiled = document.HashAlgorithm switch
        {
            DocumentHashAlgorithm.SHA256 => SHA256.HashData(bytes).AsSpan().SequenceEqual(document.Hash),
            DocumentHashAlgorithm.SHA1 => SHA1.HashData(bytes).AsSpan().SequenceEqual(document.Hash),
            _ => false,
        };
        if (!compiled)
            return WarningRegions.None;
        using var reader = new StreamReader(new MemoryStream(bytes));
        return file.EndsWith(".vb", StringComparison.OrdinalIgnoreCase) ? WarningRegions.OfVisualBasic(reader) : WarningRegions.OfCSharp(reader);
    }
}
