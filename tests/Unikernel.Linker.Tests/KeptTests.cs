using System.Text.RegularExpressions;
using Mono.Cecil;
using Unikernel.Linker.Reporting;
using Xunit;

namespace Unikernel.Linker.Tests;

/// <summary>
/// Annotated programs: what carries [Kept] must be in the linked assembly, everything else must be gone, and exactly the messages of
/// [ExpectedMessage] must appear. A case is a stretch of a file in tests/Unikernel.Linker.Cases that begins with <c>// case: Name</c>.
/// </summary>
public sealed partial class KeptTests
{
    private static readonly string s_folder = Path.Combine(AppContext.BaseDirectory, "Cases");

    public static TheoryData<string, string> Cases()
    {
        var data = new TheoryData<string, string>();
        foreach (string file in Directory.EnumerateFiles(s_folder, "*.cs").Order(StringComparer.Ordinal))
        {
            foreach (Match match in CaseHeader().Matches(File.ReadAllText(file)))
                data.Add(Path.GetFileNameWithoutExtension(file), match.Groups[1].Value);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void KeepsWhatIsAnnotated(string file, string name)
    {
        (string source, string[] arguments) = Read(file, name);
        using LinkedProgram program = LinkedProgram.LinkMainOnly([("case.cs", source), ("Expectations.cs", Expectations)], arguments);

        string[] expected = [.. ExpectedMessages().Matches(source).Select(m => m.Groups[1].Value).Order(StringComparer.Ordinal)];
        Assert.Equal(expected, program.Messages.Select(m => m.Rule.Id).Order(StringComparer.Ordinal));
        if (program.Log.HasErrors)
            return;

        using AssemblyDefinition original = AssemblyDefinition.ReadAssembly(program.Input);
        using AssemblyDefinition linked = program.Read();
        HashSet<string> present = [.. Members(linked).Select(Describe)];
        var problems = new List<string>();
        foreach (IMemberDefinition member in Members(original))
        {
            bool? kept = IsExpectedToBeKept(member);
            if (kept is null || kept == present.Contains(Describe(member)))
                continue;
            problems.Add((kept == true ? "lost: " : "not removed: ") + Describe(member));
        }

        Assert.True(problems.Count == 0, string.Join(Environment.NewLine, problems));
    }

    [Fact]
    public void ThereAreEnoughCases() => Assert.True(Cases().Count >= 150, $"{Cases().Count} cases");

    private const string Expectations = """
        using System;
        [AttributeUsage(AttributeTargets.All)] class KeptAttribute : Attribute { }
        /// <summary>Not judged.</summary>
        [AttributeUsage(AttributeTargets.All)] class AnyAttribute : Attribute { }
        """;

    private static (string Source, string[] Arguments) Read(string file, string name)
    {
        string text = File.ReadAllText(Path.Combine(s_folder, file + ".cs"));
        Match start = CaseHeader().Matches(text).Single(m => m.Groups[1].Value == name);
        Match next = CaseHeader().Match(text, start.Index + start.Length);
        string body = text[(start.Index + start.Length)..(next.Success ? next.Index : text.Length)];
        string[] arguments = start.Groups[2].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        const string Usings = "using System; using System.Collections; using System.Collections.Generic; using System.Diagnostics.CodeAnalysis; "
            + "using System.Linq; using System.Reflection; using System.Runtime.CompilerServices; using System.Runtime.InteropServices; using System.Threading.Tasks;\n#line 1\n";
        return (Usings + body, arguments);
    }

    // Null: not judged (compiler-generated members, the implicit constructor, the expectation attributes themselves).
    private static bool? IsExpectedToBeKept(IMemberDefinition member)
    {
        if (member is TypeDefinition { Name: "KeptAttribute" or "AnyAttribute" or "<Module>" } || member.DeclaringType is { Name: "KeptAttribute" or "AnyAttribute" or "<Module>" })
            return null;
        if (member.Name is "Program" or "Main" || Has(member, "AnyAttribute") || IsGenerated(member))
            return null;
        if (member is MethodDefinition { IsConstructor: true } constructor && !Has(member, "KeptAttribute") && constructor.Parameters.Count == 0)
            return null;
        if (member is MethodDefinition { IsGetter: true } or MethodDefinition { IsSetter: true } or MethodDefinition { IsAddOn: true } or MethodDefinition { IsRemoveOn: true })
            return Has(member, "KeptAttribute") ? true : null;
        if (member is FieldDefinition { IsSpecialName: true } or FieldDefinition { DeclaringType.IsEnum: true })
            return null;
        if (member.DeclaringType is { } declaring && declaring.BaseType?.Name == "MulticastDelegate")
            return null;
        return Has(member, "KeptAttribute");
    }

    private static bool IsGenerated(IMemberDefinition member) =>
        member.Name.Contains('<', StringComparison.Ordinal) || (member.DeclaringType is { } declaring && IsGenerated(declaring))
        || Has(member, "CompilerGeneratedAttribute") || (member is TypeDefinition type && (Has(type, "EmbeddedAttribute") || type.Namespace.StartsWith("System", StringComparison.Ordinal) || type.Namespace.StartsWith("Microsoft", StringComparison.Ordinal)))
        || (member.DeclaringType is { } outer && (outer.Namespace.StartsWith("System", StringComparison.Ordinal) || outer.Namespace.StartsWith("Microsoft", StringComparison.Ordinal)));

    private static bool Has(IMemberDefinition member, string attribute) =>
        member.HasCustomAttributes && member.CustomAttributes.Any(a => a.AttributeType.Name == attribute);

    private static IEnumerable<IMemberDefinition> Members(AssemblyDefinition assembly)
    {
        foreach (TypeDefinition type in assembly.MainModule.GetTypes())
        {
            yield return type;
            foreach (IMemberDefinition member in ((IEnumerable<IMemberDefinition>)type.Methods).Concat(type.Fields).Concat(type.Properties).Concat(type.Events))
                yield return member;
        }
    }

    private static string Describe(IMemberDefinition member) => $"{member.GetType().Name} {member.FullName}";

    [GeneratedRegex(@"^// case: (\w+)[ \t]*(.*)$", RegexOptions.Multiline)]
    private static partial Regex CaseHeader();

    [GeneratedRegex(@"^// expect: (UKN\d{4})", RegexOptions.Multiline)]
    private static partial Regex ExpectedMessages();
}
