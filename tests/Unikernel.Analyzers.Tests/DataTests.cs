using System.Reflection;
using Xunit;

namespace Unikernel.Analyzers.Tests;

/// <summary>The data that ships: well formed, true where it is checked, and free on the miss path.</summary>
public class DataTests
{
    [Theory]
    [InlineData("System.Diagnostics.Process", "M:Start(System.String)", "processes")]
    [InlineData("System.IO.FileSystemWatcher", "P:EnableRaisingEvents", "watchers")]
    [InlineData("System.IO.File", "M:ReadAllText(System.String)", "files")]
    [InlineData("System.Console", "M:WriteLine(System.String)", "console")]
    [InlineData("System.Net.Sockets.Socket", "M:#ctor(System.Net.Sockets.SocketType,System.Net.Sockets.ProtocolType)", "network")]
    [InlineData("System.Runtime.InteropServices.NativeLibrary", "M:Load(System.String)", "libraries")]
    public void AnApiNeedsWhatItNeeds(string type, string member, string need)
    {
        Microsoft.CodeAnalysis.CSharp.CSharpCompilation compilation = Microsoft.CodeAnalysis.CSharp.CSharpCompilation.Create("c", references: Verify.Framework);
        TypeNeeds? needs = ApiNeeds.Shipped.Of(compilation.GetTypeByMetadataName(type)!);
        Assert.NotNull(needs);
        Assert.Contains(needs.Members[member], candidate => candidate.Name == need);
    }

    [Theory]
    [InlineData("System.Math")]
    [InlineData("System.Collections.Generic.List`1")]
    [InlineData("System.Text.StringBuilder")]
    [InlineData("System.Guid+None")]
    public void AHarmlessTypeIsNotListed(string type) => Assert.DoesNotContain(type, ApiNeeds.Shipped.TypeNames);

    /// <summary>
    /// No miss: every public member that the data calls absent is one that the rule reports. The rule reads the same table, so what
    /// can go missing is the way from a symbol to its row: it is walked here for every row of the file.
    /// </summary>
    [Fact]
    public void EveryAbsentApiIsFoundFromItsSymbol()
    {
        Microsoft.CodeAnalysis.CSharp.CSharpCompilation compilation = Microsoft.CodeAnalysis.CSharp.CSharpCompilation.Create("c", references: Verify.Framework);
        int rows = 0;
        List<string> lost = [];
        foreach (string name in ApiNeeds.Shipped.TypeNames)
        {
            if (compilation.GetTypesByMetadataName(name).FirstOrDefault(type => type.DeclaredAccessibility is Microsoft.CodeAnalysis.Accessibility.Public or Microsoft.CodeAnalysis.Accessibility.Protected) is not { } type
                || ApiNeeds.Shipped.Of(type) is not { } needs)
            {
                lost.Add(name);
                continue;
            }

            HashSet<string> keys = [.. type.GetMembers().Select(TypeNeeds.Key).OfType<string>()];
            foreach (KeyValuePair<string, Need[]> row in needs.Members)
            {
                rows++;
                if (!keys.Contains(row.Key))
                {
                    lost.Add(name + "." + row.Key);
                }
            }
        }

        Assert.True(rows > 1000, $"only {rows} rows");
        Assert.Empty(lost);
    }

    [Theory]
    [InlineData("")]
    [InlineData("unikernel-api-needs 2 10.0.0")]
    [InlineData("unikernel-api-needs 1 10.0.0\nneed x")]
    [InlineData("unikernel-api-needs 1 10.0.0\n\tx\tM:A")]
    [InlineData("unikernel-api-needs 1 10.0.0\nT\n\tx\tM:A")]
    [InlineData("unikernel-api-needs 1 10.0.0\nT\n\tx")]
    public void AnotherFormatIsAnError(string text) => Assert.Throws<FormatException>(() => ApiNeeds.Parse(new StringReader(text)));

    /// <summary>Of a type that is not listed, and of members that need nothing of a type that is.</summary>
    [Theory]
    [InlineData("System.Text.StringBuilder", "Append")]
    [InlineData("System.Environment", "NewLine")]
    [InlineData("System.Net.Sockets.Socket", "IsBound")]
    public void AMissAllocatesNothing(string typeName, string memberName)
    {
        Microsoft.CodeAnalysis.INamedTypeSymbol type = Microsoft.CodeAnalysis.CSharp.CSharpCompilation.Create("c", references: Verify.Framework).GetTypeByMetadataName(typeName)!;
        Microsoft.CodeAnalysis.ISymbol member = type.GetMembers(memberName)[0];
        ApiNeeds all = ApiNeeds.Shipped;
        TypeNeeds? needs = all.Of(type);
        Assert.Null(needs?.Of(member));
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
        {
            if (needs is null)
            {
                all.Of(type);
            }
            else
            {
                needs.Of(member);
            }
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
