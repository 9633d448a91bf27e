using System.Diagnostics;
using Mono.Cecil;
using Unikernel.Diagnostics;
using Unikernel.Linker.Binding;
using Unikernel.Linker.Graph;
using Unikernel.Linker.Inputs;
using Unikernel.Linker.Instantiate;
using Unikernel.Linker.Nodes;
using Unikernel.Linker.Replace;
using Unikernel.Linker.Reporting;
using Unikernel.Linker.Surface;
using Unikernel.Linker.Sweep;

namespace Unikernel.Linker;

/// <summary>One run from inputs to outputs; each phase is a method in the order in which it happens.</summary>
public sealed class LinkSession(LinkerOptions options, MessageLog log) : IDisposable
{
    private readonly AssemblyStore _store = new();
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly Dictionary<AssemblyDefinition, bool> _isUserCode = [];
    private DgmlWriter? _dgml;
    private ShortestPaths? _paths;
    private Task _reasons = Task.CompletedTask;

    // Public key tokens of .NET's assemblies (ECMA, Microsoft, Silverlight platform, open-source .NET, ASP.NET Core).
    private static readonly HashSet<string> s_frameworkTokens =
        new(StringComparer.Ordinal) { "b03f5f7f11d50a3a", "b77a5c561934e089", "7cec85d7bea7798e", "cc7b13ffcd2ddd51", "adb9793829ddae60", "31bf3856ad364e35" };

    /// <summary>What the linker was doing, for the report of a defect.</summary>
    internal static string Stage { get; private set; } = "start";

    /// <summary>The marked graph; null in bind mode.</summary>
    public DependencyAnalyzer? Graph { get; private set; }

    /// <summary>The entities of the graph; null in bind mode.</summary>
    public LinkContext? Context { get; private set; }

    public void Run()
    {
        switch (options.Command)
        {
            case "surface":
                WriteSurface();
                return;
            case "fingerprint":
                Stage = "reading " + options.Input;
                FingerprintCommand.Write(_store, options.Input, options.TypeName!, options.Member!, Console.Out);
                return;
        }

        AssemblyDefinition main = ReadInputs();
        IReadOnlyList<AssemblyDefinition> providing = ProviderAssemblies(main);
        Enter("reading providers");
        ProviderTable providers = null!;
        Guard(() => providers = ProviderTable.Read(providing, _store.Resolver, log), () => options.Input, () => null);
        if (log.HasErrors)
            return;

        ReplacementTable replacements = ReplacementTable.Read(providing, _store, IsUserCode, new FeatureSettings(options.Features), log);
        var absent = new AbsentEntryPoints(options, _store, providers);
        var bound = new BoundBodies(_store, providers, replacements, new PInvokeBinder(_store, providers, log), absent)
        {
            IsReached = method => Context!.Nodes.IsBodyMarked(method),
        };
        Mark(main, providers, replacements); // In an unswept program, too: replacements depend on what it reaches.
        if (options.Mode == LinkMode.Bind)
        {
            Bind(main, bound);
            return;
        }

        if (options.Command is "why" or "map")
        {
            Answer(absent);
            return;
        }

        if (options.Unprovided == UnprovidedAction.Stub)
        {
            Enter("looking for what no unikernel has");
            new UnavailableApiReporter(Context!, absent, IsUserCode, main, log).Report();
            new CapabilityReporter(Context!, absent, IsUserCode, main, log).Report(options.Capabilities);
        }

        WriteReports(absent);
        if (!log.HasErrors)
            SweepAndWrite(main, new BodyRewriter(Context!, bound));
        _reasons.GetAwaiter().GetResult();
    }

    private void Answer(AbsentEntryPoints absent)
    {
        if (options.Command == "map")
            new SurfaceMap(Context!, absent).WriteText(Console.Out);
        else
            WhyReport.Write(Graph!, _paths!, options.Member!, Console.Out);
    }

    private void WriteReports(AbsentEntryPoints absent)
    {
        if (options.ReportDirectory is { } directory)
        {
            Enter("writing reports");
            Directory.CreateDirectory(directory);
            using (FileStream reachable = File.Create(Path.Combine(directory, "os-surface-reachable.tsv")))
                new SurfaceMap(Context!, absent).WriteReachable(reachable);
            _reasons = ReasonsWriter.WriteAsync(Path.Combine(directory, ReasonsWriter.FileName), _paths!, node => Context!.AssemblyOf(node)?.Name.Name);
            using FileStream sarif = File.Create(Path.Combine(directory, "linker.sarif"));
            SarifLog.Write(sarif, "Unikernel.Linker", [.. log.Sorted().Select(m => m.ToSarif())]);
        }

        if (options.Dgml is { } dgml)
        {
            using FileStream stream = File.Create(dgml);
            _dgml!.Write(stream, Graph!.Marked);
        }
    }

    public void Dispose() => _store.Dispose();

