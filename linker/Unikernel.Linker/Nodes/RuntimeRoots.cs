using Mono.Cecil;
using Unikernel.Linker.Graph;

namespace Unikernel.Linker.Nodes;

/// <summary>
/// What the compiler and the native runtime ask for by name, so that no IL mentions it. Namespaces are kept whole: ILC decides
/// afterwards what of them it compiles, so keeping too much costs nothing in the image.
/// </summary>
/// <remarks>
/// Sources in dotnet/runtime, src/coreclr/tools: WellKnownType and every GetKnownType/GetKnownMethod of ILCompiler.Compiler and
/// Common/TypeSystem/IL; RuntimeExport and UnmanagedCallersOnly methods are imported by libRuntime.WorkstationGC.a by symbol.
/// </remarks>
public static class RuntimeRoots
{
    // Assemblies that are the runtime rather than a library on it: ILC gets them by --initassembly.
    private static readonly string[] s_runtimeAssemblies =
        ["System.Private.StackTraceMetadata", "System.Private.TypeLoader", "System.Private.Reflection.Execution"];

    // Namespaces of the core library that hold helpers for ILC: start-up, type loading, marshalling, throw helpers, reflection support.
    private static readonly string[] s_namespaces =
    [
        "Internal.Runtime",
        "Internal.Reflection",
        "Internal.StackTraceMetadata",
        "Internal.DeveloperExperience",
        "Internal.TypeSystem",
        "Internal.NativeFormat",
        "Internal.Metadata",
        "System.Runtime",
        "System.Reflection.Runtime",
        "System.Runtime.CompilerServices",
        "Internal.IntrinsicSupport",
    ];

    // Namespaces below s_namespaces that are ordinary libraries; of System.Runtime itself only the runtime's own types are meant.
    private static readonly string[] s_libraryNamespaces =
    [
        "System.Runtime.InteropServices",
        "System.Runtime.Intrinsics",
        "System.Runtime.Loader",
        "System.Runtime.Serialization",
        "System.Runtime.Versioning",
        "System.Runtime.ConstrainedExecution",
        "System.Runtime.ExceptionServices",
        "System.Runtime.Remoting",
    ];

    // Types with members that ILC names: primitive and special types, intrinsics that it expands into other code, marshalling.
    private static readonly string[] s_types =
    [
        "System.Object", "System.String", "System.Array", "System.Array`1", "System.ValueType", "System.Enum", "System.Nullable`1",
        "System.Delegate", "System.MulticastDelegate", "System.Exception", "System.Type", "System.RuntimeType", "System.Activator",
        "System.TypedReference", "System.ByReference", "System.RuntimeTypeHandle", "System.RuntimeMethodHandle", "System.RuntimeFieldHandle",
        "System.RuntimeArgumentHandle", "System.Void", "System.Boolean", "System.Char", "System.SByte", "System.Byte", "System.Int16", "System.UInt16",
        "System.Int32", "System.UInt32", "System.Int64", "System.UInt64", "System.IntPtr", "System.UIntPtr", "System.Single", "System.Double",
        "System.Decimal", "System.DateTime", "System.Guid", "System.Span`1", "System.ReadOnlySpan`1", "System.Attribute", "System.GC",
        "System.Threading.Interlocked", "System.Threading.Volatile", "System.Threading.Monitor", "System.Threading.Lock", "System.Threading.Thread",
        "System.Threading.ObjectHeader", "System.SpanHelpers", "System.Buffer", "System.Math", "System.MathF", "System.Threading.Tasks.AsyncHelpers", "System.Environment", "System.AppContext", "System.InvokeUtils", "System.Runtime.InteropServices.Marshal",
        "System.Runtime.InteropServices.PInvokeMarshal", "System.Runtime.InteropServices.SafeHandle", "System.Runtime.InteropServices.CriticalHandle",
        "System.Runtime.InteropServices.HandleRef", "System.Runtime.InteropServices.GCHandle", "System.Runtime.InteropServices.MemoryMarshal",
        "System.Runtime.InteropServices.NativeFunctionPointerWrapper", "System.Runtime.InteropServices.McgMarshal", "System.Runtime.InteropServices.McgModuleManager",
        "System.Runtime.InteropServices.Variant", "System.Runtime.InteropServices.BStrWrapper", "System.Runtime.InteropServices.IDynamicInterfaceCastable",
        "System.Runtime.InteropServices.ComWrappers", "System.Runtime.InteropServices.InteropExtensions", "System.Runtime.InteropServices.NativeLibrary",
        "System.Runtime.Intrinsics.Vector64`1", "System.Runtime.Intrinsics.Vector128`1", "System.Runtime.Intrinsics.Vector256`1", "System.Runtime.Intrinsics.Vector512`1",
        "System.Numerics.Vector`1", "System.Text.StringBuilder", "System.Reflection.Pointer", "System.Reflection.MethodBase",
        "System.Collections.Generic.EqualityComparer`1", "System.Collections.Generic.GenericEqualityComparer`1",
        "System.Collections.Generic.NullableEqualityComparer`1", "System.Collections.Generic.ObjectEqualityComparer`1", "System.Collections.Generic.EnumEqualityComparer`1",
        "System.Collections.Generic.ByteEqualityComparer", "System.Collections.Generic.StringEqualityComparer",
        "System.Collections.Generic.Comparer`1", "System.Collections.Generic.GenericComparer`1", "System.Collections.Generic.NullableComparer`1",
        "System.Collections.Generic.ObjectComparer`1", "System.Collections.Generic.EnumComparer`1", "System.Collections.Generic.ComparerHelpers",
        "System.Collections.Generic.EqualityComparerHelpers", "System.Collections.Generic.EqualOnlyComparer`1", "System.Collections.Generic.Dictionary`2",
        "System.IDisposable", "System.Collections.IEnumerable", "System.Collections.Generic.IList`1", "System.Collections.Generic.ICollection`1",
        "System.Collections.Generic.IEnumerable`1", "System.Collections.Generic.IReadOnlyList`1", "System.Collections.Generic.IReadOnlyCollection`1",
        "System.Runtime.ExceptionServices.ExceptionDispatchInfo", "System.Threading.Tasks.Task", "System.Threading.Tasks.Task`1",
        "System.Threading.Tasks.ValueTask", "System.Threading.Tasks.ValueTask`1", "System.Threading.ExecutionContext",
    ];

