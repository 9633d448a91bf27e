using Mono.Cecil;
using Unikernel.Linker.Inputs;

namespace Unikernel.Linker.Surface;

/// <summary>
/// <c>surface</c>: from the framework's IL and the facts about entry points, what every public API needs (for the analyzers) and
/// what stands behind every entry point (for the documentation).
/// </summary>
public static class SurfaceCommand
{
    /// <summary>File name of the analyzers' data.</summary>
    public const string ApiNeedsFile = "api-needs.txt";

    /// <summary>File name of the documentation page.</summary>
    public const string DocumentationFile = "os-surface.md";

    /// <summary>Prints for every method whose name contains a text what it needs and the chain of calls behind each need.</summary>
    public static void Explain(AssemblyStore store, IEnumerable<string> providers, string dataPath, string text, TextWriter writer)
    {
        CallGraph graph = Analyze(store, providers, EntryPointData.Read(dataPath));
        foreach (CallGraph.Node node in graph.Nodes)
        {
            MethodDefinition method = node.Method;
            if (!method.FullName.Contains(text, StringComparison.Ordinal))
                continue;
            writer.WriteLine(method.FullName);
            foreach (CallGraph.Node body in node.Implementations)
                writer.WriteLine($"  implemented by {body.Method.FullName}: {string.Join(',', NeedVocabulary.Entries(body.Total).Select(e => e.Word))}");
            foreach (NeedVocabulary.Entry need in NeedVocabulary.Entries(method.IsAbstract ? NeedPropagation.OfSlot(node) : node.Total))
            {
                writer.WriteLine("  " + need.Word);
                foreach (CallGraph.Node step in NeedExplanation.Chain(node, NeedVocabulary.Parse(need.Word)))
                    writer.WriteLine("    " + step.Method.FullName);
            }
        }
    }

    /// <summary>Computes both files from assemblies that are already in the store and writes them to a folder.</summary>
    public static void Run(AssemblyStore store, IEnumerable<string> providers, string dataPath, string output)
    {
        EntryPointData data = EntryPointData.Read(dataPath);
        CallGraph graph = Analyze(store, providers, data);
        Directory.CreateDirectory(output);
        using (StreamWriter writer = Create(Path.Combine(output, ApiNeedsFile)))
            ApiNeedsWriter.Write(writer, graph, PublicTypes(store), data.Framework);
        using (StreamWriter writer = Create(Path.Combine(output, DocumentationFile)))
            SurfaceDocumentation.Write(writer, data);
    }

    /// <summary>The call graph of all assemblies of a store with the needs of every method computed.</summary>
    public static CallGraph Analyze(AssemblyStore store, IEnumerable<string> providers, EntryPointData data)
    {
        store.LoadAll();
        var needs = data.EntryPoints.ToDictionary(e => (e.Library, e.Name), e => NeedVocabulary.Parse(e.Need));
        var graph = new CallGraph(store.Resolver, m => Leaf(m, needs), Replacements(store, providers));
        foreach (AssemblyDefinition assembly in store.Loaded)
            graph.Add(assembly);
        foreach (AssemblyDefinition assembly in store.Loaded)
            VirtualSlots.Connect(graph, assembly, store.Resolver);
        NeedPropagation.Run(graph);
        return graph;
    }

    private static StreamWriter Create(string path) => new(path) { NewLine = "\n" };

    private static Needs? Leaf(MethodDefinition method, Dictionary<(string, string), Needs> needs)
    {
        if (method.IsPInvokeImpl && method.PInvokeInfo is { } import)
            return needs.GetValueOrDefault((import.Module.Name, import.EntryPoint));
        return OpaqueMethods.Find(method);
    }

    private static Dictionary<MethodDefinition, MethodDefinition> Replacements(AssemblyStore store, IEnumerable<string> providers)
    {
        var result = new Dictionary<MethodDefinition, MethodDefinition>();
        foreach (string provider in providers)
        {
            if (store.TryGet(Path.GetFileNameWithoutExtension(provider)) is not { } assembly)
                continue;
            foreach (TypeDefinition type in assembly.MainModule.GetTypes())
            {
                foreach (MethodDefinition method in type.Methods)
                {
                    if (method.HasCustomAttributes && Target(store, method) is { } target)
                        result[target] = method;
                }
            }
        }

        return result;
    }

    private static MethodDefinition? Target(AssemblyStore store, MethodDefinition replacement)
    {
        CustomAttribute? attribute = replacement.CustomAttributes.FirstOrDefault(a => a.AttributeType.FullName == "Unikernel.Binding.ReplacesAttribute");
        if (attribute?.ConstructorArguments is not [{ Value: string assembly }, { Value: string type }, { Value: string name }])
            return null;
        if (attribute.Properties.Any(p => p.Name == "Unless"))
            return null; // Whoever asks for its needs may reach what leaves it its own code.
        return store.TryGet(assembly)?.MainModule.GetType(type)?.Methods.FirstOrDefault(
            m => m.Name == name && m.Parameters.Count + (m.HasThis ? 1 : 0) == replacement.Parameters.Count);
    }

    /// <summary>What users can name: the public types of all assemblies, those of the runtime's own namespaces excepted.</summary>
    internal static IEnumerable<TypeDefinition> PublicTypes(AssemblyStore store) =>
        from assembly in store.Loaded
        from type in assembly.MainModule.GetTypes()
        where IsVisible(type) && !type.FullName.StartsWith("Internal.", StringComparison.Ordinal)
        select type;

    private static bool IsVisible(TypeDefinition type) =>
        type.IsNested
            ? (type.IsNestedPublic || type.IsNestedFamily || type.IsNestedFamilyOrAssembly) && IsVisible(type.DeclaringType)
            : type.IsPublic;
}
