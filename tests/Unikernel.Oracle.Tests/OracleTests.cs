using System.Text.RegularExpressions;
using Xunit.Abstractions;

namespace Unikernel.Oracle.Tests;

/// <summary>
/// The oracle: a program is published twice with the same bindings, once from the swept assemblies and once from all of them. Every
/// method and type that ILC compiles from the second exists, with its code, in the first; and both images print the same.
/// </summary>
/// <remarks>
/// Each program takes two publishes and two boots, so a few run by default and all with UNIKERNEL_ORACLE=full. The figures go to the
/// test's output, and to the file that UNIKERNEL_ORACLE_FIGURES names.
/// </remarks>
public sealed class OracleTests(ITestOutputHelper output)
{
    private static readonly string[] s_always = ["Hello", "Network", "Reflection"];

    private static readonly object s_figures = new();

    public static TheoryData<string> Programs() =>
        new(PublishedProgram.All.Where(name => Environment.GetEnvironmentVariable("UNIKERNEL_ORACLE") == "full" || s_always.Contains(name)));

    [Theory]
    [MemberData(nameof(Programs))]
    public void NothingIsLostAndBothImagesBehaveTheSame(string name)
    {
        using TestProject project = PublishedProgram.Write(name);
        PublishedProgram swept = PublishedProgram.Publish(project, "swept");
        PublishedProgram whole = PublishedProgram.Publish(project, "whole", "-p:UnikernelLinkMode=bind", "-p:UnikernelUnprovided=stub");

        string[] lost = [.. whole.Code.MissingIn(swept.Assemblies, whole.Assemblies)];
        // Bodies that became smaller are inlined where they were called before; nothing else may keep ILC from compiling a method.
        string[] notCompiled = [.. whole.Code.Definitions.Except(swept.Code.Definitions).Order(StringComparer.Ordinal)];
        int kept = CompiledCode.MethodsIn(swept.Assemblies);
        Note($"{name}\t{whole.Code.Methods.Count}\t{swept.Code.Methods.Count}\t{lost.Length}\t{notCompiled.Length}\t{swept.Code.Definitions.Count}\t{kept}");

        Assert.True(lost.Length == 0, string.Join('\n', lost));
        Assert.True(notCompiled.Length <= 10 + (whole.Code.Definitions.Count / 500), string.Join('\n', notCompiled));
        // Nor does the linker make the image grow: type-level precision costs a little, where ILC follows instantiations.
        Assert.True(swept.Code.Methods.Count <= (whole.Code.Methods.Count * 1.02) + 20, $"{whole.Code.Methods.Count} methods before, {swept.Code.Methods.Count} after");

        Outcome expected = Machine.Boot(whole.Image);
        output.WriteLine(expected.Output);
        Outcome actual = Machine.Boot(swept.Image);
        Assert.NotEmpty(expected.Output);
        Assert.Equal(WithoutAddresses(expected.Output), WithoutAddresses(actual.Output));
        Assert.Equal(expected.ExitCode, actual.ExitCode);
    }

    // A stack trace has the offset (as NativeAOT writes it: + 0x1f) of each frame in the image.
    private static string WithoutAddresses(string output) => Regex.Replace(output, @"\+ ?0x[0-9a-f]+", "");

    private void Note(string line)
    {
        output.WriteLine(line);
        if (Environment.GetEnvironmentVariable("UNIKERNEL_ORACLE_FIGURES") is not { Length: > 0 } file)
            return;
        lock (s_figures)
            File.AppendAllText(file, line + "\n");
    }
}
