using Mono.Cecil;

namespace Unikernel.Linker.Surface;

/// <summary>
/// Framework code through which everything is connected with everything, but only on paper: looking up the text of an exception
/// may open a resource file, a lock may read the clock while it spins. An API that reaches such code is judged as if the code
/// needed what is said here and reached nothing further.
/// </summary>
/// <remarks>Every line has its reason; a new one is right only when the path never runs in a unikernel or means nothing to the user.</remarks>
public static class OpaqueMethods
{
    private sealed record Rule(string TypePrefix, string Words, string Reason);

    private static readonly Rule[] s_rules =
    [
        // Messages. The image has its resources in it; satellite assemblies and culture look-ups do not run.
        new("System.SR", "", "texts of exceptions"),
        new("System.Resources.ResourceManager", "", "texts of exceptions"),
        new("System.ThrowHelper", "", "raises exceptions"),
        new("System.Environment::FailFast", "", "the end of the program"),
        new("System.Environment::get_StackTrace", "", "reads the image's own data"),
        new("System.Exception", "", "stack traces of exceptions"),
        new("System.RuntimeExceptionHelpers", "", "the end of the program"),
        new("System.Diagnostics.StackTrace", "", "reads the image's own data"),
        new("System.Diagnostics.Debug", "", "compiled out of release builds"),
        new("System.Diagnostics.Trace", "", "listeners are the program's own"),

        new("System.ConsolePal", "console", "the console is a serial line; what only terminals have is not reached"),
        new("System.TimeZoneInfo::GetLocalTimeZone", "timezones", "zone files are what the image has"),
        new("System.TimeZoneInfo::TryGetTimeZoneFromLocalMachine", "timezones", "zone files are what the image has"),
        new("System.TimeZoneInfo::PopulateAllSystemTimeZones", "timezones", "zone files are what the image has"),
        new("System.DateTimeOffset", "", "a conversion asks for the local zone only for local times"),

        // Culture data. InvariantGlobalization is on, so that none of the ICU paths runs.
        new("System.Globalization.", "", "culture data is invariant"),
        new("System.Text.Normalization", "", "invariant globalization has it in C#"),

        // Event tracing is off in an image.
        new("System.Diagnostics.Tracing.", "", "event tracing is compiled out"),
        new("System.Diagnostics.Activity", "", "tracing without an exporter"),
        new("System.Diagnostics.DiagnosticListener", "", "tracing without an exporter"),
        new("System.Diagnostics.Metrics.", "", "metrics without an exporter"),

        // Branches for https addresses and for servers that ask for Windows authentication: refused where they are taken.
        new("System.Net.Http.ConnectHelper::EstablishSslConnectionAsync", "", "only for https addresses"),
        new("System.Net.Http.AuthenticationHelper", "", "only when a server asks for Kerberos or NTLM"),
        new("System.Net.Http.HttpConnectionPool::ConstructSslOptions", "", "only for https addresses"),
        new("System.Net.Http.HttpConnectionBase::TraceConnection", "", "event tracing is compiled out"),
        new("System.Net.Http.Http3Connection", "", "HTTP/3 is off without a QUIC library"),
        new("System.Net.Quic.QuicConnection", "libraries", "MsQuic is a shared library"),
        new("System.Net.Quic.QuicListener", "libraries", "MsQuic is a shared library"),
        new("System.Net.Http.HttpConnectionPool::TrySendUsingHttp3Async", "", "HTTP/3 is off without a QUIC library"),
        new("System.Net.Http.HttpConnectionPool::CheckForHttp3ConnectionInjection", "", "HTTP/3 is off without a QUIC library"),
        new("System.Net.HttpConnection::.ctor", "network", "TLS only for https addresses"),
        new("System.Net.HttpEndPointListener::LoadCertificateAndKey", "", "only for https addresses"),
        new("System.Net.Mail.SmtpConnection::GetConnectionAsync", "network", "TLS only with EnableSsl"),

        new("System.Net.NetworkInformation.Ping::SendWithPingUtility", "network", "raw sockets are allowed: the user is root"),
        new("System.Net.NetworkInformation.Ping::SendWithPingUtilityAsync", "network", "raw sockets are allowed: the user is root"),
        new("System.Net.NetworkInformation.Ping::GetPingProcessStartInfo", "", "raw sockets are allowed: the user is root"),
        new("System.Net.NetworkInformation.Ping::GetPingProcess", "", "raw sockets are allowed: the user is root"),
        new("System.Security.Cryptography.OidLookup", "", "a table of names; what is not in it has none"),

        // Waiting and starting threads: the runtime's own business.
        new("System.Threading.Monitor", "threads", "locks"),
        new("System.Threading.Lock", "threads", "locks"),
        new("System.Threading.WaitHandle", "threads", "waiting"),
        new("System.Threading.WaitSubsystem", "threads", "waiting"),
        new("System.Threading.LowLevel", "threads", "waiting"),
        new("System.Threading.SpinWait", "threads", "waiting"),
        new("System.Threading.SemaphoreSlim", "threads", "waiting"),
        new("System.Threading.ManualResetEventSlim", "threads", "waiting"),
        new("System.Threading.ReaderWriterLock", "threads", "waiting"),
        new("System.Threading.ThreadPool", "threads", "the thread pool"),
        new("System.Threading.PortableThreadPool", "threads", "the thread pool"),
        new("System.Threading.Thread", "threads", "threads"),
        new("System.Threading.Tasks.Task", "threads", "tasks"),
        new("System.Threading.Tasks.Parallel", "threads", "tasks"),
        new("System.Threading.Timer", "threads", "timers"),
        new("System.Threading.CancellationToken", "threads", "timers and callbacks"),
        new("System.Threading.ExecutionContext", "threads", "tasks"),
        new("System.Threading.SynchronizationContext", "threads", "tasks"),
        new("System.Runtime.CompilerServices.AsyncTaskMethodBuilder", "threads", "tasks"),
        new("System.Runtime.CompilerServices.AsyncMethodBuilderCore", "threads", "tasks"),
        new("System.Runtime.CompilerServices.ClassConstructorRunner", "threads", "type initialisation"),

        // Seeds of hash codes, switches, and the runtime's services.
        new("System.Marvin", "", "the seed of string hash codes"),
        new("System.Collections.Generic.RandomizedStringEqualityComparer", "", "the seed of string hash codes"),
        new("System.HashCode", "", "the seed of hash codes"),
        new("System.Random/XoshiroImpl", "", "the seed of a generator"),
        new("System.AppContext", "", "feature switches are constants of the image"),
        new("System.AppContextConfigHelper", "", "feature switches are constants of the image"),
        new("System.LocalAppContextSwitches", "", "feature switches are constants of the image"),
        new("System.GC", "", "the collector"),
        new("System.Gen2GcCallback", "", "the collector"),
        new("System.AppDomain", "", "events of the program"),
        new("System.Buffers.", "", "pools read the environment for their size"),
        new("System.Reflection.", "", "reads the image's own data"),
        new("Internal.Reflection.", "", "reads the image's own data"),
        new("Internal.Runtime.", "", "reads the image's own data"),
        new("System.RuntimeType", "", "reads the image's own data"),
        new("System.Type", "", "reads the image's own data"),
        new("System.Activator", "", "reads the image's own data"),
        new("System.Enum", "", "reads the image's own data"),
        new("System.Runtime.InteropServices.Marshal::", "", "marshalling"),
        new("System.Runtime.InteropServices.SafeHandle", "", "closes what was opened"),
    ];

