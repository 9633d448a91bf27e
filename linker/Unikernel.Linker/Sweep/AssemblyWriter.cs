using Mono.Cecil;
using Mono.Cecil.Cil;
using Unikernel.Diagnostics;
using Unikernel.Linker.Inputs;
using Unikernel.Linker.Reporting;

namespace Unikernel.Linker.Sweep;

/// <summary>
/// Writes changed assemblies. Output depends on the input's bytes only: the MVID is computed from the code, there is no
/// timestamp, and no path of this machine is written, so that two builds in two folders give one result.
/// </summary>
public sealed class AssemblyWriter(AssemblyStore store, string directory)
{
    // One buffer for all: growing a new one to the size of the core library costs more than writing it.
    private readonly MemoryStream _image = new();
    private readonly MemoryStream _symbols = new();

    /// <summary>Writes an assembly, with its PDB when it has debug information; returns the path.</summary>
    public string Write(AssemblyDefinition assembly)
    {
        ModuleDefinition module = assembly.MainModule;
        string path = Path.Combine(directory, assembly.Name.Name + ".dll");
        string pdbPath = Path.ChangeExtension(path, ".pdb");

        // A rewritten assembly cannot keep its signature. NativeAOT checks none; the public key stays, because it is part of the
        // identity by which InternalsVisibleTo and references name the assembly.
        module.Attributes &= ~ModuleAttributes.StrongNameSigned;
        module.Attributes |= ModuleAttributes.ILOnly;

        _image.SetLength(0);
        _symbols.SetLength(0);
        var parameters = new WriterParameters { DeterministicMvid = true, Timestamp = 0 };
        if (module.HasSymbols)
        {
            parameters.WriteSymbols = true;
            parameters.SymbolStream = _symbols;
            parameters.SymbolWriterProvider = new PortablePdbWriterProvider();
        }

        try
        {
            module.Write(_image, parameters);
            ModuleIdentity.Set(_image.GetBuffer(), (int)_image.Length);
        }
        catch (Exception e) when (InputImage.IsMalformed(e))
        {
            throw new LinkerException(LinkingRules.UnreadableInput, store.PathOf(assembly), e.Message.TrimEnd('.'));
        }

        try
        {
            WriteIfChanged(path, _image);
            if (_symbols.Length > 0)
                WriteIfChanged(pdbPath, _symbols);
            else
                File.Delete(pdbPath);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LinkerException(LinkingRules.CannotWrite, path, e.Message.TrimEnd('.'));
        }

        return path;
    }

    /// <summary>Leaves a file alone whose content would be the same, so that timestamps tell incremental builds the truth.</summary>
    public static void WriteIfChanged(string path, MemoryStream content)
    {
        ReadOnlySpan<byte> bytes = content.GetBuffer().AsSpan(0, (int)content.Length);
        if (File.Exists(path) && new FileInfo(path).Length == bytes.Length && File.ReadAllBytes(path).AsSpan().SequenceEqual(bytes))
            return;
        File.WriteAllBytes(path, bytes);
    }
}
