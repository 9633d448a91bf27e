using Mono.Cecil;
using Unikernel.Diagnostics;
using Unikernel.Linker.Reporting;

namespace Unikernel.Linker.Inputs;

/// <summary>
/// Owns every assembly of a run. Files are read lazily, whole and into memory, so that no file stays locked; one module is never
/// touched by two threads because Cecil's lazily filled tables are not thread-safe.
/// </summary>
public sealed class AssemblyStore : IAssemblyResolver
{
    /// <summary>The assembly that defines System.Object in NativeAOT.</summary>
    public const string CoreLibraryName = "System.Private.CoreLib";

    private readonly Dictionary<string, string> _paths = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, AssemblyDefinition?> _loaded = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<ModuleDefinition, string> _pathOf = [];
    private readonly HashSet<string> _missing = new(StringComparer.OrdinalIgnoreCase);
    private readonly CachingMetadataResolver _metadataResolver;

    public AssemblyStore()
    {
        _metadataResolver = new CachingMetadataResolver(this);
        Resolver = new MemberResolver(_metadataResolver);
    }

    /// <summary>Turns references into definitions.</summary>
    public MemberResolver Resolver { get; }

    /// <summary>Simple names of the assemblies that can be loaded, sorted.</summary>
    public IEnumerable<string> Names => _paths.Keys.Order(StringComparer.Ordinal);

    /// <summary>Simple names that were asked for but never given.</summary>
    public IReadOnlyCollection<string> Missing => _missing;

    /// <summary>The assemblies read so far, sorted by name.</summary>
    public IEnumerable<AssemblyDefinition> Loaded => _loaded.Values.OfType<AssemblyDefinition>().OrderBy(a => a.Name.Name, StringComparer.Ordinal);

    /// <summary>Makes a file known under its file name; it is read when first needed.</summary>
    public void Add(string path)
    {
        if (!File.Exists(path))
            throw new LinkerException(LinkingRules.InputMissing, path);

        string name = Path.GetFileNameWithoutExtension(path);
        if (!_paths.TryGetValue(name, out string? other))
        {
            _paths.Add(name, path);
        }
        else if (!SameFile(path, other))
        {
            throw new LinkerException(LinkingRules.DuplicateAssembly, other, path);
        }
    }

    /// <summary>The file from which an assembly was read.</summary>
    public string PathOf(AssemblyDefinition assembly) => _pathOf[assembly.MainModule];

    /// <summary>The file of a simple name, read or not.</summary>
    public string? PathOf(string simpleName) => _paths.GetValueOrDefault(simpleName);

    /// <summary>Reads an assembly by simple name; null when it was not given.</summary>
    public AssemblyDefinition? TryGet(string simpleName)
    {
        if (_loaded.TryGetValue(simpleName, out AssemblyDefinition? assembly))
            return assembly;
        if (_paths.TryGetValue(simpleName, out string? path))
            assembly = Read(path);
        else
            _missing.Add(simpleName);
        _loaded.Add(simpleName, assembly);
        return assembly;
    }

    /// <summary>Reads the core library.</summary>
    public AssemblyDefinition CoreLibrary => TryGet(CoreLibraryName)
        ?? throw new LinkerException(LinkingRules.InputMissing, CoreLibraryName + ".dll");

    /// <summary>Reads every assembly that was given.</summary>
    public void LoadAll()
    {
        foreach (string name in Names.ToArray())
            TryGet(name);
    }

    AssemblyDefinition IAssemblyResolver.Resolve(AssemblyNameReference name) => Resolve(name);

    AssemblyDefinition IAssemblyResolver.Resolve(AssemblyNameReference name, ReaderParameters parameters) => Resolve(name);

    public void Dispose()
    {
        foreach (AssemblyDefinition? assembly in _loaded.Values)
            assembly?.Dispose();
        _loaded.Clear();
    }

    private AssemblyDefinition Resolve(AssemblyNameReference name) =>
        TryGet(name.Name) ?? throw new AssemblyResolutionException(name);

    private AssemblyDefinition Read(string path)
    {
        byte[] image = File.ReadAllBytes(path);
        try
        {
            InputImage.Check(path, image);
            string pdb = Path.ChangeExtension(path, ".pdb");
            var module = ModuleDefinition.ReadModule(new MemoryStream(image), new ReaderParameters(ReadingMode.Deferred)
            {
                AssemblyResolver = this,
                MetadataResolver = _metadataResolver,
                InMemory = true,
            });
            if (module.Assembly is null)
                throw new BadImageFormatException("it is a module without an assembly manifest");
            DebugSymbols.Attach(module, pdb);
            _pathOf.Add(module, path);
            return module.Assembly;
        }
        catch (Exception e) when (InputImage.IsMalformed(e))
        {
            throw new LinkerException(LinkingRules.UnreadableInput, path, e.Message.TrimEnd('.'));
        }
    }

    private static bool SameFile(string a, string b)
    {
        if (Path.GetFullPath(a) == Path.GetFullPath(b))
            return true;
        var first = new FileInfo(a);
        var second = new FileInfo(b);
        return first.Length == second.Length && File.ReadAllBytes(a).AsSpan().SequenceEqual(File.ReadAllBytes(b));
    }
}
