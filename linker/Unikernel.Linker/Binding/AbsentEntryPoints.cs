using Mono.Cecil;
using Mono.Cecil.Cil;
using Unikernel.Diagnostics;
using Unikernel.Linker.Inputs;
using Unikernel.Linker.Surface;

namespace Unikernel.Linker.Binding;

/// <summary>
/// Entry points that nothing in the image provides. A P/Invoke of one becomes a throw of PlatformNotSupportedException whose message
/// names the entry point and the page that explains it, so the native link has no undefined symbol and the program an answer.
/// </summary>
public sealed class AbsentEntryPoints
{
    private readonly LinkerOptions _options;
    private readonly AssemblyStore _store;
    private readonly ProviderTable _providers;
    private readonly HashSet<string> _nativeLibraries;
    private readonly HashSet<EntryPoint> _nativeExports;
    private readonly HashSet<string> _nativeEntries;
    private readonly List<string> _nativePrefixes;
    private readonly Dictionary<EntryPoint, EntryPointInfo> _surface = [];
    private readonly SortedDictionary<string, SortedSet<string>> _called = new(StringComparer.Ordinal);

    // More names than these say less than the one of the framework's part that needs the entry point.
    private const int MaximumNames = 3;

    public AbsentEntryPoints(LinkerOptions options, AssemblyStore store, ProviderTable providers)
    {
        _options = options;
        _store = store;
        _providers = providers;
        _nativeLibraries = new HashSet<string>(options.NativeLibraries.Where(n => !n.Contains('!', StringComparison.Ordinal)).Select(EntryPoint.Normalize), StringComparer.Ordinal);
        _nativeExports = [.. options.NativeLibraries.Select(n => n.Split('!', 2)).Where(n => n.Length == 2).Select(n => new EntryPoint(EntryPoint.Normalize(n[0]), n[1]))];
        _nativeEntries = new HashSet<string>(options.NativeEntries.Where(n => !n.EndsWith('*')), StringComparer.Ordinal);
        _nativePrefixes = [.. options.NativeEntries.Where(n => n.EndsWith('*')).Select(n => n[..^1])];
        if (options.Surface is { } surface)
        {
            foreach (EntryPointInfo info in EntryPointData.Read(surface).EntryPoints)
                _surface.TryAdd(new EntryPoint(EntryPoint.Normalize(info.Library), info.Name), info);
        }
    }

    /// <summary>What the surface data say of an entry point.</summary>
    public EntryPointInfo? Surface(EntryPoint entry) => _surface.GetValueOrDefault(entry);

    /// <summary>Whether an entry point is one that a need (a word of the surface data) is about.</summary>
    public bool Needs(EntryPoint entry, string need) => Surface(entry) is { } info && info.Need.Split(',').Contains(need, StringComparer.Ordinal);

    /// <summary>Whether calls of an entry point must throw.</summary>
    public bool IsAbsent(EntryPoint entry)
    {
        if (_options.Unprovided == UnprovidedAction.Native || _providers.Find(entry) is not null)
            return false;
        // The data know better than the list of static libraries which functions are really there.
        if (Surface(entry) is { } info)
            return info.Status is not ("core" or "native");
        // Functions of the runtime itself (libRuntime.*.a), declared as P/Invokes of "*" in the core library.
        return entry.Library != "*" && !_nativeLibraries.Contains(entry.Library) && !_nativeExports.Contains(entry) && !_nativeEntries.Contains(entry.Name)
            && !_nativePrefixes.Any(p => entry.Name.StartsWith(p, StringComparison.Ordinal));
    }

    /// <summary>Tells what the program calls of the framework that has a need which no unikernel meets: the exceptions name it.</summary>
    public void AddCalled(string need, string api)
    {
        if (!_called.TryGetValue(need, out SortedSet<string>? names))
            _called.Add(need, names = new SortedSet<string>(StringComparer.Ordinal));
        names.Add(api);
    }

    /// <summary>Turns a P/Invoke into a throw.</summary>
    public void Stub(MethodDefinition method, EntryPoint entry)
    {
        method.PInvokeInfo = null;
        method.IsPInvokeImpl = false;
        method.ImplAttributes = MethodImplAttributes.IL | MethodImplAttributes.Managed | MethodImplAttributes.NoInlining;
        var body = new MethodBody(method);
        ILProcessor il = body.GetILProcessor();
        il.Emit(OpCodes.Ldstr, MessageFor(method, entry));
        il.Emit(OpCodes.Newobj, new ReferenceImporter(method.Module, _store).CoreMethod(ExceptionFor(entry), IsMessageConstructor));
        il.Emit(OpCodes.Throw);
        method.Body = body;
    }

    /// <summary>The constructor that stubs call.</summary>
    public static bool IsMessageConstructor(MethodDefinition method) =>
        method.IsConstructor && !method.IsStatic && method.Parameters is [{ ParameterType.MetadataType: MetadataType.String }];

    /// <summary>A library that cannot be loaded is reported as .NET does everywhere; a missing function of the system is a matter of platform.</summary>
    public static string ExceptionFor(EntryPoint entry) =>
        IsFramework(entry) ? "System.PlatformNotSupportedException" : "System.DllNotFoundException";

    /// <summary>Native libraries that belong to .NET.</summary>
    public static bool IsFramework(EntryPoint entry) => entry.Library.StartsWith("System.", StringComparison.Ordinal);

    private string? ApiOf(EntryPoint entry)
    {
        if (Surface(entry) is not { } info)
            return null;
        string[] called = [.. info.Need.Split(',').SelectMany(need => _called.GetValueOrDefault(need) ?? []).Distinct()];
        return called.Length is > 0 and <= MaximumNames ? string.Join(" or ", called) : info.Api;
    }

    private string MessageFor(MethodDefinition method, EntryPoint entry)
    {
        bool framework = IsFramework(entry);
        Rule rule = framework ? PlatformRules.UnavailableApi : PlatformRules.NativeLibrary;
        string what = framework ? ApiOf(entry) is { } api ? $"{api} ({entry.Name})" : entry.Name : $"{entry.Name} of the native library '{method.PInvokeInfo?.Module?.Name ?? entry.Library}'";

        // The reason costs bytes in the image, for each entry point: it is there where programs get to without meaning to, by a URL.
        string why = Surface(entry) is { Need: "tls", Why: { } reason } ? ": " + reason : "";
        return $"{what} is not available on a unikernel{why}. See {rule.HelpLink}";
    }
}
