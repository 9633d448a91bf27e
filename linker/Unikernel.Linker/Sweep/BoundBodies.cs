using Mono.Cecil;
using Mono.Cecil.Cil;
using Unikernel.Linker.Binding;
using Unikernel.Linker.Inputs;
using Unikernel.Linker.Replace;

namespace Unikernel.Linker.Sweep;

/// <summary>
/// Where the program meets the library OS: P/Invokes that are provided become calls, those that nothing provides become throws, and
/// replaced framework methods call their replacement. The same in a swept and in an unswept program.
/// </summary>
public sealed class BoundBodies(AssemblyStore store, ProviderTable providers, ReplacementTable replacements, PInvokeBinder binder, AbsentEntryPoints absent)
{
    private readonly HashSet<MethodDefinition> _providers = [.. providers.All.Select(p => p.Value)];

    /// <summary>Whether the program reaches a member; asked for replacements that depend on it.</summary>
    public required Func<MethodDefinition, bool> IsReached { get; init; }

    /// <summary>Binds a method; false when it keeps its own body.</summary>
    public bool TryRewrite(MethodDefinition method)
    {
        KeepSymbol(method);
        if (replacements.Find(method, IsReached) is { } replacement)
        {
            Replace(method, replacement.Method);
            return true;
        }

        if (!method.IsPInvokeImpl)
            return false;
        if (!binder.TryBind(method) && EntryPoint.Of(method) is { } entry && absent.IsAbsent(entry))
            absent.Stub(method, entry);
        return true;
    }

    /// <summary>Binds all of an assembly; false when nothing of it changed.</summary>
    public bool RewriteAll(AssemblyDefinition assembly)
    {
        bool changed = false;
        foreach (TypeDefinition type in assembly.MainModule.GetTypes())
        {
            if (!type.HasMethods)
                continue;
            foreach (MethodDefinition method in type.Methods)
                changed |= (TryRewrite(method) && !method.IsPInvokeImpl) || _providers.Contains(method);
        }

        return changed;
    }

    // The symbols of the providers tell what of the operating system is in an image: the seam is inlined on the framework's side only.
    private void KeepSymbol(MethodDefinition method)
    {
        if (_providers.Contains(method))
            method.ImplAttributes = (method.ImplAttributes & ~MethodImplAttributes.AggressiveInlining) | MethodImplAttributes.NoInlining;
    }

    private void Replace(MethodDefinition target, MethodDefinition replacement)
    {
        target.PInvokeInfo = null;
        target.IsPInvokeImpl = false;
        target.ImplAttributes = MethodImplAttributes.IL | MethodImplAttributes.Managed | MethodImplAttributes.AggressiveInlining;
        var body = new MethodBody(target) { InitLocals = false };
        ILProcessor il = body.GetILProcessor();
        var importer = new ReferenceImporter(target.Module, store);
        if (target.HasThis)
            il.Emit(OpCodes.Ldarg_0);
        foreach (ParameterDefinition parameter in target.Parameters)
        {
            TypeReference given = replacement.Parameters[parameter.Index + (target.HasThis ? 1 : 0)].ParameterType;
            if (given.MetadataType == MetadataType.ValueType && given.FullName != parameter.ParameterType.FullName)
            {
                // A structure that the replacement declares for itself, because it can not name the target's.
                il.Emit(OpCodes.Ldarga, parameter);
                il.Emit(OpCodes.Ldobj, importer.Type(given));
            }
            else
            {
                il.Emit(OpCodes.Ldarg, parameter);
            }
        }

        MethodReference call = importer.Method(replacement);
        if (target.HasGenericParameters)
        {
            var instance = new GenericInstanceMethod(call);
            foreach (GenericParameter parameter in target.GenericParameters)
                instance.GenericArguments.Add(parameter);
            call = instance;
        }

        il.Emit(OpCodes.Call, call);
        if (replacement.ReturnType.MetadataType == MetadataType.Object && target.ReturnType.MetadataType != MetadataType.Object)
            il.Emit(OpCodes.Castclass, target.ReturnType);
        il.Emit(OpCodes.Ret);
        target.Body = body;
    }
}
