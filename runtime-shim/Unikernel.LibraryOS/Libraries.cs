namespace Unikernel.LibraryOS;

/// <summary>The native libraries whose entry points this assembly provides, as the framework's P/Invokes name them.</summary>
internal static class Libraries
{
    /// <summary>The portability layer below the base class library (dotnet/runtime, src/native/libs/System.Native).</summary>
    public const string SystemNative = "libSystem.Native";
}