    private void WriteSurface()
    {
        Stage = "computing the surface";
        if (options.Surface is null || (options.Output.Length == 0 && options.Explain is null))
            throw new UsageException("surface needs --surface, and --output or --explain");
        IReadOnlyList<string> providers = [.. options.Providers, .. options.LibraryOS];
        foreach (string path in providers.Concat(options.References))
            _store.Add(path);
        if (options.Explain is { } text)
            SurfaceCommand.Explain(_store, providers, options.Surface, text, Console.Out);
        else
            SurfaceCommand.Run(_store, providers, options.Surface, options.Output);
    }

    private AssemblyDefinition ReadInputs()
    {
        Enter("reading " + options.Input);
        if (options.Input.Length == 0)
            throw new UsageException("--input is missing");
        _store.Add(options.Input);
        foreach (string provider in options.Providers.Concat(options.LibraryOS))
            _store.Add(provider);
        foreach (string reference in options.References)
            _store.Add(reference);

        AssemblyDefinition main = _store.TryGet(Path.GetFileNameWithoutExtension(options.Input))!;
        MethodDefinition? entryPoint = null;
        Guard(() => entryPoint = main.EntryPoint, () => options.Input, () => main);
        return entryPoint is null ? throw new LinkerException(LinkingRules.NoEntryPoint, options.Input) : main;
    }

    // In the order of precedence: the program, what it names, its packages and projects, the library OS.
    private List<AssemblyDefinition> ProviderAssemblies(AssemblyDefinition main)
    {
        List<AssemblyDefinition> assemblies = [main];
        foreach (string path in options.Providers.Concat(options.References.Where(BindingAttributes.AreIn)).Concat(options.LibraryOS))
        {
            if (_store.TryGet(Path.GetFileNameWithoutExtension(path)) is { } assembly && !assemblies.Contains(assembly))
                assemblies.Add(assembly);
        }

        return assemblies;
    }

    private void Bind(AssemblyDefinition main, BoundBodies bound)
    {
        Instantiations services = FindGenericServices(main);
        _store.LoadAll();
        var writer = CreateWriter();
        var changed = new HashSet<AssemblyDefinition>();
        foreach (AssemblyDefinition assembly in _store.Loaded)
        {
            Enter("binding " + assembly.Name.Name);
            Guard(() => _ = bound.RewriteAll(assembly) && changed.Add(assembly), () => assembly.Name.Name, () => assembly);
        }

        if (log.HasErrors)
            return;
        if (new InstantiationWriter(_store).Write(main, services))
            changed.Add(main);
        WriteList(main, [.. _store.Loaded.Select(assembly => (assembly, changed.Contains(assembly) ? writer.Write(assembly) : _store.PathOf(assembly)))]);
    }

    private void Mark(AssemblyDefinition main, ProviderTable providers, ReplacementTable replacements)
    {
        Enter("marking");
        var features = new FeatureSettings(options.Features);
        var substitutions = new Substitutions(_store, features, new SubstitutionReader(_store, features, log));
        options.Substitutions.ForEach(substitutions.ReadFile);
        var descriptors = new Descriptors(_store, features, log);
        var missing = new MissingReferences(_store, log, IsUserCode);
        Context = new LinkContext(_store, providers, replacements, substitutions, descriptors, missing, new RemovedAttributes(features));
        _dgml = options.Dgml is null ? null : new DgmlWriter();
        _paths = options.Command == "why" || options.ReportDirectory is not null ? new ShortestPaths() : null;
        Graph = new DependencyAnalyzer([.. new IGraphRecorder?[] { _dgml, _paths }.OfType<IGraphRecorder>()]);
        Graph.Settled += () => Context.GenericFlow.Propagate(Graph, Context.Nodes);

        Graph.AddRoot(Context.Nodes.Body(main.EntryPoint), "entry point");
        Graph.AddRoot(new RootNode("the program", needs => CollectProgram(needs, main)), "entry point");
        if (options.RuntimeRoots)
            Graph.AddRoot(RuntimeRoots.ForRuntime(Context), "runtime");
        Guard(() => Graph.Run(Context), () => Graph.Current?.Name ?? options.Input, () => Graph.Current is { } node ? Context.AssemblyOf(node) : main);
    }

    // Cecil reads tables and signatures when they are first asked for, so a damaged assembly can show at any point: by what its reader
    // throws, or by what it hands out (no constructor, no type) and our code then trips over. Only for the framework, whose assemblies
    // every run reads, is the latter a defect of ours.
    private void Guard(Action action, Func<string> where, Func<AssemblyDefinition?> whose)
    {
        try
        {
            action();
        }
        catch (Exception e) when (InputImage.IsMalformed(e) && (!IsThrownByUs(e) || whose() is not { } assembly || IsUserCode(assembly)))
        {
            throw new LinkerException(LinkingRules.UnreadableCode, where(), e.Message.TrimEnd('.'));
        }
    }

    private static bool IsThrownByUs(Exception e) =>
        new StackTrace(e).GetFrame(0) is { } frame && DiagnosticMethodInfo.Create(frame)?.DeclaringAssemblyName == typeof(LinkSession).Assembly.FullName;

