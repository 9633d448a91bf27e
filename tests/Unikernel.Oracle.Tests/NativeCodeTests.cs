namespace Unikernel.Oracle.Tests;

/// <summary>docs/native-code.md, end to end: P/Invokes that a referenced assembly answers in C#, and those that a static library answers.</summary>
public sealed class NativeCodeTests : IDisposable
{
    private readonly TestProject _project = new();

    public void Dispose() => _project.Dispose();

    [Fact]
    public void CSharpAndAStaticLibraryAnswer()
    {
        _project.Write("native/answer.c", """
            static int calls;
            int answer(int question) { return question * 2 + ++calls; }
            int checksum(const unsigned char *bytes, int length) { int sum = 0; for (int i = 0; i < length; i++) sum += bytes[i]; return sum; }
            """);
        Command.Run(_project["native"], "clang-14", "--target=x86_64-linux-gnu", "-O2", "-c", "answer.c").Succeeded();
        Command.Run(_project["native"], "ar", "rcs", "libanswer.a", "answer.o").Succeeded();
        Command.Run(_project["native"], "ar", "rcs", "libsums.a", "answer.o").Succeeded();
        _project.Write("DeepThought/DeepThought.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
                <AllowUnsafeBlocks>true</AllowUnsafeBlocks>
              </PropertyGroup>
              <ItemGroup><PackageReference Include="Unikernel.Binding" Version="{Repository.Version}" /></ItemGroup>
            </Project>
            """)
            .Write("DeepThought/DeepThought.cs", """
                using Unikernel.Binding;
                public static unsafe class DeepThought
                {
                    [ProvidesEntryPoint("deepthought", "think")]
                    public static int Think(int* years, byte* what, int length) { *years = 7_500_000; return length > 0 ? what[0] : -1; }
                }
                """)
            .WriteProject("App", """
                using System.Runtime.InteropServices;
                int years = 0;
                Console.WriteLine(Native.Think(ref years, [42], 1) + " after " + years);
                Console.WriteLine(Native.answer(20) + " " + Native.answer(20) + " " + Native.checksum([1, 2, 3], 3));
                try { Native.Nobody(); } catch (DllNotFoundException e) { Console.WriteLine(e.Message); }
                static partial class Native
                {
                    [LibraryImport("libdeepthought.so", EntryPoint = "think")] public static partial int Think(ref int years, byte[] what, int length);
                    [LibraryImport("answer")] public static partial int answer(int question);
                    [LibraryImport("sums")] public static partial int checksum(byte[] bytes, int length);
                    [LibraryImport("nobody", EntryPoint = "nobody")] public static partial void Nobody();
                }
                """,
                "<AllowUnsafeBlocks>true</AllowUnsafeBlocks><EnableDefaultCompileItems>false</EnableDefaultCompileItems>",
                """
                <Compile Include="Program.cs" />
                <ProjectReference Include="DeepThought/DeepThought.csproj" />
                <UnikernelNativeLibrary Include="native/libanswer.a" />
                <UnikernelNativeLibrary Include="native/libsums.a" EntryPoints="sums!checksum" />
                """);
        Outcome published = _project.Publish().Succeeded();
        Assert.Contains("UKN1012", published.Output, StringComparison.Ordinal);
        Outcome run = Machine.Boot(_project.Published("App.elf"));
        Assert.Equal("42 after 7500000\n41 42 6\nnobody of the native library 'nobody' is not available on a unikernel. See ", run.Output[..run.Output.IndexOf("http", StringComparison.Ordinal)]);
        Assert.Equal(0, run.ExitCode);
    }
}
