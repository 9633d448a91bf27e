using System.Diagnostics;
using System.Runtime.CompilerServices;
using Unikernel.Binding;

namespace Unikernel.LibraryOS;

/// <summary>
/// Sources of activities in programs in which nobody can listen to them: sockets, HttpClient and ASP.NET Core make them in any case, and would link lists,
/// sorting and the making of activities.
/// </summary>
internal static class ActivityReplacements
{
    private const string Listening = "System.Diagnostics.DiagnosticSource!System.Diagnostics.ActivitySource::AddActivityListener";
    private const string Events = "System.Private.CoreLib!System.Diagnostics.Tracing.EventListener::.ctor";

    [Replaces("System.Diagnostics.DiagnosticSource", "System.Diagnostics.ActivitySource", ".ctor", Fingerprint = "203934a5e7e73c6d", Unless = [Listening, Events],
        Why = "it looks for the listeners of a new source, in programs that add none")]
    public static void Create(ActivitySource source, string name) => Create(source, name, "");

    [Replaces("System.Diagnostics.DiagnosticSource", "System.Diagnostics.ActivitySource", ".ctor", Fingerprint = "1721d3b79d36b755", Unless = [Listening, Events],
        Why = "it looks for the listeners of a new source, in programs that add none")]
    public static void Create(ActivitySource source, string name, string? version)
    {
        Name(source) = name ?? throw new ArgumentNullException(nameof(name));
        Version(source) = version;
    }

    [Replaces("System.Diagnostics.DiagnosticSource", "System.Diagnostics.ActivitySource", ".ctor", Fingerprint = "741ce731f703408c", Unless = [Listening, Events],
        Why = "it looks for the listeners of a new source, in programs that add none")]
    public static void Create(ActivitySource source, string name, string? version, IEnumerable<KeyValuePair<string, object?>>? tags, string? schema)
    {
        Create(source, name, version);
        Schema(source) = schema;
        if (tags is not null)
            Tags(source) = Ordered(tags);
    }

    [Replaces("System.Diagnostics.DiagnosticSource", "System.Diagnostics.ActivitySource", "HasListeners", Fingerprint = "171d5b4d020f357f", Unless = [Listening, Events],
        Why = "no listener is ever added in such a program")]
    public static bool HasListeners(ActivitySource source) => false;

    // By name, as the framework does it.
    private static IReadOnlyList<KeyValuePair<string, object?>> Ordered(IEnumerable<KeyValuePair<string, object?>> tags)
    {
        var list = new List<KeyValuePair<string, object?>>(tags);
        list.Sort((left, right) => string.Compare(left.Key, right.Key, StringComparison.Ordinal));
        return list.AsReadOnly();
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "<Name>k__BackingField")]
    private static extern ref string Name(ActivitySource source);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "<Version>k__BackingField")]
    private static extern ref string? Version(ActivitySource source);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "<TelemetrySchemaUrl>k__BackingField")]
    private static extern ref string? Schema(ActivitySource source);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "<Tags>k__BackingField")]
    private static extern ref IEnumerable<KeyValuePair<string, object?>>? Tags(ActivitySource source);
}