    private void CollectProgram(DependencyCollector needs, AssemblyDefinition main)
    {
        needs.Add(needs.Nodes.Assembly(main), "main assembly");
        foreach (TypeDefinition type in main.MainModule.GetTypes())
            RuntimeRoots.CollectExports(needs, type);
        foreach (string descriptor in options.Descriptors)
            needs.Context.Descriptors.CollectFile(needs, descriptor);
        IEnumerable<string> named = options.RuntimeDirectives.SelectMany(RuntimeDirectives.AssembliesIn);
        foreach (string name in options.RootAssemblies.Concat(named))
        {
            if (_store.TryGet(name) is not { } assembly)
                throw new LinkerException(LinkingRules.InputMissing, name + ".dll");
            foreach (TypeDefinition type in assembly.MainModule.GetTypes())
                needs.Add(needs.Nodes.DynamicAccess(type, MemberKinds.All), "root assembly");
        }
    }

    private void SweepAndWrite(AssemblyDefinition main, BodyRewriter bodies)
    {
        NodeFactory nodes = Context!.Nodes;
        List<AssemblyDefinition> marked = [.. _store.Loaded.Where(a => nodes.IsMarked(a) && options.OnlyAssemblies?.Contains(a.Name.Name) != false)];
        // Facades hold nothing but forwarders through which kept references resolve: they go along as they are.
        List<AssemblyDefinition> facades = [.. _store.Loaded.Where(a => !nodes.IsMarked(a) && a.MainModule.HasExportedTypes)];
        var kept = new HashSet<string>(marked.Concat(facades).Select(a => a.Name.Name), StringComparer.OrdinalIgnoreCase);
        Instantiations services = FindGenericServices(main);
        var sweeper = new Sweeper(Context, bodies, kept);
        foreach (AssemblyDefinition assembly in marked)
        {
            Enter("sweeping " + assembly.Name.Name);
            Guard(() => sweeper.Sweep(assembly), () => assembly.Name.Name, () => assembly);
        }

        if (log.HasErrors)
            return;
        new InstantiationWriter(_store).Write(main, services);
        Enter("naming what ILC would confuse");
        // The framework's names are those that C# lets it have.
        List<AssemblyDefinition> foreign = [.. marked.Where(IsUserCode)];
        Guard(() => new FieldNames(_store.Resolver).MakeDistinct(foreign), () => options.Input, () => main);
        Guard(() => SymbolNames.MakeDistinct(foreign), () => options.Input, () => main);
        AssemblyWriter writer = CreateWriter();
        var paths = new List<(AssemblyDefinition, string)>();
        foreach (AssemblyDefinition assembly in marked)
        {
            Enter("writing " + assembly.Name.Name);
            paths.Add((assembly, writer.Write(assembly)));
        }

        paths.AddRange(facades.Select(f => (f, _store.PathOf(f))));
        WriteList(main, paths);
        Enter("done");
    }

    // Before bodies change.
    private Instantiations FindGenericServices(AssemblyDefinition main)
    {
        Enter("looking for generic services");
        Instantiations services = new([], []);
        Guard(() => services = Context!.GenericServices.Find(), () => options.Input, () => main);
        return services;
    }

    // The program, its projects and third-party packages: what is neither .NET's own nor the library OS.
    private bool IsUserCode(AssemblyDefinition assembly)
    {
        if (options.UserAssemblies.Count != 0)
            return options.UserAssemblies.Contains(assembly.Name.Name);
        if (!_isUserCode.TryGetValue(assembly, out bool result))
        {
            string path = _store.PathOf(assembly);
            bool provider = options.LibraryOS.Any(p => Path.GetFileNameWithoutExtension(p) == assembly.Name.Name);
            bool framework = s_frameworkTokens.Contains(Convert.ToHexStringLower(assembly.Name.PublicKeyToken ?? []));
            _isUserCode.Add(assembly, result = path == options.Input || (!provider && !framework));
        }

        return result;
    }

    private AssemblyWriter CreateWriter()
    {
        if (options.Output.Length == 0)
            throw new UsageException("--output is missing");
        Directory.CreateDirectory(options.Output);
        return new AssemblyWriter(_store, options.Output);
    }

    private void WriteList(AssemblyDefinition main, List<(AssemblyDefinition Assembly, string Path)> paths)
    {
        IEnumerable<string> lines = paths
            .OrderBy(p => p.Assembly != main)
            .ThenBy(p => p.Assembly.Name.Name, StringComparer.Ordinal)
            .Select(p => Path.GetFullPath(p.Path));
        File.WriteAllLines(Path.Combine(options.Output, "assemblies.txt"), lines);
    }

    private void Enter(string stage)
    {
        Stage = stage;
        if (options.Verbose)
            Console.Error.WriteLine($"{_clock.ElapsedMilliseconds,6} ms, {Environment.CpuUsage.TotalTime.TotalMilliseconds,6:F0} ms of processor time, {GC.GetTotalAllocatedBytes() >> 20,4} MB  {stage}");
    }
}