    // Members of opaque types that are what they say.
    private static readonly Dictionary<string, string> s_exceptions = new(StringComparer.Ordinal)
    {
        ["System.Reflection.Assembly::LoadFrom"] = "files",
        ["System.Reflection.Assembly::LoadFile"] = "files",
        ["System.Reflection.AssemblyName::GetAssemblyName"] = "memorymaps",
        ["System.Runtime.Loader.AssemblyLoadContext::GetAssemblyName"] = "memorymaps",
        ["System.Security.Cryptography.AesCcm::ThrowIfNotSupported"] = "ciphers",
        ["System.Security.Cryptography.SafeEvpPKeyHandle::.ctor"] = "keys",
        ["System.Security.Cryptography.SafeEvpPKeyHandle::get_OpenSslVersion"] = "keys",
        ["System.Security.Cryptography.X509Certificates.X509Certificate2Collection::ExportPkcs7Pem"] = "certificates",
        ["System.Security.Cryptography.X509Certificates.X509Certificate2Collection::TryExportPkcs7Pem"] = "certificates",
        ["System.Security.Cryptography.X509Certificates.X509Certificate2Collection::ExportPkcs12"] = "certificates",
        ["System.Net.Quic.QuicConnection::get_IsSupported"] = "",
        ["System.Net.Quic.QuicListener::get_IsSupported"] = "",
        ["System.DateTimeOffset::get_Now"] = "clock,timezones",
        ["System.DateTimeOffset::get_UtcNow"] = "clock",
        ["System.DateTimeOffset::get_LocalDateTime"] = "timezones",
        ["System.DateTimeOffset::ToLocalTime"] = "timezones",
    };

    /// <summary>What an opaque method is said to need; null: the method is looked into.</summary>
    public static Needs? Find(MethodDefinition method)
    {
        TypeDefinition outer = method.DeclaringType;
        while (outer.DeclaringType is { } declaring)
            outer = declaring;
        string type = method.DeclaringType.FullName, member = type + "::" + method.Name;
        if (s_exceptions.TryGetValue(member, out string? words))
            return NeedVocabulary.Parse(words);
        foreach (Rule rule in s_rules)
        {
            if (Matches(rule.TypePrefix, outer.FullName, type, member))
                return NeedVocabulary.Parse(rule.Words);
        }

        return IsEventSource(method.DeclaringType) ? Needs.None : null;
    }

    /// <summary>A rule names a namespace (ends with a dot), a member (has colons), or a type or the start of its name.</summary>
    private static bool Matches(string rule, string outerType, string type, string member)
    {
        if (rule.EndsWith('.') || rule.EndsWith("Level", StringComparison.Ordinal))
            return outerType.StartsWith(rule, StringComparison.Ordinal);
        if (rule.Contains("::", StringComparison.Ordinal))
            return rule.EndsWith(':') ? member.StartsWith(rule, StringComparison.Ordinal) : member == rule;
        if (rule.Contains('/', StringComparison.Ordinal))
            return type.StartsWith(rule, StringComparison.Ordinal);
        return outerType.StartsWith(rule, StringComparison.Ordinal) && IsWordEnd(outerType, rule.Length);
    }

    // "System.Threading.Thread" covers ThreadLocal`1 and Thread/StartHelper, but "System.SR" not System.SRandom.
    private static bool IsWordEnd(string name, int length) =>
        name.Length == length || !char.IsLower(name[length]);

    private static bool IsEventSource(TypeDefinition type) =>
        type.BaseType is { } parent && parent.FullName == "System.Diagnostics.Tracing.EventSource";
}
