extern alias objectFile;
using System.Text.Json;
using objectFile::Unikernel.Object;
using objectFile::Unikernel.Object.Surface;

namespace Unikernel.Build.Tests;

/// <summary>The operating system surface of an image is what its object file calls, whatever the linker thought that it could.</summary>
public sealed class SurfaceMapTests : IDisposable
{
    // As ILC writes it: calls within the section are resolved, those of other files' functions have relocations.
    private const string Source = """
        .section __managedcode, "ax", @progbits
        .globl __managed__Main, App_Program__Main, Libos__Write, Libos__Write_0, Libos__Close, App_Stub__Absent
        .type __managed__Main, @function
        __managed__Main: call .Lmain
            ret
        .size __managed__Main, . - __managed__Main
        .type App_Program__Main, @function
        App_Program__Main: .Lmain: call .Lwrite
            call .Lstub
            ret
        .size App_Program__Main, . - App_Program__Main
        .type Libos__Write, @function
        Libos__Write: call uk_console_write
            ret
        .size Libos__Write, . - Libos__Write
        .type Libos__Write_0, @function
        Libos__Write_0: .Lwrite: jmp uk_console_write
        .size Libos__Write_0, . - Libos__Write_0
        .type Libos__Close, @function
        Libos__Close: ret
        .size Libos__Close, . - Libos__Close
        .type App_Callback, @function
        App_Callback: lea .Lclose(%rip), %rax
            ret
        .size App_Callback, . - App_Callback
        .set .Lclose, Libos__Close
        .type App_Stub__Absent, @function
        App_Stub__Absent: .Lstub: ret
        .size App_Stub__Absent, . - App_Stub__Absent
        """;

    private readonly TestProject _project = new();

    public void Dispose() => _project.Dispose();

    private JsonElement[] Map(params string[] reachable)
    {
        _project.Write("code.s", Source);
        Command.Run(_project.Folder, "clang-14", "--target=x86_64-linux-gnu", "-c", "code.s", "-o", "code.o").Succeeded();
        using JsonDocument map = JsonDocument.Parse(SurfaceMap.Write(new ElfObject(File.ReadAllBytes(_project["code.o"])), reachable));
        Assert.Equal(2, map.RootElement.GetProperty("version").GetInt32());
        return [.. map.RootElement.GetProperty("entryPoints").EnumerateArray().Select(e => e.Clone())];
    }

    private static string[] Names(JsonElement entry, string property) => [.. entry.GetProperty(property).EnumerateArray().Select(e => e.GetString()!)];

    [Fact]
    public void WhatTheImageDoesNotHaveIsNotInTheMap()
    {
        JsonElement[] map = Map("provided\tSystem.Native\tSystemNative_Open\tint Libos::Open()\tLibos__Open", "native\tunikernel\tuk_files\t\tuk_files", "absent\tSystem.Native\tSystemNative_Kill\t\tApp_Stub__Gone");
        Assert.Empty(map);
    }

    [Fact]
    public void TheChainIsThatOfTheImage()
    {
        JsonElement write = Assert.Single(Map("provided\tSystem.Native\tSystemNative_Write\tint Libos::Write(int)\tLibos__Write"));
        Assert.Equal("SystemNative_Write", write.GetProperty("entryPoint").GetString());
        Assert.Equal("int Libos::Write(int)", write.GetProperty("provider").GetString());
        Assert.Equal(["App_Program__Main"], Names(write, "callers"));
        Assert.Equal(["__managed__Main", "App_Program__Main", "Libos__Write_0"], Names(write, "chain")); // the overload that is called
    }

    [Fact]
    public void NativeAndAbsentEntryPoints()
    {
        JsonElement[] map = Map("native\tunikernel\tuk_console_write\t\tuk_console_write", "absent\tSystem.Native\tSystemNative_Fork\t\tApp_Stub__Other App_Stub__Absent");
        Assert.Equal(["Libos__Write", "Libos__Write_0"], Names(map[0], "callers"));
        Assert.Equal(JsonValueKind.Null, map[0].GetProperty("provider").ValueKind);
        Assert.Equal("absent", map[1].GetProperty("status").GetString());
        Assert.Equal(["__managed__Main", "App_Program__Main", "App_Stub__Absent"], Names(map[1], "chain"));
    }

    [Fact]
    public void WhatIsOnlyCalledByItsAddressBeginsWhereTheAddressIsTaken()
    {
        JsonElement close = Assert.Single(Map("provided\tSystem.Native\tSystemNative_Close\tint Libos::Close()\tLibos__Close"));
        Assert.Equal(["App_Callback", "Libos__Close"], Names(close, "chain"));
    }
}
