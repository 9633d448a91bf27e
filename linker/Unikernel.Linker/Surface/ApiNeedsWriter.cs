using Mono.Cecil;

namespace Unikernel.Linker.Surface;

/// <summary>
/// Writes what each public member needs in the form that the analyzers read (linker/docs/formats.md): declarations of the needs,
/// then per type its name and a line per member that needs something. Sorted, so that two runs and two versions can be compared.
/// </summary>
public static class ApiNeedsWriter
{
    // Nearly everything in a runtime allocates or may wait; to say so of every member would tell nobody anything.
    private static readonly Needs s_untold = NeedVocabulary.Parse("memory,threads,globalization");

    public static void Write(TextWriter writer, CallGraph graph, IEnumerable<TypeDefinition> types, string framework)
    {
        writer.WriteLine($"unikernel-api-needs 1 {framework}");
        foreach (NeedVocabulary.Entry need in NeedVocabulary.All)
        {
            if ((NeedVocabulary.Parse(need.Word) & s_untold).IsEmpty)
                writer.WriteLine($"need {need.Word} {need.Class.ToString().ToLowerInvariant()} {need.Reason}");
        }

        var lines = new SortedDictionary<string, SortedDictionary<string, Needs>>(StringComparer.Ordinal);
        foreach (TypeDefinition type in types)
        {
            SortedDictionary<string, Needs> members = Members(graph, type);
            if (members.Count > 0)
                lines[type.FullName.Replace('/', '+')] = members;
        }

        foreach ((string type, SortedDictionary<string, Needs> members) in lines)
        {
            writer.WriteLine(type);
            foreach ((string member, Needs needs) in members)
                writer.WriteLine($"\t{string.Join(',', NeedVocabulary.Entries(needs).Select(e => e.Word).Order(StringComparer.Ordinal))}\t{member}");
        }
    }

    /// <summary>What a member needs that is worth telling.</summary>
    public static Needs Of(CallGraph graph, MethodDefinition? method)
    {
        if (method is null || !(method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly))
            return Needs.None;
        CallGraph.Node node = graph.NodeOf(method);
        Needs needs = method.IsAbstract ? NeedPropagation.OfSlot(node) : node.Total;
        return new Needs(needs.Bits & ~s_untold.Bits);
    }

    private static SortedDictionary<string, Needs> Members(CallGraph graph, TypeDefinition type)
    {
        var members = new SortedDictionary<string, Needs>(StringComparer.Ordinal);
        Needs initializer = Needs.None;
        foreach (MethodDefinition method in type.Methods)
        {
            if (method.IsConstructor && method.IsStatic)
                initializer = new Needs(graph.NodeOf(method).Total.Bits & ~s_untold.Bits);
        }

        foreach (MethodDefinition method in type.Methods)
        {
            if (method.IsSpecialName && !method.IsConstructor && !method.Name.StartsWith("op_", StringComparison.Ordinal))
                continue; // accessors: told of the property or event
            if (method.IsConstructor && method.IsStatic)
                continue;
            Needs needs = Of(graph, method);
            if (method.IsStatic || method.IsConstructor)
                needs |= method.IsPublic ? initializer : Needs.None;
            Add(DocumentationId.Of(method), needs);
        }

        foreach (PropertyDefinition property in type.Properties)
            Add(DocumentationId.Of(property), Of(graph, property.GetMethod) | Of(graph, property.SetMethod));
        foreach (EventDefinition @event in type.Events)
            Add(DocumentationId.Of(@event), Of(graph, @event.AddMethod) | Of(graph, @event.RemoveMethod));
        return members;

        void Add(string id, Needs needs)
        {
            if (!needs.IsEmpty)
                members[id] = needs;
        }
    }
}
