using System.Diagnostics;
using System.Runtime.CompilerServices;
using Xunit;
using Xunit.Abstractions;

namespace Unikernel.Core.Tests;

/// <summary>
/// Each file of <c>native/</c> is a program that tests one part of the core on the host. Its first line names the sources of
/// <c>runtime-shim/core</c> that it is compiled with: <c>// sources: boot/command_line_split.c</c>.
/// </summary>
public class NativeTests(ITestOutputHelper output)
{
    private static readonly string s_folder = Path.Combine(Path.GetDirectoryName(ThisFile())!, "native");
    private static readonly string s_core = Path.GetFullPath(Path.Combine(s_folder, "../../../runtime-shim/core"));

    public static TheoryData<string> Programs =>
        [.. Directory.EnumerateFiles(s_folder, "*.c").Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Programs))]
    public void Passes(string program)
    {
        string source = Path.Combine(s_folder, program);
        string folder = Directory.CreateTempSubdirectory("core-tests").FullName;
        try
        {
            string executable = Path.Combine(folder, "test");
            (int compiled, string messages) = Run(Compiler, [
                "-std=gnu17", "-Wall", "-Wextra", "-Werror", "-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all",
                "-I" + Path.Combine(s_core, "include"), "-I" + s_core, "-I" + s_folder, source, .. Sources(source), "-o", executable]);
            Assert.True(compiled == 0, messages);

            (int result, string text) = Run(executable, []);
            output.WriteLine(text);
            Assert.True(result == 0, text);
            Assert.DoesNotContain("FAIL", text);
            Assert.Contains("PASS", text); // a program that tests nothing is a mistake
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Compiler => Environment.GetEnvironmentVariable("CLANG") ?? "clang-14";

    private static IEnumerable<string> Sources(string program)
    {
        const string prefix = "// sources:";
        string first = File.ReadLines(program).First();
        Assert.StartsWith(prefix, first, StringComparison.Ordinal);
        return first[prefix.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(name => Path.Combine(s_core, name));
    }

    private static (int ExitCode, string Output) Run(string file, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(file, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, text + errors.Result);
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
