using Mono.Cecil;
using Unikernel.Diagnostics;
using Unikernel.Linker.Binding;
using Unikernel.Linker.Inputs;
using Unikernel.Linker.Reporting;
using Unikernel.Linker.Surface;
using Unikernel.Linker.Sweep;

namespace Unikernel.Linker;

/// <summary>One run from inputs to outputs; each phase is a method in the order in which it happens.</summary>
public sealed class LinkSession(LinkerOptions options, MessageLog log) : IDisposable
{
    private readonly AssemblyStore _store = new();

    /// <summary>What the linker was doing, for the report of a defect.</summary>
    internal static string Stage { get; private set; } = "start";

    public void Run()
    {
        if (options.Command == "surface")
        {
            WriteSurface();
            return;
        }

        AssemblyDefinition main = ReadInputs();
        ProviderTable providers = ReadProviders(main);
        Bind(main, providers);
    }

    public void Dispose() => _store.Dispose();

    private void WriteSurface()
    {
        Stage = "computing the surface";
        if (options.Surface is null || (options.Output.Length == 0 && options.Explain is null))
            throw new UsageException("surface needs --surface, and --output or --explain");
        foreach (string path in options.Providers.Concat(options.References))
            _store.Add(path);
        if (options.Explain is { } text)
            SurfaceCommand.Explain(_store, options.Providers, options.Surface, text, Console.Out);
        else
            SurfaceCommand.Run(_store, options.Providers, options.Surface, options.Output);
    }

    private AssemblyDefinition ReadInputs()
    {
        Stage = "reading " + options.Input;
        if (options.Input.Length == 0)
            throw new UsageException("--input is missing");
        _store.Add(options.Input);
        foreach (string provider in options.Providers)
            _store.Add(provider);
        foreach (string reference in options.References)
            _store.Add(reference);

        AssemblyDefinition main = _store.TryGet(Path.GetFileNameWithoutExtension(options.Input))!;
        return main.EntryPoint is null ? throw new LinkerException(LinkingRules.NoEntryPoint, options.Input) : main;
    }

    private ProviderTable ReadProviders(AssemblyDefinition main)
    {
        Stage = "reading providers";
        List<AssemblyDefinition> assemblies = [main];
        foreach (string path in options.Providers)
        {
            if (_store.TryGet(Path.GetFileNameWithoutExtension(path)) is { } assembly && assembly != main)
                assemblies.Add(assembly);
        }

        return ProviderTable.Read(assemblies, _store.Resolver, log);
    }

    private void Bind(AssemblyDefinition main, ProviderTable providers)
    {
        Stage = "binding";
        _store.LoadAll();
        var binder = new PInvokeBinder(_store, providers, log);
        Directory.CreateDirectory(options.Output);
        var writer = new AssemblyWriter(_store, options.Output);
        var paths = new List<string>();
        foreach (AssemblyDefinition assembly in _store.Loaded)
        {
            Stage = "binding " + assembly.Name.Name;
            string path = binder.BindAll(assembly) > 0 ? writer.Write(assembly) : _store.PathOf(assembly);
            if (assembly == main)
                paths.Insert(0, path);
            else
                paths.Add(path);
        }

        File.WriteAllLines(Path.Combine(options.Output, "assemblies.txt"), paths.Select(Path.GetFullPath));
    }
}
