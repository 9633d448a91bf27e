using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using System.Security.Cryptography;

namespace Unikernel.Linker.Sweep;

/// <summary>
/// The MVID of a written assembly: a hash of its content without its debug directory. That holds the identity of the PDB, which depends on
/// the folder in which the sources lie, and ILC writes the MVID into the image.
/// </summary>
internal static class ModuleIdentity
{
    private const int GuidSize = 16;

    /// <summary>Computes and sets the MVID of an image in memory.</summary>
    public static void Set(byte[] image, int length)
    {
        using var pe = new PEReader(new MemoryStream(image, 0, length, writable: false));
        PEHeaders headers = pe.PEHeaders;
        MetadataReader metadata = pe.GetMetadataReader();
        int index = MetadataTokens.GetHeapOffset(metadata.GetModuleDefinition().Mvid);
        int mvid = headers.MetadataStartOffset + metadata.GetHeapMetadataOffset(HeapIndex.Guid) + ((index - 1) * GuidSize);

        byte[] content = image[..length];
        content.AsSpan(mvid, GuidSize).Clear();
        if (headers.PEHeader is { } header && headers.TryGetDirectoryOffset(header.DebugTableDirectory, out int table))
        {
            foreach (DebugDirectoryEntry entry in pe.ReadDebugDirectory())
                content.AsSpan(entry.DataPointer, entry.DataSize).Clear();
            content.AsSpan(table, header.DebugTableDirectory.Size).Clear();
        }

        SHA256.HashData(content).AsSpan(0, GuidSize).CopyTo(image.AsSpan(mvid));
    }
}
