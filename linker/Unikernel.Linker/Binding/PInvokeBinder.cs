using Mono.Cecil;
using Mono.Cecil.Cil;
using Unikernel.Diagnostics;
using Unikernel.Linker.Inputs;
using Unikernel.Linker.Reporting;

namespace Unikernel.Linker.Binding;

/// <summary>
/// Turns a P/Invoke method into an ordinary method whose body calls its provider. The method keeps its identity, so no call
/// site changes, and it is marked for inlining, so no call remains either.
/// </summary>
public sealed class PInvokeBinder(AssemblyStore store, ProviderTable providers, MessageLog log)
{
    private readonly Dictionary<AssemblyDefinition, bool> _marshallingDisabled = [];

    /// <summary>Binds one P/Invoke. False when no provider covers it or the signatures do not fit (which is reported).</summary>
    public bool TryBind(MethodDefinition method)
    {
        if (EntryPoint.Of(method) is not { } entry || providers.Find(entry) is not { } provider)
            return false;
        if (!Check(method, entry, provider))
            return false;

        bool setsLastError = method.PInvokeInfo!.SupportsLastError;
        method.PInvokeInfo = null;
        method.IsPInvokeImpl = false; // after the line above, whose setter turns the flag on
        method.ImplAttributes = MethodImplAttributes.IL | MethodImplAttributes.Managed | MethodImplAttributes.AggressiveInlining;
        method.Body = CallProvider(method, provider, setsLastError);
        return true;
    }

    private bool Check(MethodDefinition method, EntryPoint entry, MethodDefinition provider)
    {
        AssemblyDefinition assembly = method.Module.Assembly;
        if (!_marshallingDisabled.TryGetValue(assembly, out bool disabled))
            _marshallingDisabled.Add(assembly, disabled = AbiShape.IsMarshallingDisabled(assembly));

        if (MarshalledPart(method, disabled) is { } part)
        {
            log.Report(LinkingRules.NeedsMarshalling, null, method.FullName, entry, provider.FullName, part);
            return false;
        }

        bool fits = method.Parameters.Count == provider.Parameters.Count
            && AbiShape.Fits(Shape(provider.ReturnType, disabled: true), Shape(method.ReturnType, disabled));
        for (int i = 0; fits && i < method.Parameters.Count; i++)
            fits = AbiShape.Fits(Shape(method.Parameters[i].ParameterType, disabled), Shape(provider.Parameters[i].ParameterType, disabled: true));
        if (!fits)
        {
            log.Report(
                LinkingRules.SignatureMismatch,
                SourceLocation.Of(provider, null),
                entry, method.FullName, assembly.Name.Name, provider.FullName, provider.Module.Assembly.Name.Name);
        }

        return fits;
    }

    private string? MarshalledPart(MethodDefinition method, bool disabled)
    {
        foreach (ParameterDefinition parameter in method.Parameters)
        {
            if (!Shape(parameter.ParameterType, disabled).IsBlittable || (!disabled && AbiShape.HasMarshalInstruction(parameter, parameter)))
                return $"parameter '{parameter.Name}' of type {parameter.ParameterType.FullName}";
        }

        MethodReturnType returned = method.MethodReturnType;
        return !Shape(method.ReturnType, disabled).IsBlittable || (!disabled && AbiShape.HasMarshalInstruction(returned, returned))
            ? $"the result of type {method.ReturnType.FullName}"
            : null;
    }

    private AbiShape Shape(TypeReference type, bool disabled) => AbiShape.Of(type, store.Resolver, disabled);

    private MethodBody CallProvider(MethodDefinition method, MethodDefinition provider, bool setsLastError)
    {
        ModuleDefinition module = method.Module;
        var importer = new ReferenceImporter(module, store);
        var body = new MethodBody(method);
        ILProcessor il = body.GetILProcessor();

        if (setsLastError)
        {
            // The contract of SetLastError: clear errno, call, keep errno where Marshal.GetLastPInvokeError finds it.
            il.Emit(OpCodes.Ldc_I4_0);
            il.Emit(OpCodes.Call, importer.Marshal("SetLastSystemError"));
        }

        for (int i = 0; i < method.Parameters.Count; i++)
        {
            il.Emit(OpCodes.Ldarg, method.Parameters[i]);
            if (method.Parameters[i].ParameterType is ByReferenceType byReference
                && provider.Parameters[i].ParameterType is not ByReferenceType)
            {
                // The garbage collector must not move what the raw pointer points to.
                var pinned = new VariableDefinition(new PinnedType(new ByReferenceType(byReference.ElementType)));
                body.Variables.Add(pinned);
                il.Emit(OpCodes.Stloc, pinned);
                il.Emit(OpCodes.Ldloc, pinned);
                il.Emit(OpCodes.Conv_U);
            }
        }

        il.Emit(OpCodes.Call, importer.Method(provider));
        if (setsLastError)
        {
            il.Emit(OpCodes.Call, importer.Marshal("GetLastSystemError"));
            il.Emit(OpCodes.Call, importer.Marshal("SetLastPInvokeError"));
        }

        il.Emit(OpCodes.Ret);
        body.InitLocals = true;
        return body;
    }
}
