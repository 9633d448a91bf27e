using Mono.Cecil;
using Mono.Cecil.Cil;
using Unikernel.Diagnostics;
using Unikernel.Linker.Inputs;
using Unikernel.Linker.Replace;
using Unikernel.Linker.Reporting;
using Xunit;

namespace Unikernel.LibraryOS.Tests;

/// <summary>
/// Each replacement that the library OS ships says why, carries the fingerprint of the code that it was written against, and is checked: a
/// framework in which the target has other code, another shape, or is gone makes the build say so.
/// </summary>
public sealed class ReplacementTests : IDisposable
{
    private const string AttributeName = "Unikernel.Binding.ReplacesAttribute";

    private readonly AssemblyStore _store = new();
    private readonly AssemblyDefinition _libraryOS;

    public ReplacementTests()
    {
        foreach (string folder in (string[])["lib/net10.0", "native"])
        {
            foreach (string file in Directory.EnumerateFiles(TestSupport.FrameworkPack + folder, "*.dll"))
                _store.Add(file);
        }

        // The library OS is compiled into this assembly.
        string path = typeof(DescriptorTable).Assembly.Location;
        _store.Add(path);
        _libraryOS = _store.TryGet(Path.GetFileNameWithoutExtension(path))!;
    }

    public void Dispose() => _store.Dispose();

    private IEnumerable<CustomAttribute> Attributes() => Attributes(ofOurs: false);

    // Those of the framework's code, or those of the library OS's own, which changes together with them.
    private IEnumerable<CustomAttribute> Attributes(bool ofOurs) =>
        _libraryOS.MainModule.GetTypes().SelectMany(t => t.Methods).SelectMany(m => m.CustomAttributes)
            .Where(a => a.AttributeType.FullName == AttributeName && (a.ConstructorArguments[0].Value is "Unikernel.LibraryOS") == ofOurs);

    private (ReplacementTable Table, Message[] Messages) Read()
    {
        var log = new MessageLog(new HashSet<string>(), false);
        return (ReplacementTable.Read([_libraryOS], _store, _ => false, new FeatureSettings(new Dictionary<string, string>()), log), [.. log.Sorted()]);
    }

    [Fact]
    public void Those_of_our_own_code_have_a_target_of_the_same_shape()
    {
        Assert.NotEmpty(Attributes(ofOurs: true));
        foreach (MethodDefinition method in _libraryOS.MainModule.GetTypes().SelectMany(t => t.Methods))
        {
            foreach (CustomAttribute attribute in method.CustomAttributes.Intersect(Attributes(ofOurs: true)))
            {
                MethodDefinition target = Assert.Single(_libraryOS.MainModule.GetType((string)attribute.ConstructorArguments[1].Value).Methods, m => m.Name == (string)attribute.ConstructorArguments[2].Value);
                Assert.Equal(target.ReturnType.FullName, method.ReturnType.FullName);
                Assert.Equal(target.Parameters.Select(p => p.ParameterType.FullName), method.Parameters.Select(p => p.ParameterType.FullName));
            }
        }
    }

    [Fact]
    public void Each_says_why_and_against_which_code_it_was_written()
    {
        foreach (CustomAttribute attribute in Attributes())
        {
            string target = $"{attribute.ConstructorArguments[1].Value}::{attribute.ConstructorArguments[2].Value}";
            Assert.True(attribute.Properties.Any(p => p is { Name: "Why", Argument.Value: string { Length: > 20 } }), target + " does not say why");
            Assert.True(attribute.Properties.Any(p => p is { Name: "Fingerprint", Argument.Value: string { Length: 16 } }), target + " has no fingerprint");
        }
    }

    [Fact]
    public void All_fit_this_version_of_the_framework()
    {
        (ReplacementTable table, Message[] messages) = Read();
        Assert.Empty(messages);
        Assert.Equal(Attributes().Count(), table.All.Count());
        Assert.True(table.All.Count() >= 16);
    }

    [Fact]
    public void A_framework_with_other_code_is_noticed_for_each()
    {
        Replacement[] all = [.. Read().Table.All];
        foreach (Replacement replacement in all)
            replacement.Target.Body.Instructions.Insert(0, Instruction.Create(OpCodes.Nop));
        Expect(all, "its code changed");
    }

    [Fact]
    public void A_framework_in_which_a_target_has_another_shape_is_noticed_for_each()
    {
        Replacement[] all = [.. Read().Table.All];
        foreach (Replacement replacement in all)
            replacement.Target.Parameters.Add(new ParameterDefinition(_store.CoreLibrary.MainModule.TypeSystem.Int32));
        Expect(all, "");
    }

    [Fact]
    public void A_framework_without_a_target_is_noticed_for_each()
    {
        Replacement[] all = [.. Read().Table.All];
        foreach (Replacement replacement in all)
            replacement.Target.Name += "2";
        Expect(all, "");
    }

    private void Expect(Replacement[] all, string problem)
    {
        Message[] messages = Read().Messages;
        Assert.All(messages, message =>
        {
            Assert.Equal(LinkingRules.ReplacementMisfit.Id, message.Rule.Id);
            Assert.Equal(Severity.Error, message.Severity);
            Assert.Contains(problem, message.Text, StringComparison.Ordinal);
        });
        foreach (Replacement replacement in all)
        {
            // One for each target: a method may replace the same code in several assemblies.
            int targets = all.Count(r => r.Method == replacement.Method);
            Assert.Equal(targets, messages.Count(m => m.Text.Contains(replacement.Method.FullName, StringComparison.Ordinal) && m.Text.Contains(replacement.Why, StringComparison.Ordinal)));
        }
    }
}
