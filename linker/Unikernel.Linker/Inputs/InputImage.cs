using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using Unikernel.Diagnostics;
using Unikernel.Linker.Reporting;

namespace Unikernel.Linker.Inputs;

/// <summary>What must hold of a file before Cecil sees it.</summary>
internal static class InputImage
{
    /// <exception cref="LinkerException">The file is something that cannot be linked.</exception>
    /// <exception cref="BadImageFormatException">The file is not a .NET assembly.</exception>
    public static void Check(string path, byte[] image)
    {
        using var pe = new PEReader(new MemoryStream(image, writable: false));
        PEHeaders headers = pe.PEHeaders;
        if (headers.CorHeader is not { } cor || !pe.HasMetadata)
            throw new BadImageFormatException("it has no .NET metadata");

        // A ready-to-run image is IL with native code beside it (a managed native header); a C++/CLI image is native code that
        // the IL needs. Only the first can be linked: the native code is dropped when the assembly is written.
        bool readyToRun = cor.ManagedNativeHeaderDirectory.Size != 0;
        if ((cor.Flags & CorFlags.ILOnly) == 0 && !readyToRun)
        {
            throw new LinkerException(LinkingRules.MixedMode, path);
        }

        MetadataReader metadata = pe.GetMetadataReader();
        if (!metadata.IsAssembly)
            throw new BadImageFormatException("it is a module without an assembly manifest");
        foreach (CustomAttributeHandle handle in metadata.GetAssemblyDefinition().GetCustomAttributes())
        {
            if (IsReferenceAssemblyAttribute(metadata, metadata.GetCustomAttribute(handle)))
            {
                throw new LinkerException(LinkingRules.ReferenceAssembly, path);
            }
        }
    }

    /// <summary>Exceptions by which the readers of System.Reflection.Metadata and Cecil answer a malformed file.</summary>
    public static bool IsMalformed(Exception e) =>
        e is BadImageFormatException or ArgumentException or IndexOutOfRangeException or InvalidOperationException or EndOfStreamException
            or OverflowException or NotSupportedException or NullReferenceException or InvalidCastException or IOException
            or KeyNotFoundException or NotImplementedException or FormatException;

    private static bool IsReferenceAssemblyAttribute(MetadataReader metadata, CustomAttribute attribute)
    {
        if (attribute.Constructor.Kind != HandleKind.MemberReference)
            return false;
        EntityHandle parent = metadata.GetMemberReference((MemberReferenceHandle)attribute.Constructor).Parent;
        return parent.Kind == HandleKind.TypeReference
            && metadata.StringComparer.Equals(metadata.GetTypeReference((TypeReferenceHandle)parent).Name, "ReferenceAssemblyAttribute");
    }
}
