using Mono.Cecil;
using Mono.Cecil.Cil;

namespace Unikernel.Linker.Inputs;

/// <summary>Debug information of inputs.</summary>
internal static class DebugSymbols
{
    /// <summary>Gives a module the portable PDB beside it, or the one embedded in it. Absent or foreign symbols are not an error.</summary>
    public static void Attach(ModuleDefinition module, string pdbPath)
    {
        ISymbolReaderProvider provider;
        if (File.Exists(pdbPath))
            provider = new PdbFileProvider(pdbPath);
        else if (module.HasDebugHeader && module.GetDebugHeader().Entries.Any(e => e.Directory.Type == ImageDebugType.EmbeddedPortablePdb))
            provider = new EmbeddedPortablePdbReaderProvider();
        else
            return;

        // A PDB of another build of the assembly, or a Windows PDB, must not stop the link: the program has no lines then.
        ISymbolReader? reader = null;
        try
        {
            reader = provider.GetSymbolReader(module, pdbPath);
            module.ReadSymbols(reader, throwIfSymbolsAreNotMaching: false);
        }
        catch (Exception e) when (InputImage.IsMalformed(e))
        {
            reader?.Dispose();
        }
    }

    private sealed class PdbFileProvider(string path) : ISymbolReaderProvider
    {
        public ISymbolReader GetSymbolReader(ModuleDefinition module, string fileName) =>
            new PortablePdbReaderProvider().GetSymbolReader(module, new MemoryStream(File.ReadAllBytes(path)));

        public ISymbolReader GetSymbolReader(ModuleDefinition module, Stream symbolStream) =>
            new PortablePdbReaderProvider().GetSymbolReader(module, symbolStream);
    }
}
