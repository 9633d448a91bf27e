using System.Reflection;
using Xunit;

[assembly: CollectionBehavior(DisableTestParallelization = true)] // the library OS has one console, one table, one clock

namespace Unikernel.LibraryOS.Tests;

internal static class TestSupport
{
    public static string RepositoryRoot { get; } = Metadata("RepositoryRoot");

    public static string FrameworkPack { get; } = Metadata("FrameworkPack");

    public static string SurfaceData => Path.Combine(RepositoryRoot, "runtime-shim/Unikernel.LibraryOS/surface/os-surface.json");

    private static string Metadata(string key) =>
        typeof(TestSupport).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == key).Value!;
}