    public static RootNode ForRuntime(LinkContext context) => new("what ILC and the runtime ask for by name", needs => Collect(needs, context));

    private static void Collect(DependencyCollector needs, LinkContext context)
    {
        AssemblyDefinition core = context.Store.CoreLibrary;
        foreach (TypeDefinition type in core.MainModule.GetTypes())
        {
            if (IsRuntimeType(type))
                CollectWhole(needs, type);
            else
                CollectExports(needs, type);
        }

        foreach (string name in s_types)
        {
            if (core.MainModule.GetType(name) is { } type)
                CollectWhole(needs, type);
        }

        foreach (string name in s_runtimeAssemblies)
        {
            if (context.Store.TryGet(name) is not { } assembly)
                continue;
            foreach (TypeDefinition type in assembly.MainModule.GetTypes())
                CollectWhole(needs, type);
        }
    }

    /// <summary>Methods that native code calls by symbol.</summary>
    public static void CollectExports(DependencyCollector needs, TypeDefinition type)
    {
        foreach (MethodDefinition method in type.Methods)
        {
            if (!method.HasCustomAttributes)
                continue;
            foreach (CustomAttribute attribute in method.CustomAttributes)
            {
                bool exported = attribute.AttributeType.Name == "RuntimeExportAttribute"
                    || (attribute.AttributeType.Name == "UnmanagedCallersOnlyAttribute" && CustomAttributes.TryDecode(attribute)
                        && attribute.Fields.Any(f => f.Name == "EntryPoint" && f.Argument.Value is string));
                if (exported)
                    needs.Add(needs.Nodes.Body(method), "called by native code");
            }
        }
    }

    private static bool IsRuntimeType(TypeDefinition type)
    {
        TypeDefinition outer = type;
        while (outer.DeclaringType is { } declaring)
            outer = declaring;
        string space = outer.Namespace;
        foreach (string library in s_libraryNamespaces)
        {
            if (IsIn(space, library))
                return false;
        }

        foreach (string runtime in s_namespaces)
        {
            if (IsIn(space, runtime))
                return true;
        }

        return false;
    }

    private static bool IsIn(string space, string parent) =>
        space.StartsWith(parent, StringComparison.Ordinal) && (space.Length == parent.Length || space[parent.Length] == '.');

    private static void CollectWhole(DependencyCollector needs, TypeDefinition type)
    {
        needs.Add(needs.Nodes.Constructed(type), "known to the compiler");
        foreach (MethodDefinition method in type.Methods)
            needs.Add(needs.Nodes.Body(method), "known to the compiler");
        foreach (FieldDefinition field in type.Fields)
            needs.Add(needs.Nodes.Field(field), "known to the compiler");
    }
}
